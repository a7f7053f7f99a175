/** The order of two records; 0: the one that came first stays first. */
export type Compare<R> = (a: R, b: R) => number

/** A sorted sequence that is being merged. */
class Cursor<R> {
  readonly #blocks: AsyncIterator<readonly R[]>
  /** Its place among the sequences: earlier ones win ties. */
  readonly place: number
  #block: readonly R[] = []
  #at = 0

  constructor(blocks: AsyncIterable<readonly R[]>, place: number) {
    this.#blocks = blocks[Symbol.asyncIterator]()
    this.place = place
  }

  get first(): R {
    return this.#block[this.#at]!
  }

  /** Moves on within the block; false at its end. */
  next(): boolean {
    return ++this.#at < this.#block.length
  }

  /** Takes the next block; false at the end of the sequence. */
  async load(): Promise<boolean> {
    for (;;) {
      const {done, value} = await this.#blocks.next()
      if (done) return false
      this.#block = value
      this.#at = 0
      if (value.length > 0) return true
    }
  }

  async close(): Promise<void> {
    await this.#blocks.return?.()
  }
}

/** Merges sorted sequences of blocks into one, in blocks of `size` records. Records that compare equal keep the order of sequences. */
export async function* mergeSorted<R>(
  sequences: readonly AsyncIterable<readonly R[]>[],
  compare: Compare<R>,
  size: number,
): AsyncGenerator<R[]> {
  const cursors = sequences.map((blocks, place) => new Cursor(blocks, place))
  try {
    const heap: Cursor<R>[] = []
    for (const cursor of cursors) if (await cursor.load()) add(heap, cursor, compare)
    let block: R[] = []
    while (heap.length > 0) {
      const cursor = heap[0]!
      block.push(cursor.first)
      if (cursor.next() || (await cursor.load())) sink(heap, compare)
      else removeFirst(heap, compare)
      if (block.length < size) continue
      yield block
      block = []
    }
    if (block.length > 0) yield block
  } finally {
    for (const cursor of cursors) await cursor.close()
  }
}

function isBefore<R>(a: Cursor<R>, b: Cursor<R>, compare: Compare<R>): boolean {
  const order = compare(a.first, b.first)
  return order < 0 || (order === 0 && a.place < b.place)
}

function add<R>(heap: Cursor<R>[], cursor: Cursor<R>, compare: Compare<R>): void {
  let at = heap.push(cursor) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    if (isBefore(heap[above]!, cursor, compare)) break
    heap[at] = heap[above]!
    at = above
  }
  heap[at] = cursor
}

function removeFirst<R>(heap: Cursor<R>[], compare: Compare<R>): void {
  const last = heap.pop()!
  if (heap.length === 0) return
  heap[0] = last
  sink(heap, compare)
}

/** Moves the first cursor down to its place. */
function sink<R>(heap: Cursor<R>[], compare: Compare<R>): void {
  const cursor = heap[0]!
  let at = 0
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!, compare)) child++
    if (isBefore(cursor, heap[child]!, compare)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = cursor
}
