/** Something to wait for, or nothing. */
export type Wait = Promise<void> | undefined

/** Pending promises, which can be rejected all at once when nothing will settle them any more. */
export class Waits {
  readonly #open = new Set<(reason: unknown) => void>()

  /** A promise that `begin` settles, unless {@link reject} does so first. */
  until(begin: (resolve: () => void, reject: (reason: unknown) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#open.add(reject)
      begin(
        () => {
          if (this.#open.delete(reject)) resolve()
        },
        reason => {
          if (this.#open.delete(reject)) reject(reason)
        },
      )
    })
  }

  /** Rejects all pending promises. */
  reject(reason: unknown): void {
    const open = [...this.#open]
    this.#open.clear()
    for (const reject of open) reject(reason)
  }
}
