import {PassThrough, Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {assertThat, collect, containsInAnyOrder, testSink, testSource} from '../../lib/testing/index.ts'
import {create, discard, filter, flatten, map, partition} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {numbers, rejection, settle, thrown} from './support.ts'

const up = (a: number, b: number) => a - b

/** A source that says nothing and stays open. */
function silent() {
  return testSource<number>(
    (async function* () {
      await new Promise(() => {})
      yield [0]
    })(),
  )
}

describe('flatten', () => {
  it('gives the elements of all inputs', async () => {
    const all = await collect(flatten(create(numbers(2500)), create([-1]), create([])))
    expect(all.sort(up)).to.deep.equal([-1, ...numbers(2500)])
  })
  it('keeps the order within an input', async () => {
    const all = await collect(flatten(create(numbers(2500)), create(numbers(2500, 5000))))
    expect(all.filter(x => x < 5000)).to.deep.equal(numbers(2500))
    expect(all.filter(x => x >= 5000)).to.deep.equal(numbers(2500, 5000))
  })
  it('takes whichever input is ready', async () => {
    const sink = testSink()
    const all = flatten(silent(), create([1, 2]))
    const done = pipeline(all, sink)
    await sink.received(2)
    all.destroy(new Error('enough'))
    await done.catch(() => {})
    expect(sink.values).to.deep.equal([1, 2])
  })
  it('takes DoFns, tagged outputs and foreign Readables', async () => {
    const split = partition(2, (x: number) => x % 2)
    create(numbers(4)).pipe(split)
    const all = flatten(split.tagged('0'), split.tagged('1').pipe(map((x: number) => -x)), Readable.from([10]))
    expect((await collect(all)).sort((a, b) => Number(a) - Number(b))).to.deep.equal([-3, -1, 0, 2, 10])
    split.resume()
  })
  it('takes an input that has ended already', async () => {
    const ended = create([1])
    await collect(ended)
    expect(await collect(flatten(ended, create([2])))).to.deep.equal([2])
  })
  it('stands first in stream.pipeline, with foreign streams after it', async () => {
    const sink = testSink()
    await pipeline(flatten(create([1]), create([2])), new PassThrough({objectMode: true}), sink)
    expect(sink.values.sort()).to.deep.equal([1, 2])
  })
  it("marks ids with the input's position, so that branches of one source do not collide", async () => {
    const source = testSource([[1, 2]], {ids: 's'})
    const sink = testSink()
    await pipeline(flatten(source.pipe(map((x: number) => x)), source.pipe(filter(() => true))), sink)
    expect(sink.ids.sort()).to.deep.equal(['s|0:0', 's|0:1', 's|1:0', 's|1:1'])
  })
  it('passes timestamps and leases on', async () => {
    const source = testSource([[1, 2]], {leases: true, timestamps: x => x * 10})
    const sink = testSink({acknowledge: 'commit'})
    await pipeline(flatten(source, create([3])), sink)
    expect([...sink.values.entries()].map(([i, x]) => [x, sink.timestamps[i]])).to.have.deep.members([
      [1, 10],
      [2, 20],
      [3, undefined],
    ])
    expect(source.acked).to.deep.equal([1, 2])
  })
  it('has the smallest of the watermarks of its inputs', async () => {
    const gate = deferred()
    const fast = testSource([[1], [2]], {watermarks: [10, 20]})
    const slow = testSource(
      (async function* () {
        yield [3]
        await gate.promise
        yield [4]
      })(),
      {watermarks: [5, 50]},
    )
    const sink = testSink()
    const done = pipeline(flatten(fast, slow), sink)
    await sink.received(3)
    await settle()
    expect(sink.watermark).to.equal(5)
    gate.resolve()
    await done
    expect(sink.watermark).to.equal(50)
  })
  it('counts what an input that has ended had left in the buffer towards the watermark', async () => {
    const sink = testSink({stall: true})
    const early = testSource([[1], [2], [3]], {watermarks: [100, 200, 300]})
    const late = testSource([[4], [5]], {watermarks: [7, 8]})
    const done = pipeline(flatten(early, late), sink)
    await settle()
    sink.release()
    await done
    const seen: [number, number][] = sink.bundles.map(b => [b.values[0] as number, b.watermark])
    for (const [value, watermark] of seen) if (value === 4) expect(watermark).to.be.at.most(7)
  })
  it('holds all inputs back while its consumer takes nothing', async () => {
    const sources = [testSource(thousands(50)), testSource(thousands(50))]
    const sink = testSink({stall: true})
    const done = pipeline(flatten(...sources), sink)
    await settle(20)
    for (const source of sources) expect(source.pulled).to.be.at.most(7000)
    sink.release()
    await done
    expect(sink.values.length).to.equal(100_000)
  })
  it('fails with the error of an input', async () => {
    const boom = new Error('boom')
    const error = await rejection(pipeline(flatten(testSource([[1]], {error: boom}), silent()), discard()))
    expect(error).to.include({code: 'ERR_SLUICE_SOURCE', cause: boom})
  })
  it('fails with the error of a stage that is piped into an input', async () => {
    const boom = new Error('boom')
    const input = testSource([[1]], {error: boom}).pipe(map((x: number) => x))
    expect(await rejection(collect(flatten(input, silent())))).to.include({cause: boom})
  })
  it('destroys what feeds an input that fails', async () => {
    const source = silent()
    const failing = source.pipe(map((x: number) => x))
    const done = rejection(collect(flatten(failing, silent())))
    await settle()
    failing.destroy(new Error('boom'))
    await done
    await settle()
    expect(source.destroyed).to.equal(true)
  })
  it('says which foreign input failed', async () => {
    const broken = new PassThrough({objectMode: true})
    const done = rejection(collect(flatten(create([1]), broken)))
    broken.destroy(new Error('boom'))
    expect((await done).message).to.equal('flatten: input 1 failed: boom')
  })
  it('fails when an input closes before its end', async () => {
    const open = silent()
    const done = rejection(collect(flatten(create([1]), open)))
    await settle()
    open.destroy()
    expect((await done).message).to.match(/^flatten: input 1 failed: Premature close/)
  })
  it('destroys its inputs, and what feeds them, when it is destroyed', async () => {
    const source = silent()
    const input = source.pipe(map((x: number) => x))
    const other = silent()
    const all = flatten(input, other)
    all.resume()
    await settle()
    all.destroy()
    await settle()
    expect([source.destroyed, input.destroyed, other.destroyed]).to.deep.equal([true, true, true])
  })
  it('leaves a source alone that feeds something else too', async () => {
    const source = silent()
    const all = flatten(source.pipe(map((x: number) => x)))
    source.pipe(testSink())
    await settle()
    all.destroy()
    await settle()
    expect(source.destroyed).to.equal(false)
    source.destroy()
  })
  it('gives back the messages of its inputs when a stage after it fails', async () => {
    const source = testSource([[1, 2]], {leases: true})
    await rejection(pipeline(flatten(source, silent()), testSink({fail: {in: 'write'}})))
    await settle()
    expect(source.acked).to.deep.equal([])
    expect(source.nacked).to.deep.equal([1, 2])
  })
  it('refuses a foreign stream after a leased input', () => {
    const all = flatten(testSource([[1]], {leases: true}), create([2]))
    expect(thrown(() => all.pipe(new PassThrough({objectMode: true}))).code).to.equal('ERR_SLUICE_LEASE')
  })
  it('refuses no input, one twice, a mix, and anything that is not a stream', () => {
    const source = create([1])
    const collection = new Pipeline().apply(create([1]))
    for (const inputs of [[], [source, source], [source, collection], [source, 5], [{name: 'All'}]])
      expect(thrown(() => flatten(...(inputs as never[]))).message).to.match(/^(flatten|All): option `inputs` is /)
  })
  it('takes a name', () => {
    expect(flatten(create([1]), {name: 'All'}).info).to.include({name: 'All', named: true})
  })
  it('takes bundles that stages have made themselves', async () => {
    expect(await collect(flatten(testSource([new Bundle([1, 2])])))).to.deep.equal([1, 2])
  })
  it('merges collections of a Pipeline', async () => {
    const p = new Pipeline()
    const some = p.apply('Some', create([1, 2]))
    const all = p.apply(
      'All',
      flatten(
        some,
        some.apply(
          'Tenfold',
          map(x => x * 10),
        ),
      ),
    )
    assertThat(all, containsInAnyOrder([1, 2, 10, 20]))
    const {steps} = await p.run()
    expect(steps.find(step => step.name === 'All')).to.include({in: 4, out: 4})
  })
  it('gives plain streams to a Pipeline', async () => {
    const p = new Pipeline()
    assertThat(p.apply('All', flatten(create([1]), create([2]))), containsInAnyOrder([1, 2]))
    await p.run()
  })
})

function* thousands(count: number) {
  for (let i = 0; i < count; i++) yield numbers(1000)
}
