import {type Lease, nackAll, releaseAll} from '../bundle/lease.ts'
import {isThenable} from '../processing/elements/results.ts'

/**
 * The leases of what a sink has written and not committed: each is released when a `commit()` that began after the write has
 * succeeded. One commit at a time; what is written meanwhile goes with the next.
 */
export class CommittedLeases {
  readonly #commit: () => Promise<void> | void
  readonly #failed: (error: unknown) => void
  #written: Lease[] = []
  /** Those that the commit under way is for. */
  #committing: Lease[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(commit: () => Promise<void> | void, failed: (error: unknown) => void) {
    this.#commit = commit
    this.#failed = failed
  }

  /** What is written once `written` resolves; a commit of it begins as soon as none is under way. */
  add(leases: readonly Lease[], written: Promise<void> | void): Promise<void> | void {
    if (written) return written.then(() => this.#add(leases))
    this.#add(leases)
  }

  #add(leases: readonly Lease[]): void {
    if (this.#closed) return nackAll(leases, undefined)
    for (const lease of leases) this.#written.push(lease)
    if (!this.#running) void this.#run().catch(this.#failed)
  }

  /** Commits everything written so far; resolves when its leases are released. */
  async commitAll(): Promise<void> {
    while (this.#running) await this.#running
    await this.#run()
  }

  /** The sink was destroyed: nothing is released any more, and what was not is given back. */
  close(reason: unknown): void {
    this.#closed = true
    nackAll(this.#committing, reason)
    nackAll(this.#written, reason)
    this.#committing = []
    this.#written = []
  }

  async #run(): Promise<void> {
    const round = this.#rounds().finally(() => {
      if (this.#running === round) this.#running = undefined
    })
    this.#running = round
    await round
  }

  async #rounds(): Promise<void> {
    do {
      this.#committing = this.#written
      this.#written = []
      const committed = this.#commit()
      if (isThenable(committed)) await committed
      if (this.#closed) return
      releaseAll(this.#committing)
      this.#committing = []
    } while (this.#written.length > 0)
  }
}
