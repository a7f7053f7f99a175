import type {PaneInfo} from '../../../lib/core/index.ts'
import type {Trigger} from '../../../lib/windowing/index.ts'
import {type Pane, ReferenceGrouping, type Strategy} from '../../windowing/reference/model.ts'
import type {Windowing} from '../../windowing/reference/windows.ts'

/** What happens, in order; each element is a bundle of its own. All times are milliseconds. */
export type Step =
  | readonly ['add', key: string, value: number, timestamp: number]
  | readonly ['watermark', to: number]
  | readonly ['clock', by: number]

/** A pane as cases.json has it. */
export interface ExpectedPane {
  readonly key: string
  readonly window: readonly [start: number, end: number]
  readonly timestamp: number
  readonly timing: PaneInfo['timing']
  readonly index: number
  readonly onTimeIndex: number
  readonly isLast: boolean
  /** Sorted. */
  readonly values: readonly number[]
}

/** How Beam's Python runner is compared. */
export interface BeamNote {
  /** Why it cannot run the case. */
  readonly skipped?: string
  /** How it departs from Beam's documentation. */
  readonly departs?: string
  /** What it emits then; absent: it fails. */
  readonly panes?: readonly ExpectedPane[]
}

/** A case: an input, a windowing strategy, and the panes that follow. The watermark goes to infinity at the end. */
export interface Case {
  readonly name: string
  readonly windows: Windowing
  readonly trigger: Trigger
  readonly accumulation: Strategy['accumulation']
  readonly lateness: number
  readonly timestampCombiner: Strategy['timestampCombiner']
  readonly closing: Strategy['closing']
  readonly onTime: Strategy['onTime']
  readonly script: readonly Step[]
  readonly beam?: BeamNote
}

/** The panes of a case by the reference. */
export function expectedPanes(given: Case): ExpectedPane[] {
  const model = new ReferenceGrouping({...given, windowing: given.windows})
  let now = 0
  const panes: Pane[] = []
  for (const step of given.script) {
    if (step[0] === 'add') panes.push(...model.add([{key: step[1], value: step[2], timestamp: step[3]}]))
    else if (step[0] === 'watermark') panes.push(...model.advance(step[1]))
    else panes.push(...model.elapse((now += step[1])))
  }
  panes.push(...model.advance(Number.POSITIVE_INFINITY))
  return inOrder(
    panes.map(({key, window, timestamp, pane, values}) => ({
      key,
      window: [window.start, window.end],
      timestamp,
      timing: pane.timing,
      index: pane.index,
      onTimeIndex: pane.onTimeIndex,
      isLast: pane.isLast,
      values: [...values].sort((a, b) => a - b),
    })),
  )
}

/** A case with the panes that are expected, as cases.json has it. */
export interface FullCase extends Case {
  readonly panes: readonly ExpectedPane[]
}

/** Panes of different keys and windows have no order among each other; those of one have. */
export function inOrder(panes: ExpectedPane[]): ExpectedPane[] {
  const cell = ({key, window}: ExpectedPane) => `${key} ${window[0]} ${window[1]}`
  return panes
    .map((pane, at) => ({pane, at}))
    .sort((a, b) => (cell(a.pane) < cell(b.pane) ? -1 : cell(a.pane) > cell(b.pane) ? 1 : a.at - b.at))
    .map(({pane}) => pane)
}
