import type {BoundedWindow, Bundle} from '../../../core/index.ts'

/** How many windows and cells of a grouping are open. */
export interface OpenCells {
  readonly windows: number
  readonly cells: number
}

/**
 * The work of a grouping without any stream: elements go into cells, one for each key and window, and panes come out.
 *
 * After `add`, `advance` and `time`, call `take` until it returns undefined.
 */
export interface Grouping<I, O> {
  /** Adds elements, one after the other; triggers are asked after each of them. */
  add(bundle: Bundle<I>): void
  /** Moves the input watermark, never backwards; +Infinity at the end of the input. */
  advance(watermark: number): void
  /** Moves processing time (ms), never backwards. Set it before the first `add`. */
  time(now: number): void
  /** The next panes, `max` at most; undefined if nothing is left. */
  take(max: number): Bundle<O> | undefined
  /** The output watermark. It moves when nothing is left to take. */
  readonly watermark: number
  /** The processing time at which `time` has something to do; +Infinity: never. */
  readonly nextTime: number
  readonly open: OpenCells
  /** For a grouping whose cells can wait on disk. */
  readonly overflow?: Overflow | undefined
}

/** Cells beyond the memory that they may take. */
export interface Overflow {
  /** True when cells have to go to disk before more elements are added: call `spill`. */
  readonly full: boolean
  spill(): Promise<void>
  /** `take` returned undefined because cells have to be read first: when this has resolved, call it again. */
  readonly waits: Promise<void> | undefined
  /** Bytes of heap, and on disk. */
  readonly bytes: number
  readonly bytesOnDisk: number
  close(): Promise<void>
}

/** What a grouping reports of elements that it does not take. */
export interface GroupingReport<I> {
  /** Whether the run goes on after elements that fail: they are tried first, so that they leave nothing half done. */
  readonly careful: boolean
  /** Dropped: too late for its window. */
  late(bundle: Bundle<I>, i: number, window: BoundedWindow): void
  /** Dropped: the trigger of its key and window has finished. */
  closed(bundle: Bundle<I>, i: number, window: BoundedWindow): void
  /** Its key cannot be encoded, or a combine function threw; throws unless the run goes on. */
  failed(error: unknown, bundle: Bundle<I>, i: number): void
}
