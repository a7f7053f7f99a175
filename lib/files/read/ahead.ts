import {type Deferred, deferred} from '../../util/index.ts'

/**
 * Yields what `begin` returns for each item, in order. Up to `size` items are begun ahead, the consumer's current one
 * included. An error of `source` is thrown after everything before it has been yielded.
 *
 * @param drop called with what was begun but is never yielded
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
  // reported when its turn comes, or never; an unhandled rejection in the meantime would end the process
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
    // `filling` is not awaited: a source that is waiting for something might never settle
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

/** What has been begun, between producer and consumer. */
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

  /** Resolves at the next change on either side. */
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
