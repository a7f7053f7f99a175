import type {Bundle} from './bundle.ts'
import type {ProcessContext} from './context.ts'
import type {Logger} from './logger.ts'
import type {Counter, Distribution, Gauge} from './metrics.ts'
import {freeze} from './output.ts'
import type {StageInfo} from './stage-info.ts'

/** Where the values go that user code emits to tags. */
export type EmitTo = (tag: string, value: unknown, context: CallContext) => void

/** The context object of user code; one serves all synchronous calls of a stage, an asynchronous call keeps its own. */
export class CallContext implements ProcessContext {
  readonly #info: StageInfo
  readonly signal: AbortSignal
  readonly side = {}
  bundle: Bundle<unknown> | undefined
  index = 0
  /** How often this element has emitted to a tag so far. */
  ordinal = 0
  /** Objects that this element has emitted to tags: given away twice, they are frozen. */
  given: unknown[] | undefined
  emitTo: EmitTo

  constructor(info: StageInfo, signal: AbortSignal, emitTo: EmitTo) {
    this.#info = info
    this.signal = signal
    this.emitTo = emitTo
  }

  /** Points to element `i` of the bundle. */
  at(i: number): void {
    this.index = i
    this.ordinal = 0
    this.given = undefined
  }

  get timestamp(): number {
    return this.bundle?.timestamps?.[this.index] ?? Number.NEGATIVE_INFINITY
  }
  get logger(): Logger {
    return this.#info.logger
  }
  counter(name: string): Counter {
    return this.#info.metrics.counter(name)
  }
  distribution(name: string): Distribution {
    return this.#info.metrics.distribution(name)
  }
  gauge(name: string): Gauge {
    return this.#info.metrics.gauge(name)
  }
  emit(tag: string, value: unknown): void {
    this.giveAway(value)
    this.emitTo(tag, value, this)
  }

  /** Notes that a value leaves the element; an object that left before belongs to two consumers now. */
  giveAway(value: unknown): void {
    if (typeof value !== 'object' || value === null) return
    if (this.given?.includes(value)) freeze(value)
    else (this.given ??= []).push(value)
  }
}
