import {Bundle} from '../bundle/bundle.ts'
import {OutputBuilder} from '../bundle/output-builder.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {Begun} from './async/async-calls.ts'
import {CallContext, lateEmit} from './elements/call-context.ts'
import type {ElementOutputs, ElementRules} from './elements/element-rules.ts'
import {isAsyncIterable, isPlain, isThenable, iteratorOf} from './elements/results.ts'
import type {Callee, ProcessorOptions} from './elements/user-code.ts'
import {sidesOfCall} from './elements/windowed-view.ts'
import {BundleInWork} from './ports/bundle-in-work.ts'
import type {Host} from './ports/host.ts'
import type {Outlet} from './ports/outlet.ts'

const LIMIT = DEFAULTS.bundleValues
const NOTHING = new Bundle<never>([])

/** How a run over a chunk ended: all done, no room for outputs, or at an element that answered with a promise. */
export type Outcome = 'done' | 'blocked' | 'asynchronous'
/** Why the loop stopped: besides, because a bundle of outputs is full. */
type Stop = 'done' | 'full' | 'asynchronous'

/**
 * The synchronous path: one loop per chunk in which nothing is awaited. It can stop in the middle of an element's
 * outputs when there is no room, and go on later.
 */
export class SyncLoop<I> implements ElementOutputs {
  /** What is called for each value of the chunk. */
  #callee: Callee<I> | undefined
  readonly #host: Host
  readonly #outlet: Outlet
  readonly #rules: ElementRules
  readonly #options: ProcessorOptions
  readonly #signal: AbortSignal
  #context: CallContext
  #chunk: Bundle<I> = NOTHING as Bundle<I>
  #bundle = new BundleInWork(true)
  readonly #main: OutputBuilder
  #tags = new Map<string, OutputBuilder>()
  #index = 0
  /** An element's outputs that have not all been taken. */
  #iterator: Iterator<unknown> | undefined
  #ordinal = 0
  /** Values for tags since the last flush. */
  #emitted = 0
  #closed = false
  /** True while user code runs. */
  calling = false
  /** Where in the main output the current element began: from there on is discarded when it fails. */
  #elementStart = 0
  #result: unknown
  /** Time spent in pushing outputs, during which the stages downstream do their work. */
  flushMs = 0

  constructor(host: Host, outlet: Outlet, rules: ElementRules, options: ProcessorOptions, signal: AbortSignal) {
    this.#host = host
    this.#outlet = outlet
    this.#rules = rules
    this.#options = options
    this.#main = new OutputBuilder(NOTHING, {skew: options.skew})
    this.#signal = signal
    this.#context = this.#newContext()
  }

