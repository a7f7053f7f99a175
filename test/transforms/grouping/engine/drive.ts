import {
  type BoundedWindow,
  Bundle,
  boundedWindow,
  GLOBAL_WINDOW,
  type PaneInfo,
  SequenceIds,
} from '../../../../lib/core/index.ts'
import {toList} from '../../../../lib/transforms/combine/index.ts'
import {type AnyCombineFn, type Grouping, grouping} from '../../../../lib/transforms/grouping/engine/index.ts'
import {strategyOf, type WindowingStrategy} from '../../../../lib/windowing/index.ts'
import {windowFnOf} from '../../../conformance/beam/here.ts'
import type {Input, Pane, Strategy} from '../../../windowing/reference/model.ts'

/** What happens to a grouping, in order. */
export type Event =
  | {readonly kind: 'add'; readonly inputs: readonly Input[]}
  | {readonly kind: 'watermark'; readonly to: number}
  | {readonly kind: 'clock'; readonly to: number}

/** Panes, what was dropped, and the output watermark before each pane. */
export interface Outcome {
  readonly panes: Pane[]
  readonly ids: string[]
  readonly watermarks: number[]
  readonly dropped: {late: number; finished: number}
  /** The output watermark at the end, before the input ends. */
  readonly watermark: number
}

export function strategyFor(strategy: Strategy): WindowingStrategy {
  const {windowing, trigger, accumulation, lateness, timestampCombiner, closing, onTime, merged = false} = strategy
  const windowFn = windowFnOf(windowing)
  const rest = {trigger, accumulation, allowedLateness: lateness, timestampCombiner, closing, onTime, merged}
  return strategyOf({windowFn, ...rest, explicitTrigger: true})
}

/** How the input is cut into bundles, and the output into slices; numbers are used in turn. */
export interface Cuts {
  readonly bundles: readonly number[]
  readonly slices: readonly number[]
}

/** Takes an engine through the events and the end of the input. */
export function drive(strategy: Strategy, events: readonly Event[], cuts: Cuts): Outcome {
  const dropped = {late: 0, finished: 0}
  const given = strategyFor(strategy)
  const engine = grouping<Input, {key: string; values: number[]}>(
    {
      step: 'Group',
      keys: {text: ({key}) => key, parts: ({key}) => key},
      fns: [toList() as unknown as AnyCombineFn],
      input: ({value}) => value,
      result: (key, [values]) => ({key: key as string, values: values as number[]}),
    },
    given,
    {
      careful: false,
      late: () => dropped.late++,
      closed: () => dropped.finished++,
      failed: error => {
        throw error
      },
    },
  )
  const outcome = {panes: [] as Pane[], ids: [] as string[], watermarks: [] as number[]}
  const slice = inTurn(cuts.slices)
  const cut = inTurn(cuts.bundles)
  let count = 0
  const collect = () => {
    const before = engine.watermark
    for (let bundle = engine.take(slice()); bundle; bundle = engine.take(slice())) keep(outcome, bundle, before)
  }
  engine.time(0)
  for (const event of events) {
    if (event.kind === 'watermark') engine.advance(event.to)
    else if (event.kind === 'clock') engine.time(event.to)
    else
      for (let at = 0; at < event.inputs.length; ) {
        const inputs = event.inputs.slice(at, at + cut())
        addTo(engine, given, inputs, count + at)
        collect()
        at += inputs.length
      }
    if (event.kind === 'add') count += event.inputs.length
    collect()
  }
  const {watermark} = engine
  engine.advance(Number.POSITIVE_INFINITY)
  collect()
  return {...outcome, dropped, watermark}
}

function addTo(
  engine: Grouping<Input, unknown>,
  {windowFn, merged}: WindowingStrategy,
  inputs: Input[],
  start: number,
): void {
  const placed = inputs
    .map((input, i) => ({input, i, slot: windowFn.assign(input.timestamp, input)}))
    .filter(({slot}) => !Array.isArray(slot) || slot.length > 0)
  const timestamps = Float64Array.from(placed, ({input}) => input.timestamp)
  // a grouping emits interned windows
  const windows = placed.map(({slot}) =>
    merged ? boundedWindow((slot as BoundedWindow).start, (slot as BoundedWindow).end) : slot,
  )
  const all = new Bundle(inputs, {ids: new SequenceIds('in', start)}).select(placed.map(({i}) => i))
  engine.add(all.with({timestamps, windows: windows.every(slot => slot === GLOBAL_WINDOW) ? undefined : windows}))
}

function keep(
  outcome: Omit<Outcome, 'dropped' | 'watermark'>,
  bundle: Bundle<{key: string; values: number[]}>,
  before: number,
): void {
  const {values, windows, timestamps, panes, ids} = bundle
  for (const [i, {key, values: list}] of values.entries()) {
    const {start, end} = (windows?.[i] ?? GLOBAL_WINDOW) as BoundedWindow
    outcome.panes.push({
      key,
      window: {start, end},
      timestamp: timestamps![i]!,
      pane: panes![i] as PaneInfo,
      values: list,
    })
    outcome.ids.push(`${ids?.prefix}:${ids?.at(i)}`)
    outcome.watermarks.push(before)
  }
}

function inTurn(numbers: readonly number[]): () => number {
  let at = 0
  return () => numbers[at++ % numbers.length]!
}
