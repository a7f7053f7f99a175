import {PassThrough, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {collect, testSink, testSource} from '../../lib/testing/index.ts'
import {create, discard, map, tee} from '../../lib/transforms/index.ts'
import {numbers, rejection, settle, thrown} from './support.ts'

class ForeignSink extends Writable {
  readonly values: unknown[] = []
  constructor() {
    super({objectMode: true})
  }
  override _write(value: unknown, _encoding: BufferEncoding, done: () => void) {
    this.values.push(value)
    setImmediate(done)
  }
}

describe('tee', () => {
  it('gives every element to each branch, and passes it on', async () => {
    const [a, b, main] = [testSink(), new ForeignSink(), testSink()]
    await pipeline(create(numbers(2500)), tee(a, b), main)
    for (const sink of [a, b, main]) expect(sink.values).to.deep.equal(numbers(2500))
  })
  it('ends only after its branches have finished', async () => {
    const [a, b] = [testSink({stall: true}), new ForeignSink()]
    const stage = tee(a, b)
    let ended = false
    stage.once('end', () => {
      ended = true
      expect([a.writableFinished, b.writableFinished]).to.deep.equal([true, true])
    })
    const done = pipeline(create(numbers(10)), stage, discard())
    await settle(20)
    expect(ended).to.equal(false)
    a.release()
    await done
    expect(ended).to.equal(true)
  })
  it('takes the first stage of a chain as a branch, and waits for its end', async () => {
    const [end, main] = [testSink<number>(), testSink<number>()]
    const chain = map((x: number) => x * 2)
    chain.pipe(end)
    await pipeline(create([1, 2]), tee(chain), main)
    expect(end.values).to.deep.equal([2, 4])
    expect(end.writableFinished).to.equal(true)
  })
  it('freezes rows, since several stages get them', async () => {
    const seen = testSink<{n: number}>()
    const change = map((row: {n: number}) => {
      row.n++
      return row
    })
    const error = await rejection(pipeline(create([{n: 1}]), tee(seen), change, discard()))
    expect(error.message).to.match(/map\(r => \(\{\.\.\.r\}\)\)/)
  })
  it('keeps ids on the main output, and marks them on branches', async () => {
    const [a, main] = [testSink(), testSink()]
    await pipeline(testSource([[1, 2]], {ids: 's'}), tee({audit: a}), main)
    expect(main.ids).to.deep.equal(['s:0', 's:1'])
    expect(a.ids).to.deep.equal(['s:0.audit.0', 's:1.audit.0'])
  })
  it('acknowledges a message when every branch has committed it', async () => {
    const source = testSource([[1]], {leases: true})
    const [a, main] = [testSink({acknowledge: 'never'}), testSink()]
    const done = pipeline(source, tee(a), main)
    await Promise.all([a.received(1), main.received(1)])
    await settle()
    expect(source.acked).to.deep.equal([])
    a.bundles[0]!.leases![0]!.release()
    await done
    expect(source.acked).to.deep.equal([1])
  })
  it('fails when a branch fails, with its error', async () => {
    const boom = new Error('boom')
    for (const where of ['write', 'commit'] as const) {
      const a = testSink({fail: {in: where, error: boom}})
      expect(await rejection(pipeline(create([1]), tee(a), discard()))).to.include({cause: boom})
    }
  })
  it('says which foreign branch failed', async () => {
    const broken = new Writable({objectMode: true, write: (_value, _encoding, done) => done(new Error('boom'))})
    const error = await rejection(pipeline(create([1]), tee({copy: broken}), discard()))
    expect(error.message).to.equal("tee: branch 'copy' failed: boom")
  })
  it('fails when a branch closes before its end', async () => {
    const a = testSink({stall: true})
    const done = rejection(pipeline(create(numbers(10)), tee(a), discard()))
    await settle()
    a.destroy()
    expect((await done).message).to.match(/branch '0' failed: Premature close/)
  })
  it('destroys its branches when it fails', async () => {
    const [a, b] = [testSink(), new ForeignSink()]
    await rejection(pipeline(testSource([[1]], {error: new Error('boom')}), tee(a, b), discard()))
    await settle()
    expect([a.destroyed, b.destroyed]).to.deep.equal([true, true])
  })
  it('lets a slow branch hold back the others', async () => {
    const source = testSource(thousands())
    const slow = testSink({stall: true})
    const controller = new AbortController()
    const done = pipeline(source, tee(slow), discard(), {signal: controller.signal}).catch(() => {})
    await settle(20)
    expect(source.pulled).to.be.at.most(7000)
    controller.abort()
    await done
  })
  it('refuses a foreign branch on a leased source', () => {
    const source = testSource([[1]], {leases: true})
    expect(thrown(() => source.pipe(tee(new ForeignSink()))).code).to.equal('ERR_SLUICE_LEASE')
  })
  it('takes names of branches and options', async () => {
    const stage = tee({a: testSink(), b: testSink()}, {name: 'Copy'})
    await collect(create([1]).pipe(stage))
    expect(stage.info).to.include({name: 'Copy', named: true})
    expect(stage.info.metrics.tagged).to.deep.equal({a: 1, b: 1})
  })
  it('refuses no branch, one twice, and what cannot be written to', () => {
    const sink = testSink()
    expect(thrown(() => tee()).message).to.match(/^tee: option `branches`/)
    expect(thrown(() => tee(sink, sink)).message).to.match(/each stream once/)
    expect(thrown(() => tee(sink, 5 as never)).message).to.match(/^tee: option `branches\.1` is 5/)
    expect(thrown(() => tee({a: sink}, {nam: 'x'} as never)).message).to.match(/did you mean `name`/)
    expect(() => tee(new PassThrough({objectMode: true}))).not.to.throw()
  })
})

function* thousands() {
  for (;;) yield numbers(1000)
}