  /** The next chunk to run over. */
  open(chunk: Bundle<I>, bundle: BundleInWork, callee: Callee<I>): void {
    this.#callee = callee
    this.#chunk = chunk
    this.#bundle = bundle
    this.#index = 0
    this.#context.bundle = chunk
    if (this.#options.side) this.#context.side = sidesOfCall(this.#options.side.current, this.#context)
    this.#main.open(chunk)
  }

  /** Runs until the chunk is done or something is in the way; call again to go on after 'blocked'. */
  run(): Outcome {
    for (;;) {
      let stop: Stop
      this.calling = true
      try {
        stop = this.#elements()
      } catch (error) {
        this.#failed(error)
        continue
      } finally {
        this.calling = false
      }
      // outside the try: what fails while outputs are handed on is not the element's fault
      if (stop !== 'full') return stop
      if (this.#closed || !this.flush()) return 'blocked'
    }
  }

  #elements(): Stop {
    const callee = this.#callee!
    const {kind} = this.#options
    const context = this.#context
    const {values, leases} = this.#chunk
    const main = this.#main
    // stays the same until a flush, which happens outside of this method
    const {values: outputs} = main
    if (this.#iterator) {
      if (!this.#drain(this.#iterator)) return 'full'
      leases?.[this.#index]?.release()
      this.#index++
    }
    for (let i = this.#index; i < values.length; i = ++this.#index) {
      if (outputs.length + this.#emitted >= LIMIT || this.#closed) return 'full'
      context.at(i)
      this.#elementStart = outputs.length
      const value = values[i] as I
      const result = callee.process(value, context)
      if (kind === 'process') {
        if (Array.isArray(result) && result.length <= LIMIT) {
          for (let k = 0; k < result.length; k++) this.#add(result[k], i, k)
        } else if (result !== undefined && result !== null) {
          if (isThenable(result) || isAsyncIterable(result)) return this.#leave(result)
          this.#ordinal = 0
          this.#iterator = iteratorOf(result, this.#host.name)
          if (!this.#drain(this.#iterator)) return 'full'
        }
      } else {
        const plain = isPlain(result)
        if ((i === 0 || !plain) && isThenable(result)) return this.#leave(result)
        if (kind === 'map') {
          // not left to same(), which V8 does not inline here: 3% of three stages
          if (plain && !main.tracked) outputs.push(result)
          else main.same(result, i)
        } else if (kind === 'tap' || result) main.same(value, i)
      }
      leases?.[i]?.release()
    }
    return 'done'
  }

  #add(value: unknown, i: number, k: number): void {
    this.#context.yields(value)
    this.#main.add(value, i, k)
  }

  /** Takes the outputs of the current element; false when a bundle of them is full. */
  #drain(iterator: Iterator<unknown>): boolean {
    const i = this.#index
    for (let step = iterator.next(); !step.done; step = iterator.next()) {
      this.#add(step.value, i, this.#ordinal++)
      if (this.#main.length + this.#emitted >= LIMIT && !this.#rules.holds) return false
    }
    this.#iterator = undefined
    return true
  }

  #leave(result: unknown): Stop {
    this.#result = result
    return 'asynchronous'
  }

  #newContext(): CallContext {
    return new CallContext(this.#host, this.#signal, (tag, value, context) => {
      if (!this.calling) throw lateEmit(tag, this.#host.name)
      this.#rules.emit(tag, value, context, this)
    })
  }

  /** After 'asynchronous': the call that answered with a promise, with its context and what it has emitted so far. */
  handOver(): Begun {
    const emitted = new Map<string, OutputBuilder>()
    for (const [tag, outputs] of this.#tags) {
      const taken = outputs.takeBack(this.#index)
      if (taken.length > 0) emitted.set(tag, taken)
    }
    const begun = {index: this.#index, result: this.#result, context: this.#context, emitted}
    this.#result = undefined
    this.#context = this.#newContext()
    return begun
  }

  /** Gives up the promise that a call has answered with: the stage fails for another reason. */
  forget(): void {
    if (isThenable(this.#result)) this.#result.then(undefined, () => {})
  }

  #failed(error: unknown): void {
    this.#iterator = undefined
    this.#rules.failed(error, this.#chunk, this.#index, this)
    this.#index++
  }

  addTagged(tag: string, value: unknown, ordinal: number): void {
    let outputs = this.#tags.get(tag)
    if (!outputs) this.#tags.set(tag, (outputs = new OutputBuilder(this.#chunk, {tag, skew: this.#options.skew})))
    outputs.open(this.#chunk)
    outputs.add(value, this.#index, ordinal)
    this.#emitted++
  }

  /** Yielded before by the current element. */
  holds(value: object): boolean {
    return this.#main.values.lastIndexOf(value) >= this.#elementStart
  }

  discard(): void {
    this.#main.truncate(this.#elementStart)
    for (const outputs of this.#tags.values()) outputs.takeBack(this.#index).discard()
  }

  /** Pushes what has been collected; the last bundle of it with the watermark. Returns whether there is room for more. */
  flush(watermark = Number.NEGATIVE_INFINITY): boolean {
    const from = performance.now()
    if (this.#emitted > 0) {
      for (const [tag, outputs] of this.#tags) for (const part of outputs.take(LIMIT)) this.#outlet.push(tag, part)
      this.#emitted = 0
    }
    this.#elementStart = 0
    if (this.#main.length > 0) {
      this.#bundle.given += this.#main.length
      const parts = this.#main.take(LIMIT)
      parts.at(-1)!.watermark = watermark
      for (const part of parts) this.#outlet.push(undefined, part)
    }
    this.flushMs += performance.now() - from
    return this.#outlet.hasRoom()
  }

  /** Gives up an element's outputs in the middle: the user's generator gets to run its `finally`. */
  close(): void {
    this.#closed = true
    const iterator = this.#iterator
    this.#iterator = undefined
    try {
      iterator?.return?.()
    } catch {}
  }
}
