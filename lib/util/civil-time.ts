const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const RFC3339 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i

/** True for `2024-02-29`: a day of the calendar, from year 1 on. `Date` takes a 30th of February for the 1st of March. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text)
  if (!match) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return year > 0 && day > 0 && day <= (DAYS[month - 1] ?? 0) + Number(leap)
}

/** True for `23:59:59`, but neither for 24:00:00, which `Date` takes for the next day, nor for a leap second. */
export function isTimeOfDay(text: string): boolean {
  return /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text)
}

/** True for `+02:00`, up to 23:59 as in RFC 3339. */
export function isOffset(text: string): boolean {
  return /^[+-](?:[01]\d|2[0-3]):[0-5]\d$/.test(text)
}

/**
 * Milliseconds since the epoch of an RFC 3339 timestamp; digits beyond milliseconds are cut off. NaN for anything else,
 * including days and times that do not exist.
 */
export function parseRfc3339(text: string): number {
  const [, day = '', time = '', fraction = '', zone = ''] = RFC3339.exec(text) ?? []
  if (!isDay(day) || !isTimeOfDay(time) || !(isOffset(zone) || /^z$/i.test(zone))) return Number.NaN
  return Date.parse(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${zone.toUpperCase()}`)
}
