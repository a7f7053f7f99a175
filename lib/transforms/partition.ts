import {
  type DeadLetter,
  DoFn,
  type DoFnOptions,
  isThenable,
  OUTPUT,
  OUTPUTS,
  type ProcessContext,
  type ProcessResult,
  stageDescriptor,
} from '../core/index.ts'
import {badOption, integerOption, SluiceError, show} from '../errors/index.ts'
import type {ElementFn, FunctionOptions} from './function-stage.ts'

/** `'0' | '1' | …`, `N` of them; the text of any number if `N` is not a literal, or has three digits or more. */
type Indexes<N extends number> = number extends N
  ? `${number}`
  : `${N}` extends `${infer _A}${infer _B}${infer _C}${string}`
    ? `${number}`
    : Upto<N>
type Upto<N extends number, Found extends readonly string[] = []> = Found['length'] extends N
  ? Found[number]
  : Upto<N, readonly [...Found, `${Found['length']}`]>

/** The outputs of {@link partition}: `'0'` to `'n-1'`, and the tag of `onError: deadLetter('tag')`. */
export type PartitionTags<I, N extends number, Tag extends string = never> = {[K in Indexes<N>]: I} & {
  [K in Tag]: DeadLetter<I>
}

class Partition<I> extends DoFn<I, never, Record<string, unknown>> {
  static override readonly name = 'partition'
  readonly #count: number
  readonly #fn: ElementFn<I, number | Promise<number>>

  constructor(count: number, fn: ElementFn<I, number | Promise<number>>, options: FunctionOptions | undefined) {
    super(options as DoFnOptions<Record<string, unknown>>, stageDescriptor({defaultName: fn.name}))
    this.#count = count
    this.#fn = fn
  }

  override process(element: I, context: ProcessContext<Record<string, unknown>>): ProcessResult<never> {
    const index = this.#fn(element, context as unknown as ProcessContext)
    if (isThenable(index)) return index.then(settled => this.#send(settled, element, context)) as Promise<void>
    this.#send(index, element, context)
  }

  #send(index: number, element: I, context: ProcessContext<Record<string, unknown>>): void {
    const {name} = this.info
    if (!Number.isInteger(index) || index < 0 || index >= this.#count)
      throw new SluiceError(
        'ERR_SLUICE_PROCESS',
        `${name}: fn returned ${show(index)} for ${show(element)}; return an integer from 0 to ${this.#count - 1}`,
        {stage: name, element},
      )
    context.emit(String(index), element)
  }

  override tagged(tag: string): ReturnType<DoFn<I, never, Record<string, unknown>>['tagged']> {
    const isOutput = /^(0|[1-9]\d*)$/.test(tag) ? Number(tag) < this.#count : this[OUTPUTS].outlet.required.has(tag)
    if (!isOutput)
      throw new SluiceError(
        'ERR_SLUICE_TAG',
        `${this.info.name} has the outputs '0' to '${this.#count - 1}', not ${show(tag)}`,
        {stage: this.info.name},
      )
    return super.tagged(tag)
  }

  override _flush(done: (error?: Error | null) => void): void {
    // the main output stays empty, but a stream that nobody reads does not end
    if (!this[OUTPUT].claimed) this.resume()
    super._flush(done)
  }
}

/**
 * A DoFn that sends each element to one of `n` tagged outputs, `'0'` to `'n-1'`: the one whose number `fn` returns.
 *
 * The main output stays empty. Elements of an output that nobody claimed are dropped and counted.
 *
 * @param n the number of outputs
 * @param fn gets the element and the context of `DoFn.process`; returns an integer from 0 to n-1, or a promise of one
 * @param options `concurrency`, `ordered`, `timeout`, `onError`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_TAG` when an output is claimed that does not exist;
 *   `ERR_SLUICE_PROCESS` fails the run when `fn` throws or returns another number
 *
 * @example
 * const bySize = partition(2, (row: {total: number}) => (row.total < 100 ? 0 : 1))
 * bySize.tagged('0').pipe(writeToJson('small'))
 * bySize.tagged('1').pipe(writeToJson('large'))
 * await pipeline(create([{total: 5}, {total: 500}]), bySize)
 */
export function partition<I, const N extends number, const Tag extends string = never>(
  n: N,
  fn: ElementFn<I, number | Promise<number>>,
  options?: FunctionOptions<Tag>,
): DoFn<I, never, PartitionTags<I, N, Tag>> {
  if (n === undefined) throw badOption('partition', 'n', n, 'the number of outputs')
  integerOption('partition', 'n', n, 1, 1)
  if (typeof fn !== 'function') throw badOption('partition', 'fn', fn, 'a function (element, context) => index')
  return new Partition<I>(n, fn, options) as unknown as DoFn<I, never, PartitionTags<I, N, Tag>>
}
