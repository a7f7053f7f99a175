import {expect} from 'chai'
import fc from 'fast-check'
import {defaultTrigger} from '../../../../lib/windowing/index.ts'
import {anyTrigger, cases} from '../../../windowing/arbitraries.ts'
import {type Pane, ReferenceGrouping, type Strategy} from '../../../windowing/reference/model.ts'
import type {Windowing} from '../../../windowing/reference/windows.ts'
import {apart, details, eventsOf, merging, moves, upTo} from '../arbitraries.ts'
import {type Cuts, drive, type Event} from './drive.ts'

const anyCuts: fc.Arbitrary<Cuts> = fc.record({
  bundles: fc.array(upTo(5), {minLength: 1, maxLength: 4}),
  slices: fc.array(upTo(4), {minLength: 1, maxLength: 4}),
})

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
