import {badOption, booleanOption, integerOption} from '../../../errors/index.ts'
import type {CsvCasts} from './csv-cast.ts'
import {type CsvEngine, chooseEngine} from './csv-engine-options.ts'
import {checkNames} from './csv-names.ts'
import type {CsvColumns, CsvHeader, CsvOptions} from './csv-options.ts'
import {type CsvParseOptions, checkCsvParse} from './csv-parse-options.ts'

/**
 * Longest CSV record by default: it bounds the damage of a lost quote, which would otherwise read the whole file into
 * memory.
 */
const DEFAULT_MAX_RECORD_BYTES = 16 * 2 ** 20

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
