import pLimit from 'p-limit'
import type {Bundle} from '../bundle/bundle.ts'
import {freeze} from '../bundle/freeze.ts'
import {outValue} from '../bundle/out-buffer.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import type {Outputs} from '../streams/outputs.ts'
import {AsyncOutbox} from './async-outbox.ts'
import {CallContext, lateEmit} from './call-context.ts'
import {withTimeout} from './call-timeout.ts'
import {countBundle} from './count-bundle.ts'
import {nackElement, processError, toDeadLetter} from './error-policy.ts'
import {isAsyncIterable, isThenable, iteratorOf, returnQuietly} from './results.ts'
import {Slot, type Work} from './slot.ts'
import type {RunOptions, UserCode} from './user-code.ts'

/** A call that the synchronous loop has made and that answered with a promise; its context stays with it. */
export interface Begun {
  index: number
  result: unknown
  context: CallContext
  /** What it had emitted to tags before it answered: tag, value, ordinal. */
  emitted: [string, unknown, number][]
}

/**
 * The asynchronous path: elements of one or more bundles, `concurrency` at a time, each in a slot that collects its
 * outputs. The next bundle is asked for before the last element has started, so that slots stay busy over its border.
 */
export class AsyncCalls<I> {
  readonly #stage: UserCode<I>
  readonly #info: StageInfo
  readonly #outputs: Outputs
  readonly #options: RunOptions
  readonly #signal: AbortSignal
  readonly #fail: (error: unknown) => void
  readonly #limit: ReturnType<typeof pLimit>
  readonly #outbox: AsyncOutbox
  /** Calls that are being read from. */
  readonly #reading = new Set<Slot>()
  #inFlight = 0
  #busySince = 0
  #settled: (() => void) | undefined
  /** Called when another bundle may come. */
  #accepted: (() => void) | undefined

  constructor(
    stage: UserCode<I>,
    info: StageInfo,
    outputs: Outputs,
    options: RunOptions,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ) {
    this.#stage = stage
    this.#info = info
    this.#outputs = outputs
    this.#options = options
    this.#signal = signal
    this.#fail = fail
    this.#limit = pLimit({concurrency: this.#concurrency, rejectOnClear: true})
    this.#outbox = new AsyncOutbox(info, outputs, options.ordered, fail)
  }

