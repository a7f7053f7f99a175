/** How the elements of a collection are put into windows and grouped, as far as the core must know it. */
export interface Windowing {
  /** Equal text means the same windowing. */
  readonly key: string
  /** True when windows may still merge, or have: which of them an element of another collection belongs to is not defined. */
  readonly mergesWindows: boolean
}
