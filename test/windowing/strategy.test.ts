import {expect} from 'chai'
import {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  fixedWindows,
  repeatedly,
  sessions,
  type Trigger,
  type WindowFn,
  windowInto,
} from '../../lib/index.ts'
import {afterGrouping, DEFAULT_STRATEGY, inputStrategy, strategyFrom} from '../../lib/windowing/strategy.ts'
import {TestSink, TestSource} from '../core/support.ts'

/** The strategy of what comes through these stages. */
function strategyAfter(...stages: ReturnType<typeof windowInto<number>>[]) {
  const sink = new TestSink<number>()
  const first = new TestSource<number>([])
  let last: {pipe(to: unknown): unknown} = first as never
  for (const stage of [...stages, sink]) last = last.pipe(stage) as never
  return inputStrategy(sink.info)
}
const into = (fn: WindowFn, trigger: Trigger = repeatedly(afterCount(50))) =>
  windowInto<number>(fn, {timestamp: n => n, trigger, accumulation: 'accumulating', allowedLateness: '1m'})

describe('the strategy of a collection', () => {
  it('is the default one where nothing was chosen', () => {
    expect(strategyAfter()).to.equal(DEFAULT_STRATEGY)
    expect(DEFAULT_STRATEGY).to.include({
      accumulation: 'discarding',
      allowedLateness: 0,
      timestampCombiner: 'end-of-window',
    })
    expect(DEFAULT_STRATEGY).to.include({closing: 'if-non-empty', onTime: 'always', explicitTrigger: false})
  })

  it('is what windowInto was given', () => {
    const stage = windowInto<number>(fixedWindows(10), {
      trigger: afterWatermark({late: afterCount(1)}),
      accumulation: 'accumulating',
      allowedLateness: '1m',
      timestampCombiner: 'earliest',
      closing: 'always',
      onTime: 'if-non-empty',
    })
    expect(strategyAfter(stage)).to.include({
      accumulation: 'accumulating',
      allowedLateness: 60_000,
      timestampCombiner: 'earliest',
      closing: 'always',
      onTime: 'if-non-empty',
      explicitTrigger: true,
    })
  })

  it('has the lateness of its input until another one is given, and none of the rest', () => {
    const next = strategyAfter(into(fixedWindows(10)), windowInto<number>(fixedWindows(20)))
    expect(next).to.include({allowedLateness: 60_000, accumulation: 'discarding', explicitTrigger: false})
    expect(next.trigger).to.deep.equal({kind: 'default'})
    expect(
      strategyAfter(into(fixedWindows(10)), windowInto<number>(fixedWindows(20), {allowedLateness: 0})),
    ).to.include({
      allowedLateness: 0,
    })
  })

  it('goes on after a grouping with the continuation of its trigger', () => {
    const after = afterGrouping(strategyAfter(into(fixedWindows(10), repeatedly(afterProcessingTime('1m')))))
    expect(after).to.include({accumulation: 'accumulating', allowedLateness: 60_000, merged: false})
    expect(after.trigger).to.deep.equal({kind: 'repeatedly', trigger: {kind: 'after-synchronized-processing-time'}})
  })

  it('has sessions merged after a grouping, which are other windows than sessions', () => {
    const before = strategyAfter(into(sessions(10)))
    const after = afterGrouping(before)
    expect(after).to.include({merged: true, mergesWindows: true})
    expect(after.key).to.not.equal(before.key)
    expect(afterGrouping(after).key).to.equal(after.key)
  })

  it('has a key that tells strategies apart', () => {
    const keys = [
      into(fixedWindows(10)),
      into(fixedWindows(20)),
      into(fixedWindows(10), repeatedly(afterCount(5))),
      windowInto<number>(fixedWindows(10)),
      windowInto<number>(fixedWindows(10), {allowedLateness: 1}),
      windowInto<number>(fixedWindows(10), {timestampCombiner: 'latest'}),
      windowInto<number>(fixedWindows(10), {closing: 'always'}),
      windowInto<number>(fixedWindows(10), {onTime: 'if-non-empty'}),
    ].map(stage => strategyAfter(stage).key)
    expect(new Set(keys).size).to.equal(keys.length)
    expect(strategyFrom([strategyAfter(into(fixedWindows(10)))]).key).to.equal(keys[0])
  })
})
