import {Bundle} from '../bundle/bundle.ts'
import {freeze} from '../bundle/freeze.ts'
import {OutBuffer} from '../bundle/out-buffer.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import type {Outputs} from '../streams/outputs.ts'
import type {Begun} from './async-calls.ts'
import {CallContext, lateEmit} from './call-context.ts'
import {type ErrorPolicy, nackElement, processError, toDeadLetter} from './error-policy.ts'
import {isAsyncIterable, isPromiseObject, isThenable, iteratorOf} from './results.ts'
import type {RunOptions, UserCode} from './user-code.ts'

const LIMIT = DEFAULTS.bundleValues
const NOTHING = new Bundle<never>([])

/** How a run over a bundle ended: all done, no room for outputs, or at an element that answered with a promise. */
export type Outcome = 'done' | 'blocked' | 'asynchronous'
/** Why the loop stopped: besides, because a bundle of outputs is full. */
type Stop = 'done' | 'full' | 'asynchronous'

/**
 * The synchronous path: one loop per bundle in which nothing is awaited. It can stop in the middle of an element's
 * outputs when there is no room, and go on later.
 */
export class SyncLoop<I> {
  readonly #stage: UserCode<I>
  readonly #info: StageInfo
  readonly #outputs: Outputs
  readonly #policy: ErrorPolicy
  /** Everything is held until the element has succeeded. */
  readonly #holds: boolean
  readonly #side: RunOptions['side']
  readonly #signal: AbortSignal
  #context: CallContext
  #bundle: Bundle<I> = NOTHING as Bundle<I>
  #main = new OutBuffer(NOTHING, undefined)
  #tags = new Map<string, OutBuffer>()
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
  /** Outputs since the bundle was opened. */
  produced = 0
  /** Time spent in pushing outputs, during which the stages downstream do their work. */
  flushMs = 0

  constructor(stage: UserCode<I>, info: StageInfo, outputs: Outputs, options: RunOptions, signal: AbortSignal) {
    this.#stage = stage
    this.#info = info
    this.#outputs = outputs
    this.#policy = options.policy
    this.#holds = options.policy.kind !== 'fail'
    this.#side = options.side
    this.#signal = signal
    this.#context = this.#newContext()
  }

