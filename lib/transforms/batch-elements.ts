import {
  type Bundle,
  BundleStage,
  DEFAULTS,
  type DoFn,
  exhaustedSource,
  nackAll,
  noteGathering,
  OutputBuilder,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
  type Timer,
  tooFewOutstanding,
  WatermarkHolds,
} from '../core/index.ts'
import {badOption, checkOptionNames, integerOption, messageOf, SluiceError} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration, parseSize, SIZE_FORMS, type Size} from '../util/index.ts'
import {ElementBatch} from './element-batch.ts'
import {sizeOfElement} from './size-of-element.ts'

/** Options of {@link batchElements}. */
export interface BatchElementsOptions<I> extends StageOptions {
  /** Most elements in a batch; default 100. */
  max?: number | undefined
  /** Most bytes in a batch; default: no limit. A larger element is a batch of its own. */
  maxBytes?: Size | undefined
  /** How long the first element of a batch waits for more; default 1 s. */
  maxDelay?: Duration | undefined
  /** The size of an element in bytes; default: of the string, the Buffer, or its JSON. */
  size?: ((element: I) => number) | undefined
}

class BatchElements<I> extends BundleStage<I, I[]> {
  static override readonly name = 'batchElements'
  readonly #max: number
  readonly #maxBytes: number | undefined
  readonly #maxDelay: number
  readonly #size: (element: I) => number
  #batch: ElementBatch<I> | undefined
  readonly #full = new OutputBuilder()
  readonly #holds = new WatermarkHolds()
  #watermark = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined

  constructor(options: BatchElementsOptions<I> | undefined) {
    const {max, maxBytes, maxDelay, size, ...common} = options ?? {}
    const where = common.name ?? 'batchElements'
    const gathers = integerOption(where, 'max', max, 100, 1)
    super(common, stageDescriptor({gathers, total: maxBytes === undefined}))
    this.#max = gathers
    this.#maxBytes = maxBytes === undefined ? undefined : parseSize(maxBytes)
    if (maxBytes !== undefined && !this.#maxBytes) throw badOption(where, 'maxBytes', maxBytes, SIZE_FORMS)
    const delay = parseDuration(maxDelay ?? DEFAULTS.maxDelay)
    if (delay === undefined) throw badOption(where, 'maxDelay', maxDelay, DURATION_FORMS)
    this.#maxDelay = delay
    if (size !== undefined && typeof size !== 'function')
      throw badOption(where, 'size', size, 'a function that gives the bytes of an element')
    this.#size = size ?? (element => sizeOfElement(element, where))
  }

  protected override takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void {
    const {values} = bundle
    for (let i = 0; i < values.length; i++) {
      const bytes = this.#maxBytes === undefined ? 0 : this.#bytesOf(values[i]!)
      if (this.#batch && this.#maxBytes !== undefined && this.#batch.bytes + bytes > this.#maxBytes) this.#close()
      if (this.#batch && !this.#batch.fits(bundle, i)) this.#close()
      this.#batch ??= new ElementBatch(bundle, i, this.#holds.hold(this.#watermark))
      this.#batch.add(bundle, i, values[i]!, bytes)
      if (this.#batch.elements.length >= this.#max) this.#close()
    }
    if (watermark > this.#watermark) this.#watermark = watermark
    this.#handOn()
    if (this.#batch) this.#timer ??= this.info.clock.setTimeout(() => this.#late(), this.#maxDelay, true)
    this.whenRoom(done)
  }

  #bytesOf(element: I): number {
    try {
      return this.#size(element)
    } catch (cause) {
      const {name} = this.info
      throw new SluiceError(
        'ERR_SLUICE_PROCESS',
        `${name}: the size of an element could not be taken: ${messageOf(cause)}`,
        {
          stage: name,
          element,
          cause,
        },
      )
    }
  }

  /** Emits the batch when its first element has waited long enough; without room, the batch keeps filling. */
  #late(): void {
    const late = this.#batch
    this.whenRoom(() => {
      if (this.#batch !== late) return
      this.#warnOnce()
      this.#close()
      this.#handOn()
    })
  }

  /** Of messages that cannot come, since this batch holds all that may be out. */
  #warnOnce(): void {
    const source = this.info.gathers === undefined ? undefined : exhaustedSource(this.info, this.#batch!.messages)
    if (!source) return
    noteGathering(this.info)
    const {name, log} = this.info
    log.warn(tooFewOutstanding(name, this.#max, source), {stage: name})
  }

  #close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (!this.#batch) return
    this.#full.append(this.#batch.take())
    this.#batch.hold.release()
    this.#batch = undefined
  }

  #handOn(): void {
    for (const bundle of this.#full.take(DEFAULTS.bundleValues)) this.hand(bundle as Bundle<I[]>)
    // a waiting batch holds the watermark back
    this.advance(this.#holds.limit(this.#watermark))
  }

  /** What is gathered leaves before it. */
  protected override takeBarrier(bundle: Bundle<I>, done: () => void): void {
    this.#close()
    this.#handOn()
    this.passBarrier(bundle)
    this.whenRoom(done)
  }

  protected override finishInput(): Promise<void> {
    this.#close()
    return new Promise((resolve, reject) =>
      this.whenRoom(() => {
        try {
          resolve(this.#handOn())
        } catch (error) {
          reject(error)
        }
      }),
    )
  }

  protected override abort(error: Error | null): void {
    this.#timer?.cancel()
    this.#full.nack(error)
    nackAll(this.#batch?.take().leases, error)
  }
}

/**
 * A DoFn that groups elements into arrays, for calls that take many at once.
 *
 * A batch is emitted when it is full, when its first element has waited for `maxDelay`, and at the end; it may span bundles.
 * Its messages are acknowledged when everything derived from the batch is committed. A batch has the earliest timestamp of its
 * elements, and the id of its first element with `.b`. Where a batch ends depends on time, so the ids of batches differ from
 * run to run, those of elements do not.
 *
 * @param options `max` elements (default 100), `maxBytes` (none), `maxDelay` (1 s), `size`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` when the size of an element cannot be measured
 *
 * @example
 * const enrich = async (ids: string[]) => ids.map(id => ({id, name: `user ${id}`})) // one call of a service for many ids
 * await chain(readFromText('ids.txt'), batchElements({max: 50, maxDelay: '200ms'}), flatMap(enrich), writeToStdout())
 */
export function batchElements<I>(options?: BatchElementsOptions<I>): DoFn<I, I[]> {
  checkOptionNames(options?.name ?? 'batchElements', options, [
    ...STAGE_OPTION_NAMES,
    'max',
    'maxBytes',
    'maxDelay',
    'size',
  ])
  return new BatchElements(options) as unknown as DoFn<I, I[]>
}
