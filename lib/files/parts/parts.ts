import type {FileCommits} from '../checkpoint/file-commits.ts'
import type {ByteRange} from './byte-range.ts'

/** A part of a file to read: the records whose first byte is in it. */
export interface Part {
  readonly start: number
  readonly end: number
  /** A record is known to begin at `start`. */
  readonly sure: boolean
  /** A record is known to begin at `end`. */
  readonly sureEnd: boolean
  readonly line: number
}

const NOTHING_TO_READ: readonly Part[] = []

/** The uncommitted parts of a range. */
export function partsOf({start, end}: Required<ByteRange>, commits: FileCommits | undefined): readonly Part[] {
  if (!commits) return start === end ? NOTHING_TO_READ : [{start, end, sure: false, sureEnd: false, line: Number.NaN}]
  return commits.gaps(start, end).map(gap => ({
    start: gap.start,
    end: gap.end,
    sure: gap.after !== undefined,
    sureEnd: gap.end !== end,
    line: gap.after?.line ?? Number.NaN,
  }))
}

/**
 * How many of the bytes, from the first, belong to records that begin before `end`. A result beyond their length means that
 * all do, and that later bytes may too. Only a border of one byte is searched for, since chunks may split a longer one.
 */
export function recordsEnd(bytes: Buffer, end: number, border: Buffer | undefined, sure: boolean): number {
  if (border?.length !== 1 || end > bytes.length) return bytes.length + 1
  if (sure) return end
  const found = bytes.indexOf(border[0]!, Math.max(0, end - 1))
  return found === -1 ? bytes.length + 1 : found + 1
}

/** True if content begins like the stored bytes: it was not decompressed. */
export function sameBeginning(stored: Buffer, content: Buffer): boolean {
  const length = Math.min(stored.length, content.length, 16)
  return stored.subarray(0, length).equals(content.subarray(0, length))
}
