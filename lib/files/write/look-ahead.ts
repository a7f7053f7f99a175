/** Checks that run in the background; the first failure is reported on request. */
export class LookAhead {
  readonly #atOnce: number
  readonly #look: (what: string) => Promise<void>
  #waiting: string[] = []
  #running = 0
  #lanes: Promise<void>[] = []
  #failure: {readonly error: unknown} | undefined

  constructor(atOnce: number, look: (what: string) => Promise<void>) {
    this.#atOnce = atOnce
    this.#look = look
  }

  /** Starts a check as soon as not too many others are running. */
  add(what: string): void {
    if (this.#failure) return
    this.#waiting.push(what)
    if (this.#running >= this.#atOnce) return
    if (this.#running === 0) this.#lanes = []
    this.#running++
    this.#lanes.push(this.#work())
  }

  throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Resolves when all are done; rejects with the first failure. */
  async settled(): Promise<void> {
    await Promise.all(this.#lanes)
    this.throwIfFailed()
  }

  async #work(): Promise<void> {
    for (let what = this.#waiting.pop(); what !== undefined && !this.#failure; what = this.#waiting.pop()) {
      try {
        await this.#look(what)
      } catch (error) {
        this.#failure ??= {error}
      }
    }
    this.#running--
  }
}
