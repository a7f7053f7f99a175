import {numberText} from '../../../formats/index.ts'
import {isWellFormed, parseRfc3339} from '../../../util/index.ts'
import {type Encode, Unencodable, unfit} from './unencodable.ts'

const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/

/** A string as JSON text. Half a surrogate pair has no UTF-8 form and would fail the whole request, so it is refused. */
export function quote(text: string): string | Unencodable {
  if (!NEEDS_CARE.test(text)) return `"${text}"`
  if (!isWellFormed(text)) return new Unencodable('the text contains half a surrogate pair, which is not valid Unicode')
  return JSON.stringify(text)
}

/** The text of an object that stands for text: a String, the client's value classes (in `value`) and Temporal's types. */
export function textOf(value: object): string | undefined {
  if (value instanceof String) return value.valueOf()
  const {value: inner} = value as {value?: unknown}
  // not by `constructor`, which may be a field of the object
  const prototype: unknown = Object.getPrototypeOf(value)
  if (typeof inner === 'string' && prototype !== Object.prototype && prototype !== null) return inner
  const tag = (value as {[Symbol.toStringTag]?: unknown})[Symbol.toStringTag]
  return typeof tag === 'string' && tag.startsWith('Temporal.') ? String(value) : undefined
}

export const encodeString: Encode = value => {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'number') return Number.isFinite(value) ? `"${numberText(value)}"` : unfit(value, 'text')
  if (typeof value === 'boolean' || typeof value === 'bigint') return `"${value}"`
  if (value instanceof Date) return encodeDate(value, iso => iso, 'a valid date')
  const text = typeof value === 'object' && value !== null ? textOf(value) : undefined
  return text === undefined ? unfit(value, 'text; turn it into a string, or make the column JSON') : quote(text)
}

/** Encodes dates and times: text as it is (BigQuery parses it), the client's classes as their text, a Date by `format`. */
function temporal(wanted: string, format: (iso: string) => string | Unencodable): Encode {
  return value => {
    if (typeof value === 'string') return quote(value)
    if (value instanceof Date) return encodeDate(value, format, wanted)
    if (typeof value !== 'object' || value === null) return unfit(value, wanted)
    const text = textOf(value)
    if (text !== undefined) return quote(sixDecimals(text))
    // dayjs, moment
    const {toISOString} = value as {toISOString?: unknown}
    if (typeof toISOString !== 'function') return unfit(value, wanted)
    const date = new Date(parseRfc3339(String(toISOString.call(value))))
    return encodeDate(date, format, wanted)
  }
}

function encodeDate(date: Date, format: (iso: string) => string | Unencodable, wanted: string): string | Unencodable {
  const iso = Number.isNaN(date.getTime()) ? '' : sixDecimals(date.toISOString())
  if (!/^\d/.test(iso) || iso.startsWith('0000')) return unfit(date, `${wanted} of the years 0001 to 9999`)
  const text = format(iso)
  return typeof text === 'string' ? `"${text}"` : text
}

/** Cuts the client's nine decimals of a second to BigQuery's six, if only zeros are dropped. */
function sixDecimals(text: string): string {
  return text.replace(/(\.\d{6})0+(?!\d)/, '$1')
}

const encodeTimestampText = temporal('a Date or a timestamp in text', iso => iso)

/** Encodes a TIMESTAMP. BigQuery reads a number as seconds; milliseconds since 1978 are beyond its range and are refused. */
export const encodeTimestamp: Encode = value => {
  if (typeof value !== 'number' && typeof value !== 'bigint') return encodeTimestampText(value)
  if (value >= -62135596800 && value < 253402300800) return `"${decimal(value)}"`
  return unfit(value, 'a timestamp: BigQuery reads numbers as seconds since 1970; give a Date for milliseconds')
}

/** A number without an exponent and with at most six decimals, as BigQuery reads timestamps. */
function decimal(value: number | bigint): string {
  const text = String(value)
  return /e|\.\d{7}/.test(text) ? (value as number).toFixed(6) : text
}

/** Encodes a DATE. Of Dates only midnight UTC is taken: midnight of another zone would land on the day before or after. */
export const encodeDateOnly = temporal("a date such as '2024-01-31'", iso =>
  /T00:00:00\.0+Z$/.test(iso)
    ? iso.slice(0, 10)
    : new Unencodable(`${iso} has a time of day; give a date in text such as '${iso.slice(0, 10)}'`),
)

export const encodeDatetime = temporal("a Date or text such as '2024-01-31T12:00:00'", iso => iso.slice(0, -1))

export const encodeTime = temporal(
  "a time in text such as '12:30:00'",
  iso => new Unencodable(`the Date ${iso} is not a time of day; give text such as '${iso.slice(11, 19)}'`),
)

/** Encodes what BigQuery parses from text (INTERVAL, RANGE and others): text, or a client class that holds it. */
export function encodeTextual(wanted: string): Encode {
  return value => {
    if (typeof value === 'string') return quote(value)
    const text = typeof value === 'object' && value !== null ? textOf(value) : undefined
    return text === undefined ? unfit(value, wanted) : quote(text)
  }
}

/** Encodes BYTES: buffers and typed arrays as base64; text must be base64 already. */
export const encodeBytes: Encode = value => {
  if (Buffer.isBuffer(value)) return `"${value.toString('base64')}"`
  if (ArrayBuffer.isView(value))
    return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`
  if (value instanceof ArrayBuffer) return `"${Buffer.from(value).toString('base64')}"`
  return typeof value === 'string' ? quote(value) : unfit(value, 'bytes; give a Buffer, or base64 text')
}
