const formats = new Map<string, Intl.DateTimeFormat>()

/** How far a zone is ahead of UTC, in microseconds, at an instant or at a local time. Throws for an unknown zone. */
export function offsetMicros(zone: string, micros: bigint, local = false): bigint {
  if (zone === 'UTC' || zone === 'Z') return 0n
  const fixed = /^(?:UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(zone)
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0)
    if (minutes > 14 * 60) throw new Error(`Invalid time zone: ${zone}`)
    return BigInt(fixed[1] === '-' ? -minutes : minutes) * 60_000_000n
  }
  const ms = Number(micros / 1000n)
  const first = secondsAt(zone, ms)
  return BigInt(local ? secondsAt(zone, ms - first * 1000) : first) * 1_000_000n
}

function secondsAt(zone: string, ms: number): number {
  let format = formats.get(zone)
  try {
    format ??= new Intl.DateTimeFormat('en-US', {timeZone: zone, timeZoneName: 'longOffset'})
  } catch {
    throw new Error(`Invalid time zone: ${zone}`)
  }
  formats.set(zone, format)
  const name = format.formatToParts(ms).find(part => part.type === 'timeZoneName')?.value ?? ''
  const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name)
  if (!match) return 0
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0)
  return match[1] === '-' ? -seconds : seconds
}

/** `+0200`, or with a separator `+02:00`. */
export function offsetText(offset: bigint, separator = ''): string {
  const minutes = Number((offset < 0n ? -offset : offset) / 60_000_000n)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${offset < 0n ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`
}
