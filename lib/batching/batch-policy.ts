import {DEFAULTS} from '../core/index.ts'
import {badOption, durationOption, integerOption} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseSize, SIZE_FORMS, type Size} from '../util/index.ts'

/** When a batching sink sends a batch, and how many requests it keeps in flight. */
export interface BatchOptions {
  /** Most rows in one request; default 500, at most what the service takes (BigQuery: 50,000; Pub/Sub: 1,000). */
  maxRows?: number | undefined
  /**
   * Most serialized bytes in one request; default 9 MB (Pub/Sub: 1 MiB), at most what the service takes (BigQuery: 10 MiB;
   * Pub/Sub: 10 MB). A larger row is sent alone.
   */
  maxBytes?: Size | undefined
  /** How long the first row of a batch waits for more; default 1 s (Pub/Sub: 10 ms). */
  maxDelay?: Duration | undefined
  /** Most requests in flight; default 4 (Pub/Sub: 16). Rows of different requests may land in any order. */
  maxInFlight?: number | undefined
}

/** {@link BatchOptions}, checked, with defaults filled in; bytes and milliseconds. */
export type BatchPolicy = {readonly [K in keyof BatchOptions]-?: number}

/** Names of {@link BatchOptions}, for the check for unknown options. */
export const BATCH_OPTION_NAMES = ['maxRows', 'maxBytes', 'maxDelay', 'maxInFlight'] as const

/** Limits and defaults of {@link BatchOptions} for one service. */
interface BatchLimits {
  /** Most rows and bytes that the service takes in one request. */
  readonly maxRows: number
  readonly maxBytes: number
  /** Default: the defaults that all sinks share. */
  readonly defaults?: BatchPolicy
  /** Put before option names in errors, where these options are grouped: `batch.`. */
  readonly prefix?: string
}

/** Checks batch options against the limits of the service. */
export function batchPolicy(where: string, options: BatchOptions, limits: BatchLimits): BatchPolicy {
  const {defaults = DEFAULTS, prefix = ''} = limits
  const maxBytes = options.maxBytes === undefined ? defaults.maxBytes : parseSize(options.maxBytes)
  if (maxBytes === undefined || maxBytes < 1 || maxBytes > limits.maxBytes)
    throw badOption(where, `${prefix}maxBytes`, options.maxBytes, `1 to ${limits.maxBytes}: ${SIZE_FORMS}`)
  return {
    maxRows: integerOption(where, `${prefix}maxRows`, options.maxRows, defaults.maxRows, 1, limits.maxRows),
    maxBytes,
    maxDelay: durationOption(where, `${prefix}maxDelay`, options.maxDelay, defaults.maxDelay),
    maxInFlight: integerOption(where, `${prefix}maxInFlight`, options.maxInFlight, defaults.maxInFlight, 1),
  }
}

/** Checks a `retryFor` option; milliseconds, Infinity for 'forever'. */
export function retryForOption(where: string, given: unknown, fallback: number): number {
  if (given === 'forever') return Number.POSITIVE_INFINITY
  try {
    return durationOption(where, 'retryFor', given, fallback)
  } catch {
    throw badOption(where, 'retryFor', given, `${DURATION_FORMS}, or 'forever'`)
  }
}
