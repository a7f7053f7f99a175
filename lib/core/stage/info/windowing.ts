import type {BoundedWindow} from '../../bundle/window.ts'

/** How the elements of a collection are put into windows and grouped, as far as the core must know it. */
export interface Windowing {
  /** Equal text means the same windowing. */
  readonly key: string
  /** True for windows of event time; false for the global window. */
  readonly inWindows: boolean
  /** True when windows may still merge, or have: which of them an element of another collection belongs to is not defined. */
  readonly mergesWindows: boolean
  /** The window of this collection, as a side input, for a window of the main input. */
  readonly sideWindow: (main: BoundedWindow) => BoundedWindow
}
