/** Longest time that panes are emitted without letting anything else run, ms. */
const SLICE_MS = 5
/** Most panes that are emitted without letting anything else run. */
const SLICE_PANES = 10_000

/** When the event loop must have its turn, while many panes are emitted at once. */
export class Slices {
  #since = performance.now()
  #panes = 0

  begin(): void {
    this.#since = performance.now()
    this.#panes = 0
  }

  /** These panes are about to leave: calls back at once, or after a turn of the event loop if the slice is used up. */
  next(panes: number, go: () => void): void {
    this.#panes += panes
    if (this.#panes <= SLICE_PANES && performance.now() - this.#since < SLICE_MS) return go()
    setImmediate(() => {
      this.begin()
      go()
    })
  }
}
