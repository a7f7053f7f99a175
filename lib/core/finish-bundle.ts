import type {Bundle} from './bundle.ts'
import {DEFAULTS} from './defaults.ts'
import {GroupLease} from './lease.ts'
import {bundlesOf, type OutValue} from './out-buffer.ts'
import {isAsyncIterable, isThenable, iteratorOf} from './results.ts'
import type {StageInfo} from './stage-info.ts'
import type {Outputs} from './tags.ts'

/**
 * The outputs of finishBundle. Each derives from the whole bundle: its id is the last element's with `.f.k`, and it
 * retains all leases, which the bundle has held until here.
 */
export class FinishOutputs {
  readonly #bundle: Bundle<unknown>
  readonly #info: StageInfo
  readonly #outputs: Outputs
  readonly #lease: GroupLease | undefined
  #values: OutValue[] = []
  #tagged: [string, OutValue][] = []
  #ordinal = 0

  constructor(bundle: Bundle<unknown>, info: StageInfo, outputs: Outputs) {
    this.#bundle = bundle
    this.#info = info
    this.#outputs = outputs
    this.#lease = bundle.leases && new GroupLease(bundle.leases)
  }

  /** Takes what finishBundle returned; a promise only when there is something to wait for. */
  take(result: unknown): Promise<void> | undefined {
    if (result === undefined || result === null) this.#close()
    else if (isThenable(result) || isAsyncIterable(result)) return this.#takeAsync(result)
    else {
      const iterator = iteratorOf(result, this.#info.name, 'finishBundle()')
      for (let step = iterator.next(); !step.done; step = iterator.next()) {
        this.#values.push(this.#derive(step.value))
        if (this.#full) return this.#takeRest(iterator)
      }
      this.#close()
    }
    return undefined
  }

  /** `context.emit` in finishBundle. */
  emit(tag: string, value: unknown): void {
    if (this.#outputs.has(tag)) this.#tagged.push([tag, this.#derive(value)])
    else this.#outputs.unclaimed(tag, value)
  }

  get #full(): boolean {
    return this.#values.length >= DEFAULTS.bundleValues
  }

  #derive(value: unknown): OutValue {
    const {ids, values, timestamps} = this.#bundle
    const last = values.length - 1
    this.#lease?.retain()
    return {
      value,
      prefix: ids?.prefix,
      id: ids ? `${ids.at(last)}.f.${this.#ordinal++}` : '',
      timestamp: timestamps?.[last],
      lease: this.#lease,
    }
  }

  /** Pushes what is there; returns whether there is room for more. */
  #push(): boolean {
    for (const [tag, out] of this.#tagged.splice(0))
      for (const bundle of bundlesOf([out], 1)) this.#outputs.pushTag(tag, bundle)
    for (const bundle of bundlesOf(this.#values, DEFAULTS.bundleValues)) this.#outputs.main.push(bundle)
    this.#info.metrics.out += this.#values.length
    this.#values = []
    return this.#outputs.hasRoom()
  }

  /** All outputs are handed on: the bundle's own hold on its leases ends. */
  #close(): void {
    this.#push()
    this.#lease?.release()
  }

  async #pushAndWait(): Promise<void> {
    if (!this.#push()) await new Promise<void>(resolve => this.#outputs.whenRoom(resolve))
  }

  async #takeRest(iterator: Iterator<unknown>): Promise<void> {
    await this.#pushAndWait()
    for (let step = iterator.next(); !step.done; step = iterator.next()) {
      this.#values.push(this.#derive(step.value))
      if (this.#full) await this.#pushAndWait()
    }
    this.#close()
  }

  async #takeAsync(result: PromiseLike<unknown> | AsyncIterable<unknown>): Promise<void> {
    const settled = isThenable(result) ? await result : result
    if (settled === undefined || settled === null) return this.#close()
    if (!isAsyncIterable(settled)) return this.#takeRest(iteratorOf(settled, this.#info.name, 'finishBundle()'))
    for await (const value of settled) {
      this.#values.push(this.#derive(value))
      if (this.#full) await this.#pushAndWait()
    }
    this.#close()
  }
}
