/** The windows of Beam, by their definitions: slow, and without a line of lib/windowing. All times are integer milliseconds. */
export type Windowing =
  | {readonly kind: 'global'}
  | {readonly kind: 'fixed'; readonly size: number; readonly offset: number}
  | {readonly kind: 'sliding'; readonly size: number; readonly period: number; readonly offset: number}
  | {readonly kind: 'sessions'; readonly gap: number}

/** The span `[start, end)`. */
export interface Span {
  readonly start: number
  readonly end: number
}

const GLOBAL: Span = {start: -8_640_000_000_000_000, end: 8_640_000_000_000_000 - 86_400_000 + 1}

/** The windows that an element with this timestamp is put into, by start. */
export function windowsOf(windowing: Windowing, timestamp: number): Span[] {
  switch (windowing.kind) {
    case 'global':
      return [GLOBAL]
    case 'sessions':
      return [{start: timestamp, end: timestamp + windowing.gap}]
    case 'fixed':
      return spansAround(timestamp, windowing.size, windowing.size, windowing.offset)
    case 'sliding':
      return spansAround(timestamp, windowing.size, windowing.period, windowing.offset)
  }
}

/** Of the windows `[offset + k · period, … + size)`, for every integer k, those that contain the timestamp. */
function spansAround(timestamp: number, size: number, period: number, offset: number): Span[] {
  const found: Span[] = []
  const near = Math.round((timestamp - offset) / period)
  const reach = Math.ceil(size / period) + 2
  for (let k = near - reach; k <= near + reach; k++) {
    const start = offset + k * period
    if (start <= timestamp && timestamp < start + size) found.push({start, end: start + size})
  }
  return found
}

/** Sessions merge if they share at least a millisecond: those that only touch do not. */
export function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end
}

export function union(spans: readonly Span[]): Span {
  return {start: Math.min(...spans.map(s => s.start)), end: Math.max(...spans.map(s => s.end))}
}

export function sameSpan(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end
}

/** The last millisecond in a window. */
export function lastOf(span: Span): number {
  return span.end - 1
}

/** The watermark that a window survives; beyond it, it is gone and its elements are dropped. */
export function expiryOf(span: Span, lateness: number): number {
  return Math.min(lastOf(span) + lateness, lastOf(GLOBAL))
}
