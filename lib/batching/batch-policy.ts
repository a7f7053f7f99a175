import {DEFAULTS} from '../core/index.ts'
import {badOption, integerOption} from '../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration, parseSize, SIZE_FORMS, type Size} from '../util/index.ts'

/** When a batching sink sends what it has, and how many requests it keeps going. */
export interface BatchOptions {
  /** Rows in one request at most; default 500, up to what the service takes (BigQuery: 50,000). */
  maxRows?: number
  /** Serialized bytes in one request at most; default 9 MB, up to what the service takes (BigQuery: 10 MiB). A larger row goes alone. */
  maxBytes?: Size
  /** How long the first row of a batch waits for others; default 1 s. */
  maxDelay?: Duration
  /** Requests at once; default 4. Rows of different requests may land in any order. */
  maxInFlight?: number
}

/** {@link BatchOptions}, checked, with defaults, in bytes and milliseconds. */
export type BatchPolicy = {readonly [K in keyof BatchOptions]-?: number}

/** Names of {@link BatchOptions}, for the check of unknown options. */
export const BATCH_OPTION_NAMES = ['maxRows', 'maxBytes', 'maxDelay', 'maxInFlight'] as const

/** Checks batch options against what the service takes in one request. */
export function batchPolicy(
  where: string,
  options: BatchOptions,
  ceiling: {maxRows: number; maxBytes: number},
): BatchPolicy {
  const maxBytes = options.maxBytes === undefined ? DEFAULTS.maxBytes : parseSize(options.maxBytes)
  if (maxBytes === undefined || maxBytes < 1 || maxBytes > ceiling.maxBytes)
    throw badOption(where, 'maxBytes', options.maxBytes, `1 to ${ceiling.maxBytes}: ${SIZE_FORMS}`)
  return {
    maxRows: integerOption(where, 'maxRows', options.maxRows, DEFAULTS.maxRows, 1, ceiling.maxRows),
    maxBytes,
    maxDelay: durationOption(where, 'maxDelay', options.maxDelay, DEFAULTS.maxDelay),
    maxInFlight: integerOption(where, 'maxInFlight', options.maxInFlight, DEFAULTS.maxInFlight, 1),
  }
}

/** Checks a duration option (`undefined` gives the default); milliseconds. */
export function durationOption(where: string, name: string, given: unknown, fallback: number, min = 0): number {
  if (given === undefined) return fallback
  const ms = parseDuration(given)
  if (ms === undefined || ms < min)
    throw badOption(where, name, given, min > 0 ? `${DURATION_FORMS}, at least ${min} ms` : DURATION_FORMS)
  return ms
}
