/** How the elements of a collection are put into windows and grouped, as far as the core must know it. */
export interface Windowing {
  /** Equal text means the same windowing. */
  readonly key: string
}
