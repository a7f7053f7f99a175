/** An input that has come to a barrier, and what lets it go on. */
interface Blocked {
  readonly barrier: number
  readonly goOn: () => void
}

/** Aligns barriers over inputs: an input waits behind its barrier until the others have come to theirs, or have ended. */
export class BarrierAlignment {
  readonly #blocked = new Map<number, Blocked>()
  readonly #open: () => number
  readonly #pass: (barrier: number) => void

  /** `open` is the number of inputs that have not ended; `pass` hands a barrier on. */
  constructor(open: () => number, pass: (barrier: number) => void) {
    this.#open = open
    this.#pass = pass
  }

  /** The input at this position has come to a barrier. */
  arrive(position: number, barrier: number, goOn: () => void): void {
    this.#blocked.set(position, {barrier, goOn})
    this.align()
  }

  /** Hands on what all open inputs have come to; to be called when one has ended, too. */
  align(): void {
    while (this.#blocked.size > 0 && this.#blocked.size >= this.#open()) {
      const barrier = Math.min(...[...this.#blocked.values()].map(blocked => blocked.barrier))
      this.#pass(barrier)
      const there = [...this.#blocked].filter(([, blocked]) => blocked.barrier === barrier)
      for (const [position] of there) this.#blocked.delete(position)
      for (const [, {goOn}] of there) goOn()
    }
  }
}
