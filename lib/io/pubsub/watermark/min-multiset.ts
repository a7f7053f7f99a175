/** Number of pending deletions allowed on top of the number of live values. */
const SLACK = 1000

/**
 * A multiset of numbers that knows its minimum. Adding and deleting take amortised logarithmic time.
 *
 * It keeps two heaps, one of added and one of deleted numbers, and pops their minima together when they are equal. So it stores
 * nothing but numbers, and deleting needs no search.
 */
export class MinMultiset {
  #added: number[] = []
  #deleted: number[] = []

  get size(): number {
    return this.#added.length - this.#deleted.length
  }

  /** The smallest number; +Infinity if there is none. */
  get min(): number {
    const added = this.#added
    const deleted = this.#deleted
    while (deleted.length > 0 && deleted[0] === added[0]) {
      pop(added)
      pop(deleted)
    }
    return added.length > 0 ? added[0]! : Number.POSITIVE_INFINITY
  }

  add(value: number): void {
    push(this.#added, value)
  }

  /** @param value a number that is in the set */
  delete(value: number): void {
    if (this.#added[0] === value && this.#deleted.length === 0) return pop(this.#added)
    push(this.#deleted, value)
    if (this.#deleted.length > this.size + SLACK) this.#compact()
  }

  /** Applies all pending deletions: they must not pile up while a small number stays. */
  #compact(): void {
    const added = Float64Array.from(this.#added).sort()
    const deleted = Float64Array.from(this.#deleted).sort()
    const left: number[] = []
    let next = 0
    for (const value of added) {
      if (next < deleted.length && deleted[next] === value) next++
      else left.push(value)
    }
    // a sorted array is a heap
    this.#added = left
    this.#deleted = []
  }
}

function push(heap: number[], value: number): void {
  let at = heap.length
  heap.push(value)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent]!
    if (above <= value) break
    heap[at] = above
    at = parent
  }
  heap[at] = value
}

/** Removes the smallest number. */
function pop(heap: number[]): void {
  const last = heap.pop()!
  const {length} = heap
  if (length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= length) break
    if (child + 1 < length && heap[child + 1]! < heap[child]!) child++
    if (heap[child]! >= last) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
}
