/** A time span: milliseconds, or a number with a unit: `'250ms'`, `'5s'`, `'2m'`, `'1h'`, `'1d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** What a {@link Duration} may look like, for error messages. */
export const DURATION_FORMS = "milliseconds as a number, or a string such as '500ms', '5s', '2m', '1h'"

const UNITS = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000}

/** Milliseconds of a duration; `undefined` for anything else, negative and non-finite numbers included. */
export function parseDuration(given: unknown): number | undefined {
  if (typeof given === 'number') return Number.isFinite(given) && given >= 0 ? given : undefined
  if (typeof given !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(given.trim())
  const ms = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN
  return Number.isFinite(ms) ? ms : undefined
}

/** A duration for people: `'850 ms'`, `'1.2 s'`, `'3 m 5 s'`, `'5 h 12 m'`, `'333 d 18 h'`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}