  get #concurrency(): number {
    return this.#options.concurrency ?? this.#info.defaultConcurrency
  }

  /** Elements that were taken in and are still worked on. */
  get unfinished(): number {
    return this.#outbox.unfinished
  }

  /** True when no call is in flight and every output was handed on. */
  get idle(): boolean {
    return this.#outbox.idle
  }

  /** Calls back once idle. */
  whenIdle(callback: () => void): void {
    this.#outbox.whenIdle(callback)
  }

  /**
   * Takes a bundle, from the element on that the synchronous loop has begun if it has.
   *
   * @param begun the call that answered with a promise
   * @param accepted called when another bundle may come
   * @param finished called when every element is done and handed on
   */
  add(bundle: Bundle<I>, watermark: number, begun?: Begun, accepted?: () => void, finished?: () => void): void {
    const start = begun?.index ?? 0
    const count = bundle.values.length - start
    const work: Work = {bundle, watermark, unfinished: count, finished, side: this.#options.side?.current}
    this.#accepted = accepted
    // a Pipeline says it after the stage was made
    if (this.#limit.concurrency !== this.#concurrency) this.#limit.concurrency = this.#concurrency
    this.#outbox.open(work)
    for (let i = start; i < bundle.values.length; i++) {
      const slot = new Slot(work, i)
      this.#outbox.append(slot)
      const known = i === start ? begun : undefined
      this.#limit(() => this.#call(slot, known)).catch(this.#ignoreCleared)
    }
    // a bundle with hooks around it is counted when they are through
    if (count > 0 && !finished) countBundle(this.#info, bundle.values.length, 0)
    this.#acceptMore()
  }

  /** Slots that were waiting when the stage was destroyed are given up on purpose; #call itself never rejects. */
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
      if (!known) await this.#outbox.spaceFor(slot)
      if (this.#signal.aborted) return
      this.#acceptMore()
      const element = work.bundle.values[index] as I
      try {
        await withTimeout(this.#outcome(slot, element, known), this.#options.timeout, this.#info, element)
      } catch (error) {
        this.#elementFailed(slot, element, error)
      }
      // what it made goes nowhere any more: its message must come again
      if (this.#signal.aborted) return
      work.bundle.leases?.[index]?.release()
      this.#outbox.settle(slot)
    } catch (error) {
      if (!this.#signal.aborted) this.#fail(error)
    } finally {
      this.#leave()
    }
  }

  async #outcome(slot: Slot, element: I, known: Begun | undefined): Promise<void> {
    const emitTo = (tag: string, value: unknown, c: CallContext) => this.#emit(slot, tag, value, c)
    const context = known?.context ?? new CallContext(this.#info, this.#signal, emitTo)
    if (known) {
      context.emitTo = emitTo
      for (const [tag, value, ordinal] of known.emitted)
        slot.tags.push([tag, outValue(value, slot.work.bundle, slot.index, ordinal, tag)])
    } else {
      context.bundle = slot.work.bundle
      if (slot.work.side) context.side = slot.work.side
      context.at(slot.index)
    }
    let result = known ? known.result : this.#stage.process(element, context)
    if (isThenable(result)) result = await result
    if (this.#signal.aborted || slot.settled) return
    const kind = this.#stage.callKind
    if (kind === 'process') await this.#expand(slot, result, context)
    else if (kind === 'map') slot.outs.push(outValue(result, slot.work.bundle, slot.index, undefined))
    else if (kind === 'tap' || result) slot.outs.push(outValue(element, slot.work.bundle, slot.index, undefined))
  }

  async #expand(slot: Slot, result: unknown, context: CallContext): Promise<void> {
    if (result === undefined || result === null) return
    const streaming = this.#options.policy.kind === 'fail'
    const iterator = isAsyncIterable(result) ? result[Symbol.asyncIterator]() : iteratorOf(result, this.#info.name)
    slot.iterator = iterator
    this.#reading.add(slot)
    try {
      for (let k = 0; ; k++) {
        const next = iterator.next()
        const step = isThenable(next) ? await next : next
        if (step.done || this.#signal.aborted || slot.settled) break
        if (context.gave(step.value)) freeze(step.value)
        slot.outs.push(outValue(step.value, slot.work.bundle, slot.index, k))
        // otherwise everything is held until the element has succeeded
        if (streaming && !this.#outbox.offer(slot)) await this.#outbox.spaceFor(slot)
      }
    } finally {
      slot.iterator = undefined
      this.#reading.delete(slot)
    }
  }

  #emit(slot: Slot, tag: string, value: unknown, context: CallContext): void {
    if (slot.settled) throw lateEmit(tag, this.#info.name)
    if (!this.#outputs.has(tag)) return this.#outputs.unclaimed(tag, value)
    context.giveAway(value)
    if (this.#outbox.holds(slot, value)) freeze(value)
    slot.tags.push([tag, outValue(value, slot.work.bundle, slot.index, context.ordinal++, tag)])
  }

  #elementFailed(slot: Slot, element: I, error: unknown): void {
    if (this.#signal.aborted) return
    const {name, clock} = this.#info
    const {policy} = this.#options
    const lease = slot.work.bundle.leases?.[slot.index]
    if (policy.kind === 'fail') throw processError(error, element, name, policy, lease)
    // still there after a time-out: the generator gets to run its `finally`
    if (slot.iterator) void returnQuietly(slot.iterator)
    slot.discard()
    const {tag} = policy
    if (tag === undefined) {
      if (!nackElement(this.#info, lease, error)) throw processError(error, element, name, policy, lease)
      return
    }
    if (!this.#outputs.has(tag)) this.#outputs.unclaimed(tag, element, error)
    const letter = toDeadLetter(element, error, name, clock.now())
    slot.tags.push([tag, outValue(letter, slot.work.bundle, slot.index, 0, tag)])
  }

  #enter(): void {
    const {metrics} = this.#info
    if (this.#inFlight++ === 0) {
      this.#busySince = performance.now()
      this.#info.calls.begin('process()')
    }
    if (this.#inFlight > metrics.peakInFlight) metrics.peakInFlight = this.#inFlight
  }

  #leave(): void {
    if (--this.#inFlight > 0) {
      this.#info.calls.settled++
      return
    }
    this.#info.calls.end('process()')
    this.#info.metrics.busyMs += performance.now() - this.#busySince
    this.#settled?.()
  }

  /** Gives up what has not started; a promise for the calls in flight, undefined when there are none. */
  close(reason: unknown): Promise<void> | undefined {
    this.#limit.clearQueue()
    this.#outbox.close(reason)
    for (const slot of this.#reading) void returnQuietly(slot.iterator)
    if (this.#inFlight === 0) return undefined
    return new Promise(resolve => {
      this.#settled = resolve
    })
  }
}
