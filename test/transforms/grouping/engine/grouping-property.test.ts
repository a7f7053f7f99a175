import {expect} from 'chai'
import fc from 'fast-check'
import {defaultTrigger} from '../../../../lib/windowing/index.ts'
import {anyTrigger, cases} from '../../../windowing/arbitraries.ts'
import {type Input, type Pane, ReferenceGrouping, type Strategy} from '../../../windowing/reference/model.ts'
import type {Windowing} from '../../../windowing/reference/windows.ts'
import {type Cuts, drive, type Event} from './drive.ts'

const upTo = (max: number) => fc.integer({min: 1, max})

const apart: fc.Arbitrary<Windowing> = fc.oneof(
  fc
    .record({kind: fc.constant('fixed' as const), size: upTo(12), offset: fc.integer({min: -3, max: 15})})
    .map(given => ({...given, offset: ((given.offset % given.size) + given.size) % given.size})),
  fc
    .record({kind: fc.constant('sliding' as const), size: upTo(12), period: upTo(8), offset: fc.nat(7)})
    .map(given => ({...given, offset: given.offset % given.period})),
  fc.constant({kind: 'global' as const}),
)
const merging: fc.Arbitrary<Windowing> = upTo(10).map(gap => ({kind: 'sessions', gap}))

/** The rest of a strategy. */
const details = {
  accumulation: fc.constantFrom('discarding' as const, 'accumulating' as const),
  lateness: fc.oneof(fc.constant(0), upTo(15)),
  timestampCombiner: fc.constantFrom('end-of-window' as const, 'earliest' as const, 'latest' as const),
  closing: fc.constantFrom('if-non-empty' as const, 'if-non-empty' as const, 'always' as const),
  onTime: fc.constantFrom('always' as const, 'always' as const, 'if-non-empty' as const),
}

type Move =
  | {readonly kind: 'add'; readonly inputs: readonly {key: string; timestamp: number}[]}
  | {readonly kind: 'watermark'; readonly by: number}
  | {readonly kind: 'clock'; readonly by: number}

const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        inputs: fc.array(
          fc.record({key: fc.constantFrom('a', 'a', 'b', 'c'), timestamp: fc.integer({min: -10, max: 40})}),
          {
            minLength: 1,
            maxLength: 5,
          },
        ),
      }),
    },
    {weight: 2, arbitrary: fc.record({kind: fc.constant('watermark' as const), by: upTo(12)})},
    {weight: 1, arbitrary: fc.record({kind: fc.constant('clock' as const), by: upTo(6)})},
  ),
  {maxLength: 20, size: 'max'},
)

const anyCuts: fc.Arbitrary<Cuts> = fc.record({
  bundles: fc.array(upTo(5), {minLength: 1, maxLength: 4}),
  slices: fc.array(upTo(4), {minLength: 1, maxLength: 4}),
})

/** The moves with times that only go forward, and a number for each element. */
function eventsOf(script: readonly Move[]): Event[] {
  let [watermark, clock, value] = [-12, 0, 0]
  return script.map(move => {
    if (move.kind === 'watermark') return {kind: 'watermark', to: (watermark += move.by)}
    if (move.kind === 'clock') return {kind: 'clock', to: (clock += move.by)}
    return {kind: 'add', inputs: move.inputs.map((input): Input => ({...input, value: value++}))}
  })
}

/** The panes of each cell in their order, and what was dropped. */
function byReference(strategy: Strategy, events: readonly Event[]) {
  const model = new ReferenceGrouping(strategy)
  const panes: Pane[] = []
  for (const event of events) {
    if (event.kind === 'add') panes.push(...model.add(event.inputs))
    else if (event.kind === 'watermark') panes.push(...model.advance(event.to))
    else panes.push(...model.time(event.to))
  }
  panes.push(...model.advance(Number.POSITIVE_INFINITY))
  return {panes: byCell(panes), dropped: model.dropped}
}

function byCell(panes: readonly Pane[]): Record<string, unknown[]> {
  const cells: Record<string, unknown[]> = {}
  for (const {key, window, timestamp, pane, values} of panes) {
    const {index, onTimeIndex, timing, isFirst, isLast} = pane
    const shown = {
      timestamp,
      timing,
      index,
      onTimeIndex,
      isFirst,
      isLast,
      values: [...values].sort((a, b) => a - b).join(),
    }
    const cell = `${key} [${window.start}, ${window.end})`
    cells[cell] ??= []
    cells[cell].push(shown)
  }
  return cells
}

/** What must be true of every outcome, and of the same events cut in another way. */
function check(strategy: Strategy, events: readonly Event[], cuts: readonly [Cuts, Cuts]): void {
  const expected = byReference(strategy, events)
  const outcome = drive(strategy, events, cuts[0])
  expect(byCell(outcome.panes)).to.deep.equal(expected.panes)
  expect(outcome.dropped).to.deep.equal(expected.dropped)
  for (const [i, {timestamp, pane}] of outcome.panes.entries())
    if (pane.timing !== 'late')
      expect(timestamp, 'no pane that is not late is behind the output watermark').to.be.at.least(
        outcome.watermarks[i]!,
      )
  const other = drive(strategy, events, cuts[1])
  expect(new Set(other.ids), 'ids do not depend on cuts').to.deep.equal(new Set(outcome.ids))
  expect(new Set(outcome.ids).size, 'ids differ').to.equal(outcome.panes.length)
}

function property(
  windowing: fc.Arbitrary<Windowing>,
  rest: Record<string, fc.Arbitrary<unknown>>,
  share: number,
): void {
  fc.assert(
    fc.property(
      fc.record({windowing, ...rest}) as fc.Arbitrary<Strategy>,
      moves,
      fc.tuple(anyCuts, anyCuts),
      (strategy, script, cuts) => check(strategy, eventsOf(script), cuts),
    ),
    cases(share),
  )
}

describe('the grouping engine and the reference', () => {
  it('emit the same panes with the default trigger', () => {
    const trigger = fc.constant(defaultTrigger())
    const plain = {lateness: fc.constant(0), timestampCombiner: fc.constant('end-of-window' as const)}
    property(apart, {...details, ...plain, trigger}, 1000)
  })
  it('emit the same panes in windows that a grouping has merged', () => {
    const trigger = fc.constant(defaultTrigger())
    const plain = {lateness: fc.constant(0), timestampCombiner: fc.constant('end-of-window' as const)}
    property(merging, {...details, ...plain, trigger, merged: fc.constant(true)}, 500)
  })
  it('emit the same panes with the default trigger and lateness', () => {
    property(apart, {...details, trigger: fc.constant(defaultTrigger())}, 1000)
  })
  it('emit the same panes with any trigger', () => {
    property(apart, {...details, trigger: anyTrigger}, 2000)
  })
  it('emit the same panes of sessions with the default trigger', () => {
    property(merging, {...details, trigger: fc.constant(defaultTrigger())}, 1000)
  })
  it('emit the same panes of sessions with any trigger', () => {
    property(merging, {...details, trigger: anyTrigger}, 1500)
  })
})
