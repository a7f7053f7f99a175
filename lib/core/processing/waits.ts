/** Something to wait for, or nothing. */
export type Wait = Promise<void> | undefined

/** Promises that are waited for, and rejected together when nothing will settle them any more. */
export class Waits {
  readonly #open = new Set<(reason: unknown) => void>()

  /** A promise that settles as `begin` says, or is rejected by {@link reject}. */
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

  /** Rejects everything that is waited for. */
  reject(reason: unknown): void {
    const open = [...this.#open]
    this.#open.clear()
    for (const reject of open) reject(reason)
  }
}
