import {SluiceError, show} from '../../errors/index.ts'
import {formatDuration} from '../../util/index.ts'
import {MAX_TIMESTAMP, MIN_TIMESTAMP} from './window.ts'

/** An output with an event time of its own; made by {@link timestamped}. */
export class Timestamped<out T> {
  readonly value: T
  /** Event time, integer milliseconds. */
  readonly timestamp: number

  constructor(value: T, timestamp: number) {
    this.value = value
    this.timestamp = timestamp
    shared.used = true
  }
}

/** What all copies of the package in a process share: one class, so that `instanceof` is enough, and whether it was ever used. */
const shared: {readonly Timestamped: typeof Timestamped; used: boolean} = ((
  globalThis as {[key: symbol]: typeof shared | undefined}
)[Symbol.for('sluice.timestamped/1')] ??= {Timestamped, used: false})

/**
 * An output with an event time of its own, in place of its element's.
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
  return new shared.Timestamped(value, timestamp)
}

/** Refuses what is not an event time; `where` begins the message. */
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

/** True for a timestamped value of any copy of the package. Asked for every output: it costs nothing until there is one. */
export function isTimestamped(value: unknown): value is Timestamped<unknown> {
  return shared.used && value instanceof shared.Timestamped
}

/** The value that the next stage receives. */
export function bareValue(value: unknown): unknown {
  return isTimestamped(value) ? value.value : value
}

/** Why an output's own timestamp is refused that is more than the allowed skew before its element's. */
export function tooEarly(timestamp: number, own: number): SluiceError {
  const by = own - timestamp
  return new SluiceError(
    'ERR_SLUICE_TIMESTAMP',
    `an output has the timestamp ${new Date(timestamp).toISOString()}, ${formatDuration(by)} before that of its element ` +
      `(${new Date(own).toISOString()}): its window may be closed by then. Give it the element's timestamp or a later one, ` +
      `or allow the difference: allowedSkew: ${by} (ms)`,
  )
}
