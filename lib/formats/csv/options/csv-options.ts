import {badOption, booleanOption, integerOption} from '../../../errors/index.ts'
import type {CsvCast, CsvCastName, CsvCasts} from './csv-cast.ts'
import {type CsvEngine, type CsvEngineOptions, chooseEngine} from './csv-engine-options.ts'
import {checkNames} from './csv-names.ts'
import {type CsvParseOptions, checkCsvParse} from './csv-parse-options.ts'

/** Longest CSV record by default: a lost quote is found there at the latest, instead of filling the memory with the file. */
const DEFAULT_MAX_RECORD_BYTES = 16 * 2 ** 20

/** Names of columns by position; `null`, `undefined` or `false` leaves a column out. */
export type CsvColumns = readonly (string | null | undefined | false)[]

/** What the first record of a file is: see `header` in `CsvOptions`. */
export type CsvHeader = boolean | 'replace'

/** How CSV text is understood. */
export interface CsvOptions extends CsvEngineOptions {
  /**
   * `true` (default): the first record of each file names its columns. `false`: there is no such record, and `columns` names
   * the columns by position. `'replace'`: there is one, but `columns` names the columns by position in its place.
   */
  header?: CsvHeader | undefined
  /**
   * With a header: the columns that rows have, in this order, by the names that the header has for them. A file that has not
   * all of them is refused; its other columns are left out and not even decoded. Or a function that makes of the header either
   * names of its own or as many new names, by position. Default: all columns of the header.
   *
   * With `header: false` or `'replace'`: the names of all columns by position; `null` leaves a column out.
   */
  columns?: CsvColumns | ((header: string[]) => CsvColumns) | undefined
  /**
   * Columns that a file need not have, besides `columns`, or of those of `columns` or `schema` those that it need not have.
   * Rows have null in them then; and of `columns` and `schema` only these may be blank where `cast` makes null of a blank field.
   */
  optionalColumns?: readonly string[] | undefined
  /**
   * What becomes of the text of a field. By column: `{amount: 'NUMERIC', paid: 'BOOL', at: text => new Date(text)}`, with the
   * names of BigQuery's types, or JavaScript's; a function for all columns; or `true`: whatever is written as a number
   * becomes one, unless that would lose something (`007`, `+1` and digits that a double cannot hold stay text). Default: fields
   * are strings. A blank field of a type other than STRING becomes null, or makes the record a bad one if its column is among
   * `columns` and not `optionalColumns`.
   */
  cast?: CsvCast | undefined
  /**
   * `columns` and `cast` in one, as for `writeToBigQuery`: `'id:STRING,total:FLOAT64'`, or an object of names and types. The
   * types are plain names, without lengths or modes.
   */
  schema?: string | {readonly [column: string]: CsvCastName} | undefined
  /** What stands between fields, default `','`. */
  delimiter?: string | undefined
  /** What encloses fields that contain delimiters, quotes or newlines, default `'"'`; `null`: nothing does. */
  quote?: string | null | undefined
  /** What stands before a quote inside a quoted field, default the quote itself. */
  escape?: string | undefined
  /** Lines with nothing in them are no records, default `true`. */
  skipBlankLines?: boolean | undefined
  /**
   * Longest record in bytes with its line end, default 16 MiB. For the fast engine a longer one is malformed, and a single
   * line that is longer fails the run; under csv-parse a longer record fails the run.
   */
  maxRecordBytes?: number | undefined
}

/** Names of the options that {@link checkCsvOptions} understands. */
export const CSV_OPTION_NAMES = [
  'header',
  'columns',
  'optionalColumns',
  'cast',
  'schema',
  'delimiter',
  'quote',
  'escape',
  'skipBlankLines',
  'maxRecordBytes',
  'engine',
  'csvParse',
] as const

/** {@link CsvOptions}, checked and complete. */
export interface CsvSettings {
  readonly header: CsvHeader
  readonly columns: CsvColumns | ((header: string[]) => CsvColumns) | undefined
  /** Columns that a file need not have. */
  readonly optional: ReadonlySet<string>
  readonly casts: CsvCasts | undefined
  readonly delimiter: string
  readonly quote: string | null
  readonly escape: string | null
  readonly skipBlankLines: boolean
  readonly maxRecordBytes: number
  readonly engine: Exclude<CsvEngine, 'auto'>
  readonly csvParse: CsvParseOptions
}

/** Checks the options and fills in defaults; throws ERR_SLUICE_OPTION. */
export function checkCsvOptions(where: string, options: CsvOptions): CsvSettings {
  const {delimiter = ',', quote = '"'} = options
  if (typeof delimiter !== 'string' || delimiter === '' || /[\r\n]/.test(delimiter))
    throw badOption(where, 'delimiter', delimiter, "a string without line breaks, such as ',' or '\\t'")
  if (quote !== null) checkCharacter(where, 'quote', quote, delimiter)
  if (options.escape !== undefined) {
    if (quote === null) throw badOption(where, 'escape', options.escape, 'none: with `quote: null` nothing is escaped')
    checkCharacter(where, 'escape', options.escape, delimiter)
  }
  const escapedBy = quote === null ? null : (options.escape ?? quote)
  return {
    ...checkNames(where, options),
    delimiter,
    quote,
    escape: escapedBy,
    skipBlankLines: booleanOption(where, 'skipBlankLines', options.skipBlankLines, true),
    maxRecordBytes: integerOption(where, 'maxRecordBytes', options.maxRecordBytes, DEFAULT_MAX_RECORD_BYTES, 1),
    csvParse: checkCsvParse(where, options.csvParse),
    engine: chooseEngine(where, options, {delimiter, quote, escape: escapedBy}),
  }
}

function checkCharacter(where: string, name: string, given: unknown, delimiter: string): void {
  if (typeof given !== 'string' || !/^[\x21-\x7e]$/.test(given) || delimiter.includes(given))
    throw badOption(where, name, given, 'one printable ASCII character that is not part of the delimiter')
}
