import pLimit from 'p-limit'
import type {Bundle} from '../../bundle/bundle.ts'
import type {OutputBuilder} from '../../bundle/output-builder.ts'
import {CallContext, type EmitTo, lateEmit} from '../elements/call-context.ts'
import {withTimeout} from '../elements/call-timeout.ts'
import type {ElementRules} from '../elements/element-rules.ts'
import {isAsyncIterable, isThenable, iteratorOf, returnQuietly} from '../elements/results.ts'
import type {Callee, ProcessorOptions} from '../elements/user-code.ts'
import {sidesOfCall} from '../elements/windowed-view.ts'
import type {BundleInWork} from '../ports/bundle-in-work.ts'
import type {Host} from '../ports/host.ts'
import type {Outlet} from '../ports/outlet.ts'
import {AsyncOutbox} from './async-outbox.ts'
import type {Slot} from './slot.ts'

/** A call of the synchronous loop that returned a promise; it keeps its context. */
export interface Begun {
  readonly index: number
  readonly result: unknown
  readonly context: CallContext
  /** What it has emitted so far, by tag. */
  readonly emitted: Map<string, OutputBuilder>
}

/** A chunk to make calls for. */
interface ChunkOfCalls<I> {
  readonly chunk: Bundle<I>
  readonly bundle: BundleInWork
  readonly callee: Callee<I>
}

/**
 * The asynchronous path: elements of one or more chunks, `concurrency` at a time, each in a slot that collects its
 * outputs. The next chunk is requested before the last element has started, so that all calls stay busy between chunks.
 */
export class AsyncCalls<I> {
  readonly #host: Host
  readonly #options: ProcessorOptions
  readonly #rules: ElementRules
  readonly #signal: AbortSignal
  readonly #fail: (error: unknown) => void
  readonly #limit: ReturnType<typeof pLimit>
  readonly outbox: AsyncOutbox
  /** Slots whose iterators are being read. */
  readonly #reading = new Set<Slot>()
  #inFlight = 0
  #busySince = 0
  #settled: (() => void) | undefined
  /** Called when another chunk may come. */
  #accepted: (() => void) | undefined

  constructor(
    host: Host,
    outlet: Outlet,
    rules: ElementRules,
    options: ProcessorOptions,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ) {
    this.#host = host
    this.#options = options
    this.#rules = rules
    this.#signal = signal
    this.#fail = fail
    this.#limit = pLimit({concurrency: this.#concurrency, rejectOnClear: true})
    this.outbox = new AsyncOutbox(outlet, options.ordered, options.skew, fail)
  }

