import {pipeline} from 'node:stream/promises'
import {
  type BoundedWindow,
  type Bundle,
  GLOBAL_WINDOW,
  type PaneInfo,
  Sink,
  timestamped,
} from '../../../lib/core/index.ts'
import {TestStream} from '../../../lib/testing/index.ts'
import {combinePerKey, type KV, toList, windowInto} from '../../../lib/transforms/index.ts'
import {fixedWindows, globalWindow, sessions, slidingWindows, type WindowFn} from '../../../lib/windowing/index.ts'
import type {Windowing} from '../../windowing/reference/windows.ts'
import {type Case, type ExpectedPane, inOrder} from './case.ts'

export function windowFnOf(windowing: Windowing): WindowFn {
  switch (windowing.kind) {
    case 'fixed':
      return fixedWindows(windowing.size, {offset: windowing.offset})
    case 'sliding':
      return slidingWindows(windowing.size, {period: windowing.period, offset: windowing.offset})
    case 'sessions':
      return sessions(windowing.gap)
    case 'global':
      return globalWindow()
  }
}

/** Keeps panes. */
class Panes extends Sink<KV<string, number[]>> {
  readonly panes: ExpectedPane[] = []

  override writeBundle({values, windows, timestamps, panes}: Bundle<KV<string, number[]>>): void {
    for (const [i, [key, numbers]] of values.entries()) {
      const {start, end} = (windows?.[i] ?? GLOBAL_WINDOW) as BoundedWindow
      const {timing, index, onTimeIndex, isLast} = panes![i] as PaneInfo
      const sorted = numbers.toSorted((a, b) => a - b)
      this.panes.push({
        key,
        window: [start, end],
        timestamp: timestamps![i]!,
        timing,
        index,
        onTimeIndex,
        isLast,
        values: sorted,
      })
    }
  }

  override commit(): void {}
}

/** The panes of a case as sluice emits them: a TestStream, windowInto and a grouping. */
export async function panesHere(given: Case): Promise<ExpectedPane[]> {
  const {windows, trigger, accumulation, lateness, timestampCombiner, closing, onTime, script} = given
  const stream = new TestStream<KV<string, number>>()
  for (const step of script) {
    if (step[0] === 'add') stream.addElements([timestamped([step[1], step[2]], step[3])])
    else if (step[0] === 'watermark') stream.advanceWatermarkTo(step[1])
    else stream.advanceProcessingTime(step[1])
  }
  const allowUnsafeTriggers = true
  const options = {
    trigger,
    accumulation,
    allowedLateness: lateness,
    timestampCombiner,
    closing,
    onTime,
    allowUnsafeTriggers,
  }
  const sink = new Panes()
  const windowed = windowInto<KV<string, number>>(windowFnOf(windows), options)
  await pipeline(stream, windowed, combinePerKey(toList<number>()), sink)
  return inOrder(sink.panes)
}
