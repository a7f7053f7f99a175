import type {FileCommits} from '../checkpoint/file-commits.ts'
import type {ByteRange} from './byte-range.ts'

/** A part of a file that is to be read: the records whose first byte is in it. */
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

/** The parts of a range that are not committed. */
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
 * How many of the bytes belong to records that begin before `end`, counted from the first byte; more than there are: all do, and
 * so may bytes that follow. Only a border of one byte is looked for, since chunks may cut a longer one.
 */
export function recordsEnd(bytes: Buffer, end: number, border: Buffer | undefined, sure: boolean): number {
  if (border?.length !== 1 || end > bytes.length) return bytes.length + 1
  if (sure) return end
  const found = bytes.indexOf(border[0]!, Math.max(0, end - 1))
  return found === -1 ? bytes.length + 1 : found + 1
}

/** True when content begins as the bytes that are stored do: it was not decompressed. */
export function sameBeginning(stored: Buffer, content: Buffer): boolean {
  const length = Math.min(stored.length, content.length, 16)
  return stored.subarray(0, length).equals(content.subarray(0, length))
}
