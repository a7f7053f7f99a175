import {GroupLease} from '../bundle/lease.ts'
import {OutputBuilder} from '../bundle/output-builder.ts'
import {outputsOfAll} from '../bundle/whole-bundle.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import {type CallContext, lateEmit} from './elements/call-context.ts'
import type {ElementOutputs, ElementRules} from './elements/element-rules.ts'
import {isAsyncIterable, isThenable, iteratorOf, returnQuietly} from './elements/results.ts'
import type {BundleInWork} from './ports/bundle-in-work.ts'
import type {Outlet} from './ports/outlet.ts'

const LIMIT = DEFAULTS.bundleValues

/**
 * The outputs of finishBundle. Each derives from the whole bundle: its id is the last element's with `.f.k`, and it
 * retains all leases, which the bundle has held until here.
 */
export class FinishOutputs implements ElementOutputs {
  readonly #name: string
  readonly #skew: number
  readonly #bundle: BundleInWork
  readonly #outlet: Outlet
  readonly #lease: GroupLease | undefined
  readonly #context: CallContext
  readonly #main: OutputBuilder
  readonly #tags = new Map<string, OutputBuilder>()
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined
  #closed = false

  /** `context` is that of finishBundle; from now on it emits to these outputs. */
  constructor(bundle: BundleInWork, name: string, outlet: Outlet, rules: ElementRules, context: CallContext) {
    this.#name = name
    this.#skew = rules.skew
    this.#bundle = bundle
    this.#outlet = outlet
    this.#lease = bundle.leases && new GroupLease(bundle.leases)
    this.#context = context
    this.#main = this.#newBuilder(undefined)
    context.bundle = bundle.last
    context.at(bundle.last ? bundle.last.values.length - 1 : 0)
    context.emitTo = (tag, value) => {
      if (this.#closed) throw lateEmit(tag, name)
      rules.emit(tag, value, context, this)
    }
  }

  #newBuilder(tag: string | undefined): OutputBuilder {
    const options = tag === undefined ? {skew: this.#skew} : {tag, skew: this.#skew}
    const {last} = this.#bundle
    return last ? outputsOfAll(last, this.#lease, options) : new OutputBuilder(undefined, options)
  }

  /** Takes what finishBundle returned; returns a promise only if there is something to wait for. */
  take(result: unknown): Promise<void> | undefined {
    if (result === undefined || result === null) this.#close()
    else if (isThenable(result)) return this.#takeSettled(result)
    else if (isAsyncIterable(result)) return this.#takeAll(result[Symbol.asyncIterator]())
    else {
      const iterator = iteratorOf(result, this.#name, 'finishBundle()')
      for (let step = iterator.next(); !step.done; step = iterator.next()) {
        this.#add(step.value)
        if (this.#main.length >= LIMIT && !this.#push()) return this.#takeAll(iterator)
      }
      this.#close()
    }
    return undefined
  }

  #add(value: unknown): void {
    this.#context.yields(value)
    this.#main.add(value, 0, this.#context.ordinal++)
  }

  addTagged(tag: string, value: unknown, ordinal: number): void {
    let outputs = this.#tags.get(tag)
    if (!outputs) this.#tags.set(tag, (outputs = this.#newBuilder(tag)))
    outputs.add(value, 0, ordinal)
  }

  holds(value: object): boolean {
    return this.#main.values.includes(value)
  }

  discard(): void {
    this.#main.discard()
    for (const outputs of this.#tags.values()) outputs.discard()
  }

  /** Pushes what has been collected; returns whether there is room for more. */
  #push(): boolean {
    for (const [tag, outputs] of this.#tags) for (const part of outputs.take(LIMIT)) this.#outlet.push(tag, part)
    this.#bundle.given += this.#main.length
    for (const part of this.#main.take(LIMIT)) this.#outlet.push(undefined, part)
    return this.#outlet.hasRoom()
  }

  /** All outputs have been handed on: the bundle releases its own share of the leases. */
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
      if (!this.#outlet.hasRoom()) await new Promise<void>(resolve => this.#outlet.whenRoom(resolve))
      const next = iterator.next()
      const step = isThenable(next) ? await next : next
      if (this.#closed) return
      if (step.done) return this.#close()
      this.#add(step.value)
      if (this.#main.length >= LIMIT) this.#push()
    }
  }

  /** The stage has been destroyed: nothing more is handed on, and leases stay held. */
  stop(): void {
    if (this.#closed) return
    this.#closed = true
    void returnQuietly(this.#iterator)
  }
}
