import {type Deferred, deferred} from '../../util/index.ts'

/**
 * What `begin` makes of each item, in order; up to `size` of them are begun before the consumer is done with them, the one
 * that it is at included. An error of `source` is told when everything before it was given.
 *
 * @param drop called with what was begun and is never given
 */
export async function* ahead<T, R>(
  source: AsyncIterable<T>,
  size: number,
  begin: (item: T) => R,
  drop: (begun: R) => void,
): AsyncGenerator<R> {
  if (size === 1) {
    for await (const item of source) yield begin(item)
    return
  }
  const queue = new Queue<R>(size - 1)
  const filling = fill(source, begin, queue)
  // told when its turn comes, or never; a rejection that nobody hears meanwhile would end the process
  filling.catch(() => {})
  try {
    for (;;) {
      if (queue.items.length === 0 && !queue.ended) await queue.change()
      else if (queue.items.length === 0) break
      else yield queue.take()
    }
    await filling
  } finally {
    queue.close()
    // `filling` is not awaited: a source that waits for something would never answer
    for (const begun of queue.items) drop(begun)
  }
}

async function fill<T, R>(source: AsyncIterable<T>, begin: (item: T) => R, queue: Queue<R>): Promise<void> {
  try {
    for await (const item of source) {
      if (queue.closed) return
      queue.put(begin(item))
      while (queue.full && !queue.closed) await queue.change()
    }
  } finally {
    queue.end()
  }
}

/** What is begun, between the one who begins and the one who takes. */
class Queue<R> {
  readonly items: R[] = []
  readonly #size: number
  #changed: Deferred<void> = deferred()
  ended = false
  closed = false

  constructor(size: number) {
    this.#size = size
  }

  get full(): boolean {
    return this.items.length >= this.#size
  }

  /** Resolves at the next change, whoever makes it. */
  change(): Promise<void> {
    return this.#changed.promise
  }

  put(item: R): void {
    this.items.push(item)
    this.#tell()
  }

  take(): R {
    const item = this.items.shift()!
    this.#tell()
    return item
  }

  end(): void {
    this.ended = true
    this.#tell()
  }

  close(): void {
    this.closed = true
    this.#tell()
  }

  #tell(): void {
    const changed = this.#changed
    this.#changed = deferred()
    changed.resolve()
  }
}
