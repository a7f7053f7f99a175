import {badOption, booleanOption, integerOption, SluiceError, show} from '../errors/index.ts'
import {type CsvCast, checkCast} from './csv-cast.ts'
import {type CsvEngine, type CsvEngineOptions, chooseEngine} from './csv-engine-options.ts'
import {type CsvParseOptions, checkCsvParse} from './csv-parse-options.ts'

/** Longest CSV record by default: a lost quote is found there at the latest, instead of filling the memory with the file. */
export const DEFAULT_MAX_RECORD_BYTES = 16 * 2 ** 20

/** Names of columns by position; `null`, `undefined` or `false` leaves a column out. */
export type CsvColumns = readonly (string | null | undefined | false)[]

/** How CSV text is understood. */
export interface CsvOptions extends CsvEngineOptions {
  /** The first record of each file names its columns, default `true`. With `false` give `columns`. */
  header?: boolean
  /**
   * The columns to read: names of the header's, in any order; the others are left out and not even decoded. Or new names by
   * position, in place of the header's (`null` leaves a column out), or a function that makes either of the header.
   * Default: all, named by the header.
   */
  columns?: CsvColumns | ((header: string[]) => CsvColumns)
  /**
   * What becomes of the text of a field. By column: `{amount: 'number', paid: 'boolean', at: text => new Date(text)}`;
   * a function for all columns; or `true`: whatever is written as a number becomes one, unless that would lose
   * something (`007`, `+1` and integers above 2^53 stay text). Default: fields are strings.
   * `'number'`, `'integer'`, `'boolean'` and `'json'` make `null` of an empty field.
   */
  cast?: CsvCast
  /** What stands between fields, default `','`. */
  delimiter?: string
  /** What encloses fields that contain delimiters, quotes or newlines, default `'"'`; `null`: nothing does. */
  quote?: string | null
  /** What stands before a quote inside a quoted field, default the quote itself. */
  escape?: string
  /** Lines with nothing in them are no records, default `true`. */
  skipBlankLines?: boolean
  /**
   * Longest record in bytes with its line end, default 16 MiB. For the fast engine a longer one is malformed, and a single
   * line that is longer fails the run; under csv-parse a longer record fails the run.
   */
  maxRecordBytes?: number
}

/** Names of the options that {@link checkCsvOptions} understands. */
export const CSV_OPTION_NAMES = [
  'header',
  'columns',
  'cast',
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
  readonly header: boolean
  readonly columns: CsvColumns | ((header: string[]) => CsvColumns) | undefined
  readonly cast: CsvCast | undefined
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
  const header = booleanOption(where, 'header', options.header, true)
  const columns = checkColumns(where, options.columns, header)
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
    header,
    columns,
    cast: checkCast(where, options.cast),
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

function checkColumns(where: string, given: CsvOptions['columns'], header: boolean): CsvSettings['columns'] {
  if (given === undefined || typeof given === 'function') {
    if (header) return given
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: with \`header: false\` option \`columns\` is ${show(given)}; give the columns' names in order, ` +
        'as an array, or set `header: true`',
      {stage: where},
    )
  }
  if (!Array.isArray(given) || given.length === 0 || !given.every(isColumn))
    throw badOption(
      where,
      'columns',
      given,
      'an array of names (null leaves a column out), or a function of the header',
    )
  return given
}

/** True for what a column name may be. */
export function isColumn(name: unknown): boolean {
  return typeof name === 'string' || name === null || name === undefined || name === false
}
