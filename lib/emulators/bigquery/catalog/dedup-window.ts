/** How long insertAll remembers an insertId, in milliseconds. */
export const DEDUP_MS = 60_000

interface Batch {
  readonly ids: readonly string[]
  readonly expiry: number
}

/**
 * The insertIds that a table has seen in the last minute. They expire one request at a time, in the order in which they
 * came, so that one costs O(1) however many are remembered.
 */
export class DedupWindow {
  readonly #expiry = new Map<string, number>()
  #batches: Batch[] = []
  /** Batches before this one have expired. */
  #first = 0

  /** True for an id stored less than a minute ago. */
  has(id: string, now: number): boolean {
    const expiry = this.#expiry.get(id)
    return expiry !== undefined && expiry > now
  }

  /** Remembers the ids of rows that have been stored, and forgets expired ones. */
  add(ids: readonly string[], now: number): void {
    this.#forget(now)
    const expiry = now + DEDUP_MS
    for (const id of ids) this.#expiry.set(id, expiry)
    this.#batches.push({ids, expiry})
  }

  /** How many ids are held, expired ones included until the next {@link add}. */
  get size(): number {
    return this.#expiry.size
  }

  #forget(now: number): void {
    for (; this.#first < this.#batches.length; this.#first++) {
      const batch = this.#batches[this.#first] as Batch
      if (batch.expiry > now) break
      for (const id of batch.ids) if (this.#expiry.get(id) === batch.expiry) this.#expiry.delete(id)
    }
    if (this.#first > 1000) {
      this.#batches = this.#batches.slice(this.#first)
      this.#first = 0
    }
  }
}
