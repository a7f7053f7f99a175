/** How long insertAll remembers an insertId, in milliseconds. */
export const DEDUP_MS = 60_000

/** The insertIds that a table has seen in the last minute. Each costs O(1): they expire in the order they came. */
export class DedupWindow {
  readonly #expiry = new Map<string, number>()

  /** True for an id stored less than a minute ago. */
  has(id: string, now: number): boolean {
    this.#forget(now)
    const expiry = this.#expiry.get(id)
    return expiry !== undefined && expiry > now
  }

  /** Remembers the id of a row that has been stored. */
  add(id: string, now: number): void {
    this.#expiry.delete(id)
    this.#expiry.set(id, now + DEDUP_MS)
  }

  get size(): number {
    return this.#expiry.size
  }

  #forget(now: number): void {
    for (const [id, expiry] of this.#expiry) {
      if (expiry > now) return
      this.#expiry.delete(id)
    }
  }
}