  open(bundle: Bundle<I>): void {
    this.#bundle = bundle
    this.#index = 0
    this.produced = 0
    this.#context.bundle = bundle
    if (this.#side) this.#context.side = this.#side.current
    this.#main = new OutBuffer(bundle, undefined)
    if (this.#tags.size > 0) this.#tags = new Map()
  }

  /** Runs until the bundle is done or something is in the way; call again to go on after 'blocked'. */
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
    const stage = this.#stage
    const kind = stage.callKind
    const context = this.#context
    const bundle = this.#bundle
    const {values, leases} = bundle
    const main = this.#main
    if (this.#iterator) {
      if (!this.#drain(this.#iterator)) return 'full'
      leases?.[this.#index]?.release()
      this.#index++
    }
    for (let i = this.#index; i < values.length; i = ++this.#index) {
      if (main.length + this.#emitted >= LIMIT || this.#closed) return 'full'
      context.at(i)
      this.#elementStart = main.length
      const value = values[i] as I
      const result = stage.process(value, context)
      if (kind === 'process') {
        if (Array.isArray(result) && result.length <= LIMIT) {
          for (let k = 0; k < result.length; k++) this.#add(result[k], i, k)
        } else if (result !== undefined && result !== null) {
          if (isThenable(result) || isAsyncIterable(result)) return this.#leave(result)
          this.#ordinal = 0
          this.#iterator = iteratorOf(result, this.#info.name)
          if (!this.#drain(this.#iterator)) return 'full'
        }
      } else if (i === 0 ? isThenable(result) : isPromiseObject(result)) return this.#leave(result)
      else if (kind === 'map') main.same(result, i)
      else if (kind === 'tap' || result) main.same(value, i)
      leases?.[i]?.release()
    }
    return 'done'
  }

  #add(value: unknown, i: number, k: number): void {
    if (this.#context.gave(value)) freeze(value)
    this.#main.add(value, i, k)
  }

  /** Takes the outputs of the current element; false when a bundle of them is full. */
  #drain(iterator: Iterator<unknown>): boolean {
    const i = this.#index
    for (let step = iterator.next(); !step.done; step = iterator.next()) {
      this.#add(step.value, i, this.#ordinal++)
      if (this.#main.length + this.#emitted >= LIMIT && !this.#holds) return false
    }
    this.#iterator = undefined
    return true
  }

  #leave(result: unknown): Stop {
    this.#result = result
    return 'asynchronous'
  }

  #newContext(): CallContext {
    return new CallContext(this.#info, this.#signal, (tag, value, context) => this.#emitTag(tag, value, context))
  }

  /** After 'asynchronous': the call that answered with a promise, with its context and what it has emitted so far. */
  handOver(): Begun {
    const emitted: Begun['emitted'] = []
    for (const [tag, buffer] of this.#tags)
      for (const [value, ordinal] of buffer.takeBack(this.#index)) emitted.push([tag, value, ordinal])
    const begun = {index: this.#index, result: this.#result, context: this.#context, emitted}
    // the call may emit before its slot has begun: a slot begins some promises later
    begun.context.emitTo = (tag, value, context) => {
      if (!this.#outputs.has(tag)) return this.#outputs.unclaimed(tag, value)
      context.giveAway(value)
      emitted.push([tag, value, context.ordinal++])
    }
    this.#result = undefined
    this.#context = this.#newContext()
    return begun
  }

  /** Gives up the promise that a call has answered with: the stage fails for another reason. */
  forget(): void {
    if (isThenable(this.#result)) this.#result.then(undefined, () => {})
  }

  #failed(error: unknown): void {
    const i = this.#index
    const element = this.#bundle.values[i]
    const {name, clock} = this.#info
    const lease = this.#bundle.leases?.[i]
    const {kind, tag} = this.#policy
    this.#iterator = undefined
    if (kind === 'fail') throw processError(error, element, name, this.#policy, lease)
    this.#main.truncate(this.#elementStart)
    for (const buffer of this.#tags.values()) buffer.takeBack(i)
    if (tag === undefined) {
      if (!nackElement(this.#info, lease, error)) throw processError(error, element, name, this.#policy, lease)
    } else {
      if (!this.#outputs.has(tag)) this.#outputs.unclaimed(tag, element, error)
      this.#tag(tag).add(toDeadLetter(element, error, name, clock.now()), i, 0)
      lease?.release()
    }
    this.#index++
  }

  #tag(tag: string): OutBuffer {
    let buffer = this.#tags.get(tag)
    if (!buffer) this.#tags.set(tag, (buffer = new OutBuffer(this.#bundle, tag)))
    return buffer
  }

  /** `context.emit` of a synchronous call. */
  #emitTag(tag: string, value: unknown, context: CallContext): void {
    if (!this.calling) throw lateEmit(tag, this.#info.name)
    if (!this.#outputs.has(tag)) return this.#outputs.unclaimed(tag, value)
    context.giveAway(value)
    // yielded before: then it leaves on the main output too
    if (typeof value === 'object' && this.#main.values.lastIndexOf(value) >= this.#elementStart) freeze(value)
    this.#tag(tag).add(value, context.index, context.ordinal++)
    this.#emitted++
  }

  /** Pushes what has been collected; with a watermark also that. Returns whether there is room for more. */
  flush(watermark = Number.NEGATIVE_INFINITY): boolean {
    const {main} = this.#outputs
    const from = performance.now()
    for (const [tag, buffer] of this.#tags)
      if (buffer.length > 0) eachPart(buffer.take(), part => this.#outputs.pushTag(tag, part))
    this.#emitted = 0
    this.#elementStart = 0
    this.#outputs.advanceTags(watermark)
    if (this.#main.length > 0) {
      this.produced += this.#main.length
      this.#info.metrics.out += this.#main.length
      const bundle = this.#main.take()
      bundle.watermark = watermark
      eachPart(bundle, part => main.push(part))
    } else main.advance(watermark)
    this.flushMs += performance.now() - from
    return this.#outputs.hasRoom()
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

/** One element may give more than a bundle holds: as an array, or held until it has succeeded. */
function eachPart(bundle: Bundle<unknown>, fn: (part: Bundle<unknown>) => void): void {
  const {length} = bundle.values
  if (length <= LIMIT) return fn(bundle)
  for (let at = 0; at < length; at += LIMIT) fn(bundle.slice(at, Math.min(at + LIMIT, length)))
}
