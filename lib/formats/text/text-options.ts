import {badOption, integerOption} from '../../errors/index.ts'
import {DEFAULT_MAX_LINE_BYTES} from './line-splitter.ts'

/** How text is cut into records. */
export interface TextOptions {
  /** Lines (or records, with `delimiter`) to skip at the beginning of each file, default 0. */
  skipHeaderLines?: number | undefined
  /** Longest line (or record) in bytes, default 64 MiB; a longer one fails the run. */
  maxLineBytes?: number | undefined
  /**
   * What ends a record: a string (as UTF-8) or bytes, of any length, such as `'\0'`, `'||'` or `'\r'`. Default: `\n` or
   * `\r\n`; with `'\n'` a preceding `\r` stays in the record. Where one could begin at several places, the first counts.
   */
  delimiter?: string | Uint8Array | undefined
  /**
   * One ASCII character that makes a following delimiter part of the record, unless it is itself escaped (that is, an odd
   * number of escapes before a delimiter escapes it). Escapes stay in the record. Default: none.
   */
  escape?: string | undefined
}

/** Names of the options that {@link checkTextOptions} understands. */
export const TEXT_OPTION_NAMES = ['skipHeaderLines', 'maxLineBytes', 'delimiter', 'escape'] as const

/** {@link TextOptions}, checked and complete. */
export interface TextSettings {
  readonly skipHeaderLines: number
  readonly maxLineBytes: number
  /** Undefined: `\n` or `\r\n`. */
  readonly delimiter: Buffer | undefined
  /** The byte that escapes. */
  readonly escape: number | undefined
}

/** Checks the options and fills in defaults; throws ERR_SLUICE_OPTION. */
export function checkTextOptions(where: string, options: TextOptions | undefined): TextSettings {
  const {skipHeaderLines, maxLineBytes, ...given} = options ?? {}
  const delimiter = checkDelimiter(where, given.delimiter)
  return {
    skipHeaderLines: integerOption(where, 'skipHeaderLines', skipHeaderLines, 0, 0),
    maxLineBytes: integerOption(where, 'maxLineBytes', maxLineBytes, DEFAULT_MAX_LINE_BYTES, 1),
    delimiter,
    escape: checkEscape(where, given.escape, delimiter ?? Buffer.from('\r\n')),
  }
}

function checkDelimiter(where: string, given: unknown): Buffer | undefined {
  if (given === undefined) return undefined
  const known = typeof given === 'string' || given instanceof Uint8Array
  // a copy: the caller may reuse the bytes
  const bytes = known ? Buffer.from(given as Uint8Array) : undefined
  if (bytes === undefined || bytes.length === 0)
    throw badOption(where, 'delimiter', given, "what ends a record, a string such as '\\0' or '||', or bytes")
  return bytes
}

function checkEscape(where: string, given: unknown, delimiter: Buffer): number | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'string' || !/^[\0-\x7f]$/.test(given) || delimiter.includes(given))
    throw badOption(where, 'escape', given, "one ASCII character that is not part of the delimiter, such as '\\\\'")
  return given.charCodeAt(0)
}
