import type {Bundle} from '../bundle/bundle.ts'
import {freeze} from '../bundle/freeze.ts'
import {GroupLease} from '../bundle/lease.ts'
import {bundlesOf, type OutValue} from '../bundle/out-buffer.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import type {Outputs} from '../streams/outputs.ts'
import {type CallContext, lateEmit} from './call-context.ts'
import {isAsyncIterable, isThenable, iteratorOf, returnQuietly} from './results.ts'

/**
 * The outputs of finishBundle. Each derives from the whole bundle: its id is the last element's with `.f.k`, and it
 * retains all leases, which the bundle has held until here.
 */
export class FinishOutputs {
  readonly #bundle: Bundle<unknown>
  readonly #info: StageInfo
  readonly #outputs: Outputs
  readonly #lease: GroupLease | undefined
  readonly #context: CallContext
  #values: OutValue[] = []
  #tagged = new Map<string, OutValue[]>()
  #ordinal = 0
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined
  #closed = false

  /** `context` is that of finishBundle: from here on it emits to these outputs. */
  constructor(bundle: Bundle<unknown>, info: StageInfo, outputs: Outputs, context: CallContext) {
    this.#bundle = bundle
    this.#info = info
    this.#outputs = outputs
    this.#lease = bundle.leases && new GroupLease(bundle.leases)
    this.#context = context
    context.at(bundle.values.length - 1)
    context.emitTo = (tag, value) => this.#emit(tag, value)
  }

  /** Takes what finishBundle returned; a promise only when there is something to wait for. */
  take(result: unknown): Promise<void> | undefined {
    if (result === undefined || result === null) this.#close()
    else if (isThenable(result)) return this.#takeSettled(result)
    else if (isAsyncIterable(result)) return this.#takeAll(result[Symbol.asyncIterator]())
    else {
      const iterator = iteratorOf(result, this.#info.name, 'finishBundle()')
      for (let step = iterator.next(); !step.done; step = iterator.next()) {
        this.#add(step.value)
        if (this.#values.length >= DEFAULTS.bundleValues && !this.#push()) return this.#takeAll(iterator)
      }
      this.#close()
    }
    return undefined
  }

  #emit(tag: string, value: unknown): void {
    if (this.#closed) throw lateEmit(tag, this.#info.name)
    if (!this.#outputs.has(tag)) return this.#outputs.unclaimed(tag, value)
    this.#context.giveAway(value)
    if (typeof value === 'object' && this.#values.some(out => out.value === value)) freeze(value)
    const list = this.#tagged.get(tag)
    if (list) list.push(this.#derive(value))
    else this.#tagged.set(tag, [this.#derive(value)])
  }

  #add(value: unknown): void {
    if (this.#context.gave(value)) freeze(value)
    this.#values.push(this.#derive(value))
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
    for (const [tag, outs] of this.#tagged)
      for (const bundle of bundlesOf(outs, DEFAULTS.bundleValues)) this.#outputs.pushTag(tag, bundle)
    this.#tagged.clear()
    const values = this.#values
    this.#values = []
    this.#info.metrics.out += values.length
    for (const bundle of bundlesOf(values, DEFAULTS.bundleValues)) this.#outputs.main.push(bundle)
    return this.#outputs.hasRoom()
  }

  /** All outputs are handed on: the bundle's own hold on its leases ends. */
  #close(): void {
    this.#closed = true
    this.#push()
    this.#lease?.release()
  }

  async #takeSettled(result: PromiseLike<unknown>): Promise<void> {
    const settled = await result
    if (!this.#closed) await this.take(settled)
  }

  async #takeAll(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
    this.#iterator = iterator
    while (!this.#closed) {
      if (!this.#outputs.hasRoom()) await new Promise<void>(resolve => this.#outputs.whenRoom(resolve))
      const next = iterator.next()
      const step = isThenable(next) ? await next : next
      if (this.#closed) return
      if (step.done) return this.#close()
      this.#add(step.value)
      if (this.#values.length >= DEFAULTS.bundleValues) this.#push()
    }
  }

  /** The stage was destroyed: nothing more is handed on, leases stay held. */
  stop(): void {
    if (this.#closed) return
    this.#closed = true
    void returnQuietly(this.#iterator)
  }
}
