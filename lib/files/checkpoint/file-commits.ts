import {ByteRanges, type Stretch} from './byte-ranges.ts'

/** What is committed of one file, at one generation of its content. */
export class FileCommits {
  readonly generation: string | undefined
  readonly ranges: ByteRanges
  readonly #changed: () => void
  #length: number | undefined

  constructor(
    generation: string | undefined,
    changed: () => void,
    known: {stretches?: readonly Stretch[]; length?: number | undefined} = {},
  ) {
    this.generation = generation
    this.ranges = new ByteRanges(known.stretches)
    this.#changed = changed
    this.#length = known.length
  }

  /** Bytes of the (decompressed) content; undefined until its end has been read. */
  get length(): number | undefined {
    return this.#length
  }

  add(stretch: Stretch): void {
    this.ranges.add(stretch)
    this.#changed()
  }

  /** Notes that the end of the file has been read. */
  endsAt(length: number): void {
    this.#length = length
    this.#changed()
  }

  /** True if all of `[start, end)` is committed. */
  isComplete(start = 0, end = Number.POSITIVE_INFINITY): boolean {
    return this.gaps(start, end).length === 0
  }

  /** The parts of `[start, end)` that are not committed; a gap at the end of the file has no end. */
  gaps(start: number, end: number): ReturnType<ByteRanges['gaps']> {
    const length = this.#length ?? Number.POSITIVE_INFINITY
    const gaps = this.ranges.gaps(start, Math.min(end, length))
    return gaps.map(gap => (gap.end === length ? {...gap, end} : gap))
  }
}
