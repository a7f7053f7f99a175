/** About 68 years. A longer pause is meaningless, and would not fit a timer. */
const LONGEST = 2 ** 31 * 1000

/**
 * Milliseconds to wait from `now` on according to a `Retry-After` header, which holds seconds or an HTTP date.
 *
 * @returns `undefined` without a header, and for any other header, such as a negative number
 */
export function parseRetryAfter(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(LONGEST, Number(text) * 1000)
  // Date.parse also takes '-5' and '12a' for dates
  const isDate = /^[A-Z][a-z]{2,8}, \d/.test(text)
  // the oldest of the three forms of HTTP dates has no zone, and means GMT
  const isOldDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d [\d:]{8} \d{4}$/.test(text)
  if (!isDate && !isOldDate) return undefined
  const at = Date.parse(isOldDate ? `${text} GMT` : text)
  return Number.isNaN(at) ? undefined : Math.min(LONGEST, Math.max(0, at - now))
}
