const DAY_MS = 86_400_000
const DAY_MICROS = 86_400_000_000n
/** First and last microsecond that BigQuery can hold: 0001-01-01 and 9999-12-31. */
const MIN_MICROS = -62_135_596_800_000_000n
const MAX_MICROS = 253_402_300_799_999_999n

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?$/
const DATETIME = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:(?:[ ]|[Tt])(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?/
const OFFSET = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/

/** Days since 1970-01-01 of `YYYY-[M]M-[D]D`, or `undefined`. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text)
  return match ? days(Number(match[1]), Number(match[2]), Number(match[3])) : undefined
}

/** Microseconds since midnight of `[H]H:[M]M:[S]S[.DDDDDD]`, or `undefined`. */
export function parseTime(text: string): bigint | undefined {
  const match = TIME.exec(text)
  return match ? micros(match[1], match[2], match[3], match[4]) : undefined
}

/** Microseconds since 1970-01-01T00:00:00 of `YYYY-[M]M-[D]D[( |T)[H]H:[M]M[:[S]S[.DDDDDD]]]`, or `undefined`. */
export function parseDatetime(text: string): bigint | undefined {
  const match = DATETIME.exec(text)
  return match && match[0].length === text.length ? datetime(match) : undefined
}

/** Why a text is not a TIMESTAMP: it is malformed, or its zone is unknown. */
type BadTimestamp = {unknownZone: string} | undefined

/**
 * Microseconds since the epoch of a timestamp: civil time with an optional zone (`Z`, `UTC`, `+02:00`, a name such as
 * `Europe/Berlin`; none is UTC), or seconds since the epoch as a decimal number.
 */
export function parseTimestamp(text: string): bigint | BadTimestamp {
  const match = DATETIME.exec(text)
  if (!match) return /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(text) ? epochSeconds(Number(text)) : undefined
  const local = datetime(match)
  if (local === undefined) return undefined
  const zone = text.slice(match[0].length).trim()
  if (zone === '' || zone === 'Z' || zone === 'z' || zone === 'UTC') return inRange(local)
  const offset = OFFSET.exec(zone)
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0)
    if (minutes > 14 * 60) return {unknownZone: zone}
    return inRange(local - BigInt(offset[1] === '-' ? -minutes : minutes) * 60_000_000n)
  }
  const named = zoneOffset(zone, local)
  return named === undefined ? {unknownZone: zone} : inRange(local - named)
}

/** Microseconds of seconds since the epoch, rounded as BigQuery's own clients do. */
export function epochSeconds(seconds: number): bigint | undefined {
  if (!Number.isFinite(seconds) || Math.abs(seconds) > 3e11) return undefined
  const whole = Math.floor(seconds)
  return inRange(BigInt(whole) * 1_000_000n + BigInt(Math.round((seconds - whole) * 1e6)))
}

/** `YYYY-MM-DD` of days since the epoch. */
export function dateText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

/** `HH:MM:SS[.ffffff]` of microseconds since midnight. */
export function timeText(value: bigint): string {
  const seconds = Number(value / 1_000_000n)
  const fraction = value % 1_000_000n
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return fraction === 0n ? text : `${text}.${String(fraction).padStart(6, '0')}`
}

/** `YYYY-MM-DDTHH:MM:SS[.ffffff]` of microseconds since 1970-01-01T00:00:00. */
export function datetimeText(value: bigint): string {
  const ofDay = ((value % DAY_MICROS) + DAY_MICROS) % DAY_MICROS
  return `${dateText(Number((value - ofDay) / DAY_MICROS))}T${timeText(ofDay)}`
}

function datetime(match: RegExpExecArray): bigint | undefined {
  const day = days(Number(match[1]), Number(match[2]), Number(match[3]))
  if (day === undefined) return undefined
  if (match[4] === undefined) return BigInt(day) * DAY_MICROS
  const time = micros(match[4], match[5], match[6] ?? '0', match[7])
  return time === undefined ? undefined : BigInt(day) * DAY_MICROS + time
}

function days(year: number, month: number, day: number): number | undefined {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCDate() === day ? date.getTime() / DAY_MS : undefined
}

/** More than six digits of a second are taken only when they are zeros, which is what BigQuery's own clients send. */
function micros(h = '', m = '', s = '', fraction = ''): bigint | undefined {
  const [hours, minutes, seconds] = [Number(h), Number(m), Number(s)]
  if (hours > 23 || minutes > 59 || seconds > 59 || Number(fraction.slice(6)) > 0) return undefined
  return BigInt((hours * 3600 + minutes * 60 + seconds) * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0')))
}

function inRange(value: bigint): bigint | undefined {
  return value >= MIN_MICROS && value <= MAX_MICROS ? value : undefined
}

/** How far a named zone is ahead of UTC at this local time, in microseconds. */
function zoneOffset(zone: string, local: bigint): bigint | undefined {
  if (!/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(zone)) return undefined
  try {
    const format = new Intl.DateTimeFormat('en-US', {timeZone: zone, timeZoneName: 'longOffset'})
    const offsetAt = (ms: number): number => {
      const name = format.formatToParts(ms).find(part => part.type === 'timeZoneName')?.value ?? ''
      const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name)
      if (!match) return 0
      const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)
      return match[1] === '-' ? -seconds : seconds
    }
    const ms = Number(local / 1000n)
    return BigInt(offsetAt(ms - offsetAt(ms) * 1000)) * 1_000_000n
  } catch {
    return undefined
  }
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
