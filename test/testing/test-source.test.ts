import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, ListIds} from '../../lib/core/index.ts'
import {FakeClock, testSink, testSource} from '../../lib/testing/index.ts'
import {discard, map} from '../../lib/transforms/index.ts'
import {rejection, settle, thrown} from '../transforms/support.ts'

describe('testSource', () => {
  it('hands on each array as one bundle', async () => {
    const sink = testSink()
    await pipeline(testSource([[1, 2], [3]]), sink)
    expect(sink.bundles.map(b => b.values)).to.deep.equal([[1, 2], [3]])
  })
  it('gives ids, timestamps and watermarks as it is told', async () => {
    const sink = testSink()
    const source = testSource([[1, 2], [3]], {ids: x => `m${x}`, timestamps: (x, i) => x * 10 + i, watermarks: [5, 6]})
    await pipeline(source, sink)
    expect(sink.ids).to.deep.equal(['testSource:m1', 'testSource:m2', 'testSource:m3'])
    expect(sink.timestamps).to.deep.equal([10, 21, 32])
    expect(sink.bundles.map(b => b.watermark)).to.deep.equal([5, 6])
  })
  it('counts ids from 0 by default, and gives none when told so', async () => {
    const [counted, none] = [testSink(), testSink()]
    await pipeline(testSource([['a'], ['b']], {name: 'S'}), counted)
    await pipeline(testSource([['a']], {ids: false}), none)
    expect([counted.ids, none.ids]).to.deep.equal([['S:0', 'S:1'], [undefined]])
  })
  it('hands on Bundles as they are, with leases if asked for', async () => {
    const bundle = new Bundle([1], {ids: new ListIds('p', ['x'])})
    const sink = testSink()
    const source = testSource([bundle], {leases: true})
    await pipeline(source, sink)
    expect([sink.ids, source.acked]).to.deep.equal([['p:x'], [1]])
  })
  it('fails after the last bundle when it is given an error', async () => {
    const boom = new Error('boom')
    expect(await rejection(pipeline(testSource([[1]], {error: boom}), discard()))).to.include({cause: boom})
  })
  it('says what has become of each element', async () => {
    const source = testSource([[1, 2, 3]], {leases: true, drain: 0})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(3)
    const [first, second] = sink.bundles[0]!.leases!
    first!.release()
    second!.nack('no')
    expect(source.elements.map(e => [e.value, e.state, e.reason, e.references])).to.deep.equal([
      [1, 'acked', undefined, 0],
      [2, 'nacked', 'no', 1],
      [3, 'pending', undefined, 1],
    ])
    expect([source.acked, source.nacked, source.outstanding]).to.deep.equal([[1], [2], [3]])
    await done
  })
  it('may feed stages of sluice only when it has leases', () => {
    const source = testSource([[1]], {leases: true})
    expect(thrown(() => source.pipe(new PassThrough({objectMode: true}))).code).to.equal('ERR_SLUICE_LEASE')
  })
  it('closes only when every message is settled, and pipeline() with it', async () => {
    const source = testSource([[1]], {leases: true})
    const sink = testSink({acknowledge: 'never'})
    let resolved = false
    const done = pipeline(source, sink).then(() => {
      resolved = true
    })
    await sink.received(1)
    await settle()
    expect([sink.writableFinished, source.closed, resolved]).to.deep.equal([true, false, false])
    sink.bundles[0]!.leases![0]!.release()
    await done
    expect(source.closed).to.equal(true)
  })
  it('gives back what is outstanding when it is destroyed with an error', async () => {
    const source = testSource([[1, 2]], {leases: true})
    const sink = testSink({fail: {in: 'write'}})
    const error = await rejection(pipeline(source, sink))
    expect(source.nacked).to.deep.equal([1, 2])
    expect(source.elements[0]!.reason).to.equal(error)
  })
  it('gives back what is outstanding when a stage fails after its end', async () => {
    const source = testSource([[1, 2]], {leases: true})
    await rejection(
      pipeline(
        source,
        map((x: number) => x),
        testSink({fail: {in: 'commit'}, acknowledge: 'commit'}),
      ),
    )
    expect(source.nacked).to.deep.equal([1, 2])
  })
  it('gives back what is outstanding after the drain deadline', async () => {
    const clock = new FakeClock()
    const source = clock.attach(testSource([[1]], {leases: true, drain: '8s'}))
    const done = pipeline(source, testSink({acknowledge: 'never'}))
    await clock.advance(7999)
    expect(source.nacked).to.deep.equal([])
    await clock.advance(1)
    await done
    expect(source.nacked).to.deep.equal([1])
  })
  it('throws for a lease that is released too often', async () => {
    const source = testSource([[1]], {leases: true})
    const sink = testSink()
    await pipeline(source, sink)
    expect(thrown(() => sink.bundles[0]!.leases![0]!.release()).code).to.equal('ERR_SLUICE_LEASE')
  })
  it('refuses unknown options', () => {
    expect(thrown(() => testSource([], {lease: true} as never)).message).to.match(/did you mean `leases`/)
  })
})
