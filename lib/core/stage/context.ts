import type {Timestamped} from '../bundle/timestamped.ts'
import type {BoundedWindow, PaneInfo} from '../bundle/window.ts'
import type {Counter, Distribution, Gauge} from './info/metrics.ts'
import type {Logger} from './logger.ts'

/** What the compiler shows for a tag that is not declared. */
export type Undeclared = 'a tag declared by DoFn<In, Out, {tag: Type}> and ProcessContext<{tag: Type}>'

/** What `setup`, `startBundle`, `finishBundle` and `teardown` get. */
export interface StageContext<Tags = {}> {
  /** Aborts when the stage is destroyed: pass it to what you await. */
  readonly signal: AbortSignal
  readonly logger: Logger
  /** A counter of this stage, made on first use; shown in metrics and summary. */
  counter(name: string): Counter
  distribution(name: string): Distribution
  gauge(name: string): Gauge
  /** Hands a value to a tagged output (in finishBundle and process), `timestamped(value, ms)` with an event time of its own. */
  emit<K extends (keyof Tags & string) | Undeclared>(
    tag: K,
    value: Tags[K & keyof Tags] | Timestamped<Tags[K & keyof Tags]>,
  ): void
}

/** What `process` gets beside the element. */
export interface ProcessContext<Tags = {}, Side = {}> extends StageContext<Tags> {
  /** The element's event time in integer milliseconds; -Infinity when the source gave none. */
  readonly timestamp: number
  /**
   * The window that the element is in; the global one if no step has put it into another. For an element in several windows this
   * throws, unless the DoFn has `observesWindow: true`: then it is processed once for each.
   */
  readonly window: BoundedWindow
  /** Why a grouping emitted the element; `timing: 'unknown'` if it was never grouped. */
  readonly pane: PaneInfo
  /** The stage's side inputs, by name; the same for all elements of a bundle. */
  readonly side: Side
}
