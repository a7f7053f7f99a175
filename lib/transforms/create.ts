import {randomBytes} from 'node:crypto'
import {Readable} from 'node:stream'
import {Bundle, DEFAULTS, returnQuietly, SequenceIds, Source, type StageOptions} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import {onAbort} from '../util/index.ts'

const LIMIT = DEFAULTS.bundleValues

class Create<O> extends Source<O> {
  static override readonly name = 'create'
  readonly #items: Iterable<O> | AsyncIterable<O>

  constructor(items: Iterable<O> | AsyncIterable<O>, options: StageOptions | undefined) {
    super(options)
    this.#items = items
  }

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<O>> {
    const items = this.#items
    // items in memory have no identity across runs: two runs, or two sources, must not share ids
    const prefix = `create:${randomBytes(9).toString('base64url')}`
    let count = 0
    for await (const values of Symbol.asyncIterator in items ? gathered(items, signal) : sliced(items)) {
      yield new Bundle(values, {ids: new SequenceIds(prefix, count)})
      count += values.length
    }
  }
}

function* sliced<O>(items: Iterable<O>): Generator<O[]> {
  if (Array.isArray(items)) {
    for (let at = 0; at < items.length; at += LIMIT) yield items.slice(at, at + LIMIT)
    return
  }
  let values: O[] = []
  for (const item of items) {
    if (values.push(item) < LIMIT) continue
    yield values
    values = []
  }
  if (values.length > 0) yield values
}

/** Fills a bundle as long as items arrive without a pause, and emits it at the next turn of the event loop. */
async function* gathered<O>(items: AsyncIterable<O>, signal: AbortSignal): AsyncGenerator<O[]> {
  const iterator = items[Symbol.asyncIterator]()
  // not awaited: an iterator that waits for something answers only when that has happened
  const forget = onAbort(signal, () => {
    void returnQuietly(iterator)
    // the iterator of a stream would leave it open as well; a stream that was read to the end is destroyed too
    if (items instanceof Readable) items.destroy()
  })
  try {
    let values: O[] = []
    let next: Promise<IteratorResult<O>> | undefined
    let pause: Promise<undefined> | undefined
    for (;;) {
      next ??= Promise.resolve(iterator.next())
      pause ??= new Promise(resolve => setImmediate(resolve, undefined))
      const step = values.length === 0 ? await next : await Promise.race([next, pause])
      if (step) {
        next = undefined
        if (step.done) break
        values.push(step.value)
        if (values.length < LIMIT) continue
      }
      pause = undefined
      yield values
      values = []
    }
    if (values.length > 0) yield values
  } finally {
    forget()
  }
}

/**
 * A source of items in memory or of an iterable: an array, a Set, a generator, an async iterable, any Readable.
 *
 * An iterable is read as consumers ask for more; items of an async one are emitted as they arrive. Items are not copied: a stage
 * that changes rows in place changes yours. Ids are new in every run.
 *
 * @param items an iterable, but not a string, which would be its characters
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_SOURCE` when the iterable throws
 *
 * @example
 * await chain(create([1, 2, 3]), map(n => n * 2), writeToStdout())
 */
export function create<O>(items: (Iterable<O> | AsyncIterable<O>) & object, options?: StageOptions): Source<O> {
  const iterable =
    typeof items === 'object' && items !== null && (Symbol.iterator in items || Symbol.asyncIterator in items)
  if (!iterable || ArrayBuffer.isView(items) || items instanceof String)
    throw badOption(
      'create',
      'items',
      items,
      'an array, an iterable or an async iterable of elements, for example [1, 2]',
    )
  return new Create(items, options)
}
