import {channel} from 'node:diagnostics_channel'
import {SluiceError, show} from '../../errors/index.ts'
import {formatDuration} from '../../util/index.ts'
import {MAX_TIMESTAMP, MIN_TIMESTAMP} from './window.ts'

/** Brand of an output with its own event time, recognised by all copies of the package in a process. */
const TIMESTAMPED: unique symbol = Symbol.for('sluice.timestamped/1') as never

/**
 * Has a subscriber once any copy of the package in the process has made a timestamped output. Until then rows need not be looked
 * at: that costs 14 ns each. Channels are found by name, so copies share them without a global of ours.
 */
const everUsed = channel('sluice:timestamped')

/** An output with its own event time; made by {@link timestamped}. */
export class Timestamped<out T> {
  declare readonly [TIMESTAMPED]: true
  readonly value: T
  /** Event time, integer milliseconds. */
  readonly timestamp: number

  constructor(value: T, timestamp: number) {
    this.value = value
    this.timestamp = timestamp
    if (!everUsed.hasSubscribers) everUsed.subscribe(() => {})
  }
}
Object.defineProperty(Timestamped.prototype, TIMESTAMPED, {value: true})

/**
 * Gives an output its own event time, in place of its element's.
 *
 * It works wherever a DoFn hands on outputs: yielded or returned by `process`, `finishBundle` and the functions of `map`
 * and `flatMap`, and emitted to a tag. The next stage receives the value alone.
 *
 * @param value the output
 * @param timestamp integer milliseconds since 1970; not before the element's own, unless `allowedSkew` of the DoFn permits it
 * @throws {SluiceError} `ERR_SLUICE_TIMESTAMP`: not an integer, or outside what a `Date` holds
 *
 * @example
 * const visits = flatMap((line: string) => {
 *   const [user, at = ''] = line.split(',')
 *   return [timestamped({user}, Date.parse(at))]
 * })
 */
export function timestamped<T>(value: T, timestamp: number): Timestamped<T> {
  checkTimestamp(timestamp)
  return new Timestamped(value, timestamp)
}

/** Throws if the argument is not an event time; `where` begins the message. */
export function checkTimestamp(timestamp: unknown, where = 'timestamped()'): asserts timestamp is number {
  if (Number.isInteger(timestamp) && (timestamp as number) >= MIN_TIMESTAMP && (timestamp as number) <= MAX_TIMESTAMP)
    return
  const given = timestamp instanceof Date ? `the Date ${show(timestamp)}` : show(timestamp)
  throw new SluiceError(
    'ERR_SLUICE_TIMESTAMP',
    `${where}: ${given} is not an event time; give integer milliseconds since 1970, ` +
      'for example Date.parse(text), date.getTime() or Math.round(seconds * 1000)',
  )
}

/** True for a timestamped value of any copy of the package. Called for every output, so it costs nothing until there is one. */
export function isTimestamped(value: unknown): value is Timestamped<unknown> {
  return everUsed.hasSubscribers && hasBrand(value)
}

/** Looks at the prototype first, since looking for the brand in rows of ever-changing shapes would be slow. */
function hasBrand(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    const prototype = Object.getPrototypeOf(value)
    if (prototype === Object.prototype || prototype === Array.prototype) return false
    return (value as {[TIMESTAMPED]?: unknown})[TIMESTAMPED] === true
  } catch {
    // a Proxy that refuses to answer
    return false
  }
}

/** The value that the next stage receives. */
export function bareValue(value: unknown): unknown {
  return isTimestamped(value) ? value.value : value
}

/** The error for an output whose own timestamp precedes its element's by more than the allowed skew. */
export function tooEarly(timestamp: number, own: number): SluiceError {
  const by = own - timestamp
  return new SluiceError(
    'ERR_SLUICE_TIMESTAMP',
    `an output has the timestamp ${new Date(timestamp).toISOString()}, ${formatDuration(by)} before that of its element ` +
      `(${new Date(own).toISOString()}): its window may be closed by then. Give it the element's timestamp or a later one, ` +
      `or allow the difference: allowedSkew: ${by} (ms)`,
  )
}
