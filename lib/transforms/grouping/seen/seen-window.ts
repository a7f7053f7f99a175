import {combinePartitions, heapSize, Partitions, type SpillOwner, type StoredElement} from '../../../state/index.ts'
import {ownText} from '../../../util/index.ts'

/** An entry of a Set. */
const ENTRY = 48

/**
 * The keys seen in one window. Beyond the memory that they may take, elements with keys that are not among those in memory wait on
 * disk until the window ends: only then is it known which of them are copies.
 */
export class SeenWindow {
  readonly #keys = new Set<string | number>()
  readonly #owner: SpillOwner
  #waiting: Partitions<StoredElement> | undefined
  /** About how many bytes of heap the keys take. */
  bytes = 0

  constructor(owner: SpillOwner) {
    this.#owner = owner
  }

  has(key: string | number): boolean {
    return this.#keys.has(key)
  }

  add(key: string | number): void {
    this.#keys.add(typeof key === 'string' ? ownText(key) : key)
    this.bytes += ENTRY + heapSize(key)
  }

  /** True once elements wait on disk. */
  get overflows(): boolean {
    return this.#waiting !== undefined
  }

  /** The element waits; call {@link flush} when `full`. */
  wait(key: string | number, element: StoredElement): void {
    this.#waiting ??= new Partitions<StoredElement>(this.#owner)
    this.#waiting.add(key, element)
  }

  get full(): boolean {
    return this.#waiting?.full ?? false
  }

  async flush(): Promise<void> {
    await this.#waiting?.flush()
  }

  /** Bytes on disk. */
  get bytesOnDisk(): number {
    return this.#waiting?.bytes ?? 0
  }

  /** The first of each key among those that wait; the window has ended, and its keys in memory are dropped. */
  async *rest(memory: number): AsyncGenerator<Iterable<StoredElement>> {
    this.#keys.clear()
    this.bytes = 0
    if (!this.#waiting) return
    const how = {owner: this.#owner, memory, combine: (first: StoredElement) => first}
    for await (const elements of combinePartitions(this.#waiting, how)) yield elements.values()
  }

  async close(): Promise<void> {
    await this.#waiting?.close()
  }
}