  get #concurrency(): number {
    return this.#options.concurrency ?? this.#host.defaultConcurrency
  }

  /**
   * Takes a chunk, or what the synchronous loop has left of it.
   *
   * @param begun the call that returned a promise
   * @param accepted called when another chunk may come
   */
  add({chunk, bundle, callee}: ChunkOfCalls<I>, begun: Begun | undefined, accepted: () => void): void {
    const start = begun?.index ?? 0
    const {length} = chunk.values
    bundle.noteTaken(this.#host)
    const work = this.outbox.open({
      chunk,
      bundle,
      callee,
      unfinished: length - start,
      side: this.#options.side?.current,
    })
    this.#accepted = accepted
    // a Pipeline sets it after construction
    if (this.#limit.concurrency !== this.#concurrency) this.#limit.concurrency = this.#concurrency
    for (let i = start; i < length; i++) {
      const slot = this.outbox.slot(work, i)
      const known = i === start ? begun : undefined
      if (known) this.#adopt(slot, known)
      this.#limit(() => this.#call(slot, known)).catch(this.#ignoreCleared)
    }
    this.#acceptMore()
  }

  /** From now on the call emits to its slot; it may do so before the slot begins, which takes a few promises. */
  #adopt(slot: Slot, {context, emitted}: Begun): void {
    for (const [tag, outputs] of emitted) slot.adopt(tag, outputs)
    context.emitTo = this.#emitTo(slot)
  }

  #emitTo(slot: Slot): EmitTo {
    return (tag, value, context) => {
      if (slot.settled) throw lateEmit(tag, this.#host.name)
      this.#rules.emit(tag, value, context, slot)
    }
  }

  /** Only slots that were still waiting when the stage was destroyed reject; #call itself never does. */
  #ignoreCleared = (): void => {}

  #acceptMore(): void {
    if (!this.#accepted || this.#limit.pendingCount >= this.#concurrency) return
    const accepted = this.#accepted
    this.#accepted = undefined
    accepted()
  }

  async #call(slot: Slot, known: Begun | undefined): Promise<void> {
    const {work, index} = slot
    this.#enter()
    try {
      if (!known) await this.outbox.spaceFor(slot)
      if (this.#signal.aborted) return
      this.#acceptMore()
      const element = work.chunk.values[index] as I
      try {
        await withTimeout(this.#outcome(slot, element, known), this.#options.timeout, this.#host, element)
        // its outputs go nowhere now: the message must be delivered again
        if (this.#signal.aborted) return
        work.chunk.leases?.[index]?.release()
      } catch (error) {
        if (this.#signal.aborted) return
        // after a timeout: lets the generator run its `finally`
        if (slot.iterator) void returnQuietly(slot.iterator)
        this.#rules.failed(error, work.chunk, index, slot)
      }
      this.outbox.settle(slot)
    } catch (error) {
      if (!this.#signal.aborted) this.#fail(error)
    } finally {
      this.#leave()
    }
  }

  async #outcome(slot: Slot, element: I, known: Begun | undefined): Promise<void> {
    const context = known?.context ?? new CallContext(this.#host, this.#signal, this.#emitTo(slot))
    if (!known) {
      context.bundle = slot.work.chunk
      if (slot.work.side) context.side = sidesOfCall(slot.work.side, context)
      context.at(slot.index)
    }
    let result = known ? known.result : (slot.work.callee as Callee<I>).process(element, context)
    if (isThenable(result)) result = await result
    if (this.#signal.aborted || slot.settled) return
    const {kind} = this.#options
    if (kind === 'process') await this.#expand(slot, result, context)
    else if (kind === 'map') slot.give(result)
    else if (kind === 'tap' || result) slot.give(element)
  }

  async #expand(slot: Slot, result: unknown, context: CallContext): Promise<void> {
    if (result === undefined || result === null) return
    const iterator = isAsyncIterable(result) ? result[Symbol.asyncIterator]() : iteratorOf(result, this.#host.name)
    slot.iterator = iterator
    this.#reading.add(slot)
    try {
      for (let k = 0; ; k++) {
        const next = iterator.next()
        const step = isThenable(next) ? await next : next
        if (step.done || this.#signal.aborted || slot.settled) break
        context.yields(step.value)
        slot.add(step.value, k)
        if (!this.#rules.holds && !this.outbox.offer(slot)) await this.outbox.spaceFor(slot)
      }
    } finally {
      slot.iterator = undefined
      this.#reading.delete(slot)
    }
  }

  #enter(): void {
    const {metrics, calls} = this.#host
    if (this.#inFlight++ === 0) {
      this.#busySince = performance.now()
      calls.begin('process()')
    }
    if (this.#inFlight > metrics.peakInFlight) metrics.peakInFlight = this.#inFlight
  }

  #leave(): void {
    const {metrics, calls} = this.#host
    if (--this.#inFlight > 0) {
      calls.settled++
      return
    }
    calls.end('process()')
    metrics.busyMs += performance.now() - this.#busySince
    this.#settled?.()
  }

  /** Drops calls that have not started; returns a promise for those in flight, or undefined without any. */
  close(reason: unknown): Promise<void> | undefined {
    this.#limit.clearQueue()
    this.outbox.close(reason)
    for (const slot of this.#reading) void returnQuietly(slot.iterator)
    if (this.#inFlight === 0) return undefined
    return new Promise(resolve => {
      this.#settled = resolve
    })
  }
}
