import {badOption, checkOptionNames} from '../../errors/index.ts'

/** Bytes of a file: the records whose first byte is in `[start, end)`. */
export interface ByteRange {
  /** First byte, default 0. */
  start?: number | undefined
  /** The byte after the last one, default: the end of the file. */
  end?: number | undefined
}

/** Checks a `range` option; `undefined`: the whole file. */
export function checkRange(where: string, given: unknown): Required<ByteRange> | undefined {
  if (given === undefined) return undefined
  const allowed = '{start, end}: byte offsets, integers of at least 0, start not after end'
  if (given === null || typeof given !== 'object') throw badOption(where, 'range', given, allowed)
  checkOptionNames(`${where}: range`, given, ['start', 'end'])
  const {start = 0, end = Number.POSITIVE_INFINITY} = given as ByteRange
  const isOffset = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0
  if (!isOffset(start) || !(end === Number.POSITIVE_INFINITY || isOffset(end)) || start > end)
    throw badOption(where, 'range', given, allowed)
  return {start, end}
}
