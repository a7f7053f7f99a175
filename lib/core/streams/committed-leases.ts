import {type Lease, nackAll, releaseAll} from '../bundle/lease.ts'
import {isThenable} from '../processing/elements/results.ts'

/**
 * The leases of what a sink has written but not committed. Each is released when a `commit()` that began after the write
 * succeeds. One commit runs at a time; whatever is written meanwhile waits for the next.
 */
export class CommittedLeases {
  readonly #commit: () => Promise<void> | void
  readonly #failed: (error: unknown) => void
  #written: Lease[] = []
  /** The leases covered by the commit in flight. */
  #committing: Lease[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(commit: () => Promise<void> | void, failed: (error: unknown) => void) {
    this.#commit = commit
    this.#failed = failed
  }

  /** Adds leases whose values are written once `written` resolves; a commit begins as soon as no other is in flight. */
  add(leases: readonly Lease[], written: Promise<void> | void): Promise<void> | void {
    if (written) return written.then(() => this.#add(leases))
    this.#add(leases)
  }

  #add(leases: readonly Lease[]): void {
    if (this.#closed) return nackAll(leases, undefined)
    for (const lease of leases) this.#written.push(lease)
    if (!this.#running) void this.#run().catch(this.#failed)
  }

  /** Commits everything written so far; resolves once its leases are released. */
  async commitAll(): Promise<void> {
    while (this.#running) await this.#running
    await this.#run()
  }

  /** The sink has been destroyed: nothing more is released, and outstanding leases are given back. */
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
