/** A number of bytes, or a number with a unit: `'500kB'`, `'9MB'`, `'1GB'` (powers of 1000), `'64KiB'`, `'8MiB'` (of 1024). */
export type Size = number | `${number}${'B' | 'kB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB'}`

/** What a {@link Size} may look like, for error messages. */
export const SIZE_FORMS = "bytes as a number, or a string such as '500kB', '9MB', '64KiB'"

const UNITS = {B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30}

/** A number of bytes for people: `'512 B'`, `'1.5 kB'`, `'2.3 GB'`. */
export function formatSize(bytes: number): string {
  const unit = bytes < 1e3 ? 'B' : bytes < 1e6 ? 'kB' : bytes < 1e9 ? 'MB' : 'GB'
  return `${unit === 'B' ? bytes : (bytes / UNITS[unit]).toFixed(1)} ${unit}`
}

/** Bytes of a size; `undefined` for anything else. */
export function parseSize(given: unknown): number | undefined {
  if (typeof given === 'number') return Number.isFinite(given) && given >= 0 ? Math.floor(given) : undefined
  if (typeof given !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(given.trim())
  const bytes = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN
  // 1.001 * 1000 is a little less than 1001
  return Number.isFinite(bytes) ? Math.floor(bytes + 1e-6) : undefined
}
