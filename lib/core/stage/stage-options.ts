import {addAbortSignal, type Readable, type Writable} from 'node:stream'
import {badOption, checkOptionNames, integerOption} from '../../errors/index.ts'
import {DEFAULTS} from './defaults.ts'
import type {Logger} from './logger.ts'

/** Options that every stage takes. */
export interface StageOptions {
  /** Name in errors, logs, metrics and ids; in a Pipeline the step name takes its place. Default: the class or function name. */
  name?: string | undefined
  /** Values buffered on each side; default 1,000. */
  highWaterMark?: number | undefined
  /** Destroys the stage (and so its pipeline) with an AbortError when it aborts. */
  signal?: AbortSignal | undefined
  /** Where warnings go; default: lines on standard error. */
  logger?: Logger | undefined
}

export const STAGE_OPTION_NAMES = ['name', 'highWaterMark', 'signal', 'logger'] as const

/** The part of a connector's options that every stage takes. */
export function stageOptionsOf(options: StageOptions): StageOptions {
  const own = STAGE_OPTION_NAMES.filter(name => options[name] !== undefined).map(name => [name, options[name]])
  return Object.fromEntries(own)
}

/** What a stage's constructor hands to Node: object mode, buffer sizes in bundles. */
interface NodeOptions {
  objectMode: true
  readableHighWaterMark: number
  writableHighWaterMark: number
  highWaterMark: number
}

/** Checks the common options and gives those for Node; `where` names the stage in errors. */
export function nodeOptions(where: string, options: StageOptions | undefined, known: readonly string[]): NodeOptions {
  checkOptionNames(where, options, [...STAGE_OPTION_NAMES, ...known])
  const values = integerOption(where, 'highWaterMark', options?.highWaterMark, DEFAULTS.highWaterMark, 1)
  const name = options?.name
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw badOption(where, 'name', name, 'a non-empty string')
  const signal = options?.signal
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badOption(where, 'signal', signal, 'an AbortSignal')
  const chunks = chunksFor(values, DEFAULTS.bundleValues)
  return {
    objectMode: true,
    readableHighWaterMark: chunks,
    writableHighWaterMark: chunks,
    highWaterMark: chunks,
  }
}

/** The Node option that gives `values` of buffer in chunks of bundles. */
export function chunksFor(highWaterMark: number, bundleValues: number): number {
  return Math.max(1, Math.round(highWaterMark / bundleValues))
}

/**
 * Destroys the stage when the signal aborts. Node's own `signal` option would destroy it within `super()` if the signal has
 * aborted already, before any subclass has its fields.
 */
export function destroyOnAbort(stage: Readable | Writable, signal: AbortSignal | undefined): void {
  if (!signal) return
  if (signal.aborted) process.nextTick(addAbortSignal, signal, stage)
  else addAbortSignal(signal, stage)
}
