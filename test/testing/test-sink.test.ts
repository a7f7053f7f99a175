import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {FakeClock, testSink, testSource} from '../../lib/testing/index.ts'
import {create} from '../../lib/transforms/index.ts'
import {rejection, settle, thrown} from '../transforms/support.ts'

describe('testSink', () => {
  it('keeps values, bundles, ids, timestamps and the watermark', async () => {
    const sink = testSink()
    await pipeline(testSource([['a', 'b']], {ids: 's', timestamps: () => 7, watermarks: [9]}), sink)
    const {values, ids, timestamps, watermark, commits, tornDown} = sink
    expect({values, ids, timestamps, watermark, commits, tornDown}).to.deep.equal({
      values: ['a', 'b'],
      ids: ['s:0', 's:1'],
      timestamps: [7, 7],
      watermark: 9,
      commits: 1,
      tornDown: true,
    })
    expect(sink.bundles).to.have.length(1)
  })
  it('takes nothing while it stalls', async () => {
    const sink = testSink({stall: true})
    const done = pipeline(create([1, 2]), sink)
    await settle()
    expect(sink.values).to.deep.equal([])
    sink.release()
    await done
    expect(sink.values).to.deep.equal([1, 2])
  })
  it('stalls later, too', async () => {
    const sink = testSink<number>()
    const done = pipeline(
      testSource(
        (async function* () {
          yield [1]
          await sink.received(1)
          sink.stall()
          yield [2]
        })(),
      ),
      sink,
    )
    await settle()
    expect(sink.values).to.deep.equal([1])
    sink.release()
    await done
    expect(sink.values).to.deep.equal([1, 2])
  })
  it('takes as long as it is told for each bundle, on its clock', async () => {
    const clock = new FakeClock()
    const sink = clock.attach(testSink({delay: '2s'}))
    const done = pipeline(testSource([[1], [2]]), sink)
    await clock.advance('2s')
    expect(sink.values).to.deep.equal([1])
    await clock.advance('2s')
    await done
    expect(sink.values).to.deep.equal([1, 2])
  })
  it('fails where it is told to', async () => {
    const error = new Error('boom')
    for (const where of ['setup', 'write', 'commit', 'teardown'] as const)
      expect(await rejection(pipeline(create([1]), testSink({fail: {in: where, error}}))), where).to.include({
        cause: error,
      })
  })
  it('takes so many values before it fails', async () => {
    const sink = testSink({fail: {in: 'write', after: 2}})
    await rejection(pipeline(testSource([[1], [2], [3]]), sink))
    expect(sink.values).to.deep.equal([1, 2])
  })
  it('acknowledges messages when they are written, at the commit, or never', async () => {
    for (const [acknowledge, atWrite, atEnd] of [
      ['write', [1], [1]],
      ['commit', [], [1]],
      ['never', [], []],
    ] as const) {
      const source = testSource([[1]], {leases: true, drain: 0})
      const sink = testSink({acknowledge})
      const held: number[][] = []
      const commit = sink.commit.bind(sink)
      sink.commit = () => {
        held.push(source.acked)
        commit()
      }
      await pipeline(source, sink)
      expect([held, source.acked], acknowledge).to.deep.equal([[atWrite], atEnd])
    }
  })
  it('rejects received() when it is destroyed before', async () => {
    const sink = testSink({fail: {in: 'write'}})
    const waiting = rejection(sink.received(1))
    await rejection(pipeline(create([1]), sink))
    expect((await waiting).code).to.equal('ERR_SLUICE_SINK')
  })
  it('refuses unknown options and values', () => {
    expect(thrown(() => testSink({stal: true} as never)).message).to.match(/did you mean `stall`/)
    expect(thrown(() => testSink({acknowledge: 'x'} as never)).message).to.match(/one of 'write', 'commit', 'never'/)
    expect(thrown(() => testSink({delay: 'x'} as never)).message).to.match(/option `delay`/)
  })
})
