import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type ProcessContext, timestamped} from '../../../lib/core/index.ts'
import {assertThat, collect, FakeClock, TestStream, testSink} from '../../../lib/testing/index.ts'
import {combinePerKey, count, groupBy, type KV, map, toList, windowInto} from '../../../lib/transforms/index.ts'
import {
  afterAny,
  afterCount,
  afterProcessingTime,
  afterWatermark,
  fixedWindows,
  globalWindow,
  repeatedly,
  sessions,
} from '../../../lib/windowing/index.ts'

type Click = KV<string, number>

/** What users of Beam and of its runners have reported about windows and triggers; each must not happen here. */
describe('faults that other tools had', () => {
  it('beam 19133: by the clock in the global window, a steady stream still fires', async () => {
    const stream = new TestStream<Click>()
    for (let i = 0; i < 12; i++) stream.addElements([timestamped(['a', i], i)]).advanceProcessingTime('1s')
    const trigger = repeatedly(afterProcessingTime('5s'))
    const counts = stream
      .pipe(windowInto<Click>(globalWindow(), {trigger, accumulation: 'discarding'}))
      .pipe(combinePerKey(count()))
    expect(await collect(counts)).to.deep.equal([
      ['a', 5],
      ['a', 5],
      ['a', 2],
    ])
  })
  it('beam 23071: by the clock means since the first element of the pane, not since the last', async () => {
    const stream = new TestStream<Click>()
      .addElements([timestamped(['a', 1], 0)])
      .advanceProcessingTime('2s')
      .addElements([timestamped(['a', 2], 1)])
      .advanceProcessingTime('1s')
      .addElements([timestamped(['a', 3], 2)])
    const trigger = repeatedly(afterProcessingTime('3s'))
    const lists = stream
      .pipe(windowInto<Click>(globalWindow(), {trigger, accumulation: 'discarding'}))
      .pipe(combinePerKey(toList<number>()))
    expect(await collect(lists)).to.deep.equal([
      ['a', [1, 2]],
      ['a', [3]],
    ])
  })
  it('beam 31658: sessions that grow for ever fire early by the clock', async () => {
    const stream = new TestStream<Click>()
    for (let i = 0; i < 9; i++) stream.addElements([timestamped(['a', i], i * 1000)]).advanceProcessingTime('1s')
    const trigger = afterWatermark({early: afterProcessingTime('3s')})
    const seen = assertThat(
      stream
        .pipe(windowInto<Click>(sessions('30s'), {trigger, accumulation: 'discarding'}))
        .pipe(combinePerKey(count())),
    )
    await seen.inEarlyPane().equalTo([
      ['a', 3],
      ['a', 3],
      ['a', 3],
    ])
  })
  it('beam 20813, 27636: sessions fire early after each element', async () => {
    const stream = new TestStream<Click>()
      .addElements([timestamped(['a', 1], 0)])
      .addElements([timestamped(['a', 2], 1000)])
      .addElements([timestamped(['a', 3], 2000)])
    const options = {trigger: repeatedly(afterCount(1)), accumulation: 'accumulating'} as const
    const seen = assertThat(
      stream.pipe(windowInto<Click>(sessions('15m'), options)).pipe(combinePerKey(toList<number>())),
    )
    await seen.inEarlyPane().equalTo([
      ['a', [1]],
      ['a', [1, 2]],
      ['a', [1, 2, 3]],
    ])
  })
  it('beam 20438: a second grouping does not merge the sessions of the first again', async () => {
    const clicks = new TestStream<{user: string; page: string}>().addElements([
      timestamped({user: 'ada', page: '/'}, 0),
      timestamped({user: 'bob', page: '/'}, 5),
      timestamped({user: 'cid', page: '/'}, 5),
    ])
    const perPage = clicks
      .pipe(windowInto(sessions(10)))
      .pipe(groupBy(['user', 'page'], {n: count()}))
      .pipe(groupBy('page', {users: count()}))
    const seen = assertThat(perPage)
    await seen.inWindow({start: 0, end: 10}).equalTo([{page: '/', users: 1}])
    await seen.inWindow({start: 5, end: 15}).equalTo([{page: '/', users: 2}])
  })
  it('beam 162: a session whose trigger has finished does not poison what would merge with it', async () => {
    const stream = new TestStream<Click>()
      .addElements([timestamped(['a', 1], 0)])
      .addElements([timestamped(['a', 2], 5)])
    const options = {trigger: afterCount(1), accumulation: 'discarding', allowUnsafeTriggers: true} as const
    const lists = stream.pipe(windowInto<Click>(sessions(10), options)).pipe(combinePerKey(toList<number>()))
    expect(await collect(lists)).to.deep.equal([
      ['a', [1]],
      ['a', [2]],
    ])
  })
  it('beam 16840: what a trigger by the clock emits comes through a second grouping before the watermark', async () => {
    const clock = new FakeClock()
    const stream = new TestStream<Click>({clock})
      .addElements([timestamped(['a', 1], 0), timestamped(['a', 2], 1)])
      .advanceProcessingTime('5s')
      .advanceProcessingTime('1s')
    const options = {trigger: repeatedly(afterProcessingTime('5s')), accumulation: 'discarding'} as const
    const seen = assertThat(
      stream
        .pipe(windowInto<Click>(fixedWindows('1m'), options))
        .pipe(combinePerKey(count()))
        .pipe(combinePerKey(toList<number>())),
    )
    await seen.inEarlyPane().equalTo([['a', [2]]])
  })
  it('beam 36142: a count has no on-time pane of its own', async () => {
    const stream = new TestStream<Click>().addElements([timestamped(['a', 1], 0), timestamped(['a', 2], 1)])
    const options = {trigger: repeatedly(afterCount(2)), accumulation: 'discarding'} as const
    const seen = assertThat(stream.pipe(windowInto<Click>(fixedWindows('1m'), options)).pipe(combinePerKey(count())))
    await seen.inEarlyPane().equalTo([['a', 2]])
    await seen.inOnTimePane().isEmpty()
  })
  it('beam 9677: a grouping downstream does not see the watermark pass what the one upstream still holds', async () => {
    const sink = testSink<KV<string, number[]>>()
    // the first keeps the element until the lateness is over; the second must not close its window before that
    const options = {trigger: repeatedly(afterCount(2)), accumulation: 'discarding', allowedLateness: '1m'} as const
    await pipeline(
      new TestStream<Click>()
        .addElements([timestamped(['a', 1], 0)])
        .advanceWatermarkTo(90_000)
        .addElements([timestamped(['a', 2], 1)]),
      windowInto<Click>(fixedWindows('1m'), options),
      combinePerKey(count()),
      combinePerKey(toList<number>()),
      sink,
    )
    expect(sink.values).to.deep.equal([['a', [2]]])
  })
  it('a clock that another trigger has overtaken does not fire an empty pane', async () => {
    const stream = new TestStream<Click>()
      .addElements([timestamped(['a', 1], 0), timestamped(['a', 2], 1)])
      .advanceProcessingTime('1m')
    const trigger = repeatedly(afterAny(afterCount(2), afterProcessingTime('5s')))
    const counts = stream
      .pipe(windowInto<Click>(globalWindow(), {trigger, accumulation: 'discarding'}))
      .pipe(combinePerKey(count()))
    expect(await collect(counts)).to.deep.equal([['a', 2]])
  })
  it('what a TestStream makes late is late at once, whatever is between it and the grouping', async () => {
    const sink = testSink<KV<string, number>>()
    const group = combinePerKey<string, number, number, number>(count())
    const late = collect(group.tagged('late'))
    const slow = map(async (click: Click, _c: ProcessContext) => {
      await new Promise(resolve => setTimeout(resolve, 2))
      return click
    })
    const stream = new TestStream<Click>()
      .addElements([timestamped(['a', 1], 5)])
      .advanceWatermarkTo(10)
      .addElements([timestamped(['a', 2], 6)])
    await pipeline(stream, slow, windowInto<Click>(fixedWindows(10)), group, sink)
    expect(sink.values).to.deep.equal([['a', 1]])
    expect(await late).to.deep.equal([['a', 2]])
  })
})
