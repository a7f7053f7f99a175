/** Bytes `[start, end)` of a file that are read or committed; `line`: how many lines end before `end`, if known. */
export interface Stretch {
  readonly start: number
  readonly end: number
  readonly line: number | undefined
}

/** The bytes of one file that are done: stretches in order, merged where they touch. */
export class ByteRanges {
  readonly #stretches: Stretch[]

  constructor(stretches: readonly Stretch[] = []) {
    this.#stretches = []
    for (const stretch of stretches) this.add(stretch)
  }

  get stretches(): readonly Stretch[] {
    return this.#stretches
  }

  /** The total number of bytes. */
  get bytes(): number {
    return this.#stretches.reduce((sum, {start, end}) => sum + end - start, 0)
  }

  /** Adds a stretch. Stretches mostly come in order, so its place is searched from the end. */
  add(stretch: Stretch): void {
    if (stretch.end <= stretch.start) return
    const all = this.#stretches
    let to = all.length
    while (to > 0 && all[to - 1]!.start > stretch.end) to--
    let from = to
    while (from > 0 && all[from - 1]!.end >= stretch.start) from--
    const touched = all.slice(from, to)
    const merged = touched.reduce(join, stretch)
    all.splice(from, touched.length, merged)
  }

  /** The gaps in `[start, end)`; `after`: the stretch that ends where the gap begins. */
  gaps(start: number, end: number): {start: number; end: number; after: Stretch | undefined}[] {
    const gaps: {start: number; end: number; after: Stretch | undefined}[] = []
    let at = start
    let after: Stretch | undefined
    for (const stretch of this.#stretches) {
      if (stretch.end <= at) continue
      if (stretch.start >= end) break
      if (stretch.start > at) gaps.push({start: at, end: stretch.start, after})
      at = stretch.end
      after = stretch
    }
    if (at < end) gaps.push({start: at, end, after})
    return gaps
  }
}

function join(a: Stretch, b: Stretch): Stretch {
  const last = b.end > a.end || (b.end === a.end && a.line === undefined) ? b : a
  return {start: Math.min(a.start, b.start), end: last.end, line: last.line}
}
