import {
  type Bundle,
  type DescriptorParts,
  DoFn,
  type DoFnOptions,
  Sink,
  Source,
  type StageOptions,
  stageDescriptor,
} from '../../lib/core/index.ts'

/** Gives these values, cut into bundles of `size`. */
export class Values<O> extends Source<O> {
  readonly #values: readonly O[]
  readonly #size: number
  /** Bundles that were asked for. */
  pulled = 0

  constructor(values: readonly O[], size = 10, options?: StageOptions, parts: DescriptorParts = {}) {
    super(options, stageDescriptor(parts))
    this.#values = values
    this.#size = size
  }
  async *bundles() {
    for (let i = 0; i < this.#values.length; i += this.#size) {
      this.pulled++
      yield this.#values.slice(i, i + this.#size)
    }
  }
}

/** Gives numbers until it is destroyed. */
export class Endless extends Source<number> {
  async *bundles() {
    for (let i = 0; ; i += 10) yield Array.from({length: 10}, (_, k) => i + k)
  }
}

/** Keeps what it gets. */
export class Kept<I> extends Sink<I> {
  readonly values: I[] = []
  committed = false

  constructor(options?: StageOptions, parts: DescriptorParts = {}) {
    super(options, stageDescriptor(parts))
  }
  override writeBundle(bundle: Bundle<I>): Promise<void> | void {
    this.values.push(...bundle.values)
  }
  override commit(): void {
    this.committed = true
  }
}

export class Mapped<I, O> extends DoFn<I, O> {
  readonly #fn: (x: I) => O

  constructor(fn: (x: I) => O, options?: DoFnOptions) {
    super(options)
    this.#fn = fn
  }
  process(x: I): O[] {
    return [this.#fn(x)]
  }
}

export interface Sorted {
  odd: number
  even: number
}

/** Numbers by tag; the main output gets them too. */
export class Sort extends DoFn<number, number, Sorted> {
  process(x: number, c: Parameters<DoFn<number, number, Sorted>['process']>[1]) {
    c.emit(x % 2 === 0 ? 'even' : 'odd', x)
    return [x]
  }
}

export const numbers = (n: number): number[] => Array.from({length: n}, (_, i) => i)

/** What a promise rejects with; throws when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    return error as Error
  }
  throw new Error('resolved instead of rejecting')
}
