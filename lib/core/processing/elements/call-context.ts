import {SluiceError} from '../../../errors/index.ts'
import type {Bundle} from '../../bundle/bundle.ts'
import {freeze} from '../../bundle/freeze.ts'
import {bareValue} from '../../bundle/timestamped.ts'
import {type BoundedWindow, GLOBAL_WINDOW, type PaneInfo, UNKNOWN_PANE} from '../../bundle/window.ts'
import type {ProcessContext} from '../../stage/context.ts'
import type {Counter, Distribution, Gauge} from '../../stage/info/metrics.ts'
import type {Logger} from '../../stage/logger.ts'
import type {Host} from '../ports/host.ts'
import {NO_SIDES} from './no-sides.ts'

/** Receives the values that user code emits to tags. */
export type EmitTo = (tag: string, value: unknown, context: CallContext) => void

const FEW = 16

/** The error of an `emit` outside a call. */
export function lateEmit(tag: string, stage: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_TAG',
    `${stage}: emit('${tag}') was called when no process() or finishBundle() was running; ` +
      'emit before it returns, or return a promise that waits for what emits',
    {stage},
  )
}

/** The `emit` of hooks that have no outputs. */
export function emitRefused(tag: string): never {
  throw new SluiceError('ERR_SLUICE_TAG', `emit('${tag}') works in process() and finishBundle() only`)
}

function severalWindows(stage: string, count: number): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_PROCESS',
    `${stage}: context.window was read for an element that is in ${count} windows, so it has no single one. Have it processed ` +
      'once for each: `override readonly observesWindow = true` in the DoFn, or the option {observesWindow: true}; or read it ' +
      'after a grouping',
    {stage},
  )
}

/** The context object of user code. All synchronous calls of a stage share one; each asynchronous call has its own. */
export class CallContext implements ProcessContext {
  readonly #host: Host
  readonly signal: AbortSignal
  /** The side inputs as they were when the element's bundle began. */
  side = NO_SIDES
  bundle: Bundle<unknown> | undefined
  index = 0
  /** How often this element has emitted to a tag so far. */
  ordinal = 0
  /** Objects that this element has emitted to tags; in a set once there are many, since an element may emit without end. */
  #given: object[] | WeakSet<object> | undefined
  emitTo: EmitTo

  constructor(host: Host, signal: AbortSignal, emitTo: EmitTo) {
    this.#host = host
    this.signal = signal
    this.emitTo = emitTo
  }

  /** Points to element `i` of the bundle. */
  at(i: number): void {
    this.index = i
    this.ordinal = 0
    this.#given = undefined
  }

  get timestamp(): number {
    return this.bundle?.timestamps?.[this.index] ?? Number.NEGATIVE_INFINITY
  }
  get window(): BoundedWindow {
    const slot = this.bundle?.windows?.[this.index] ?? GLOBAL_WINDOW
    if (Array.isArray(slot)) throw severalWindows(this.#host.name, slot.length)
    return slot as BoundedWindow
  }
  get pane(): PaneInfo {
    return this.bundle?.panes?.[this.index] ?? UNKNOWN_PANE
  }
  get logger(): Logger {
    return this.#host.logger
  }
  counter(name: string): Counter {
    return this.#host.metrics.counter(name)
  }
  distribution(name: string): Distribution {
    return this.#host.metrics.distribution(name)
  }
  gauge(name: string): Gauge {
    return this.#host.metrics.gauge(name)
  }
  emit(tag: string, value: unknown): void {
    this.emitTo(tag, value, this)
  }

  /** Records that a value leaves by a tag; an object that has left before has two consumers now, and is frozen. */
  giveAway(output: unknown): void {
    const value = bareValue(output)
    if (typeof value !== 'object' || value === null) return
    if (this.#gave(value)) return freeze(value)
    const given = (this.#given ??= [])
    if (given instanceof WeakSet) given.add(value)
    else if (given.push(value) > FEW) this.#given = new WeakSet(given)
  }

  /** Records that a value leaves by the main output; an object that this element has emitted to a tag is frozen. */
  yields(output: unknown): void {
    if (this.#given === undefined) return
    const value = bareValue(output)
    if (typeof value === 'object' && value !== null && this.#gave(value)) freeze(value)
  }

  #gave(value: object): boolean {
    if (this.#given === undefined) return false
    return Array.isArray(this.#given) ? this.#given.includes(value) : this.#given.has(value)
  }
}
