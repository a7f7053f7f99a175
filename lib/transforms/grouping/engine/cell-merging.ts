import type {BoundedWindow} from '../../../core/index.ts'
import type {TriggerMachine, TriggerTime, WindowingStrategy} from '../../../windowing/index.ts'
import type {MergingStore} from './cell-stores.ts'
import type {CountedHolds} from './counted-holds.ts'
import type {AnyCombineFn} from './spec.ts'
import {sameSpan, TriggerCell} from './trigger-cell.ts'

/** What merging needs of a grouping. */
export interface Merging {
  readonly fns: readonly AnyCombineFn[]
  readonly strategy: WindowingStrategy
  readonly machine: TriggerMachine
  readonly store: MergingStore
  readonly time: TriggerTime
  /** A cell is part of another one from now on. */
  remove(cell: TriggerCell): void
  /** A cell is new. */
  add(cell: TriggerCell): void
  readonly holds: CountedHolds
}

/** Where an element belongs after merging: the cell, if there is one, and the window of a new one. */
interface Place {
  readonly cell: TriggerCell | undefined
  readonly window: BoundedWindow
}

/**
 * Merges the windows of one key when an element brings a new one. Tombstones take no part; a window that merges with none, and is that
 * of a tombstone, is dropped there.
 */
export function placeOf(grouped: Merging, text: string | number, window: BoundedWindow): Place {
  const cells = grouped.store.of(text)
  if (cells.length === 0) return {cell: undefined, window}
  const active = cells.filter(cell => !cell.closed)
  const same = active.find(cell => sameSpan(cell.window, window))
  if (same) return {cell: same, window}
  const windows = [...active.map(cell => cell.window), window].sort((a, b) => a.start - b.start || a.end - b.end)
  let place: Place | undefined
  for (const {into, from} of grouped.strategy.windowFn.merge!(windows)) {
    const takes = (one: BoundedWindow) => from.some(each => sameSpan(each, one))
    const sources = active.filter(cell => takes(cell.window))
    const cell = sources.length === 0 ? undefined : merged(grouped, sources, into)
    if (takes(window)) place = {cell, window: into}
  }
  return place ?? {cell: cells.find(cell => sameSpan(cell.window, window)), window}
}

/** The cell that several have become, or one whose window has grown. It keeps its panes' numbers if its window was there already. */
function merged(grouped: Merging, sources: readonly TriggerCell[], into: BoundedWindow): TriggerCell {
  const {machine, time, store} = grouped
  const trigger = machine.onMerge(
    sources.map(cell => cell.trigger),
    into,
    time,
  )
  const inTime = time.watermark <= into.maxTimestamp || sources.some(cell => cell.inTime && !cell.firedAfterEnd)
  const own = sources.find(cell => sameSpan(cell.window, into))
  const tombstone = own ? undefined : store.find(sources[0]!.text, into)
  if (tombstone) grouped.remove(tombstone)
  const [{text, key}] = sources as [TriggerCell]
  const cell = own ?? new TriggerCell(text, key, {window: into, trigger, accumulators: []})
  cell.trigger = trigger
  cell.inTime = inTime
  if (sources.length > 1 || cell !== own) mergeContents(grouped, cell, sources)
  const holds = sources.map(source => source.hold).filter(hold => hold !== undefined)
  grouped.holds.move(cell, holds.length > 0 ? Math.min(...holds) : undefined)
  for (const source of sources) if (source !== cell) grouped.remove(source)
  if (cell !== own) grouped.add(cell)
  return cell
}

function mergeContents({fns, strategy}: Merging, cell: TriggerCell, sources: readonly TriggerCell[]): void {
  cell.accumulators = fns.map((fn, f) => fn.mergeAccumulators(sources.map(source => source.accumulators[f])))
  const others = sources.filter(source => source !== cell)
  for (const source of others) {
    cell.idsLo = (cell.idsLo + source.idsLo) | 0
    cell.idsHi = (cell.idsHi + source.idsHi) | 0
    cell.pending ||= source.pending
    cell.timestamp = combined(strategy, cell.timestamp, source.timestamp)
  }
}

/** The timestamp of both; NaN for one that has none. */
export function combined({timestampCombiner}: WindowingStrategy, a: number, b: number): number {
  if (Number.isNaN(a)) return b
  if (Number.isNaN(b)) return a
  return timestampCombiner === 'earliest' ? Math.min(a, b) : Math.max(a, b)
}
