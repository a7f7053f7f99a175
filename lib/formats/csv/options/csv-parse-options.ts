import type {Options} from 'csv-parse'
import {badOption, checkOptionNames, SluiceError} from '../../../errors/index.ts'

interface Kind {
  is(value: unknown): boolean
  name: string
}

const isText = (value: unknown) => (typeof value === 'string' || Buffer.isBuffer(value)) && value.length > 0
const isCount = (value: unknown, min: number) => Number.isInteger(value) && (value as number) >= min

const FLAG: Kind = {is: value => typeof value === 'boolean', name: 'true or false'}
const TEXT: Kind = {
  is: value => value === false || typeof value === 'string' || Buffer.isBuffer(value),
  name: 'a string or a Buffer',
}
const TEXTS: Kind = {
  is: value => (Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value)),
  name: 'a string or a Buffer that is not empty, or an array of them',
}

/**
 * Options of csv-parse that are passed on under its own names, and their valid values. They are checked here, so that
 * csv-parse need not be loaded before it reads.
 */
const PASSED = {
  comment: TEXT,
  comment_no_infix: FLAG,
  delimiter: TEXTS,
  delimiter_auto: {is: value => FLAG.is(value) || isObject(value), name: 'true, false or an object of its settings'},
  from_line: {is: value => isCount(value, 1), name: 'a line, from 1'},
  ltrim: FLAG,
  max_record_size: {is: value => isCount(value, 0), name: 'a count of characters; 0 means no limit'},
  record_delimiter: TEXTS,
  relax_quotes: FLAG,
  rtrim: FLAG,
  skip_records_with_empty_values: FLAG,
  trim: FLAG,
} as const satisfies Partial<Record<keyof Options, Kind>>

/** Options for csv-parse: see `csvParse` in `CsvOptions`. */
export type CsvParseOptions = Readonly<Pick<Options, keyof typeof PASSED>>

/** Options of csv-parse that are not passed on, and what to do instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  bom: 'byte order marks are always removed',
  cast: 'use the option `cast`',
  cast_date: 'use the option `cast`',
  columns: 'use the options `header` and `columns`',
  encoding: 'only UTF-8 is read',
  escape: 'use the option `escape`',
  from: 'filter the rows',
  group_columns_by_name: 'name the columns with `columns`',
  ignore_last_delimiters: 'csv-parse supports it only for rows that it creates; join the last fields in a map',
  info: 'ids hold the byte offsets of the records',
  objname: 'map the rows',
  on_record: 'map the rows',
  on_skip: 'use the option `rejects`',
  quote: 'use the option `quote`',
  raw: 'use the option `rejects`',
  relax_column_count: 'use the option `rejects`',
  relax_column_count_less: 'use the option `rejects`',
  relax_column_count_more: 'use the option `rejects`',
  skip_empty_lines: 'use the option `skipBlankLines`',
  skip_records_with_error: 'rows are never left out silently',
  to: 'take as many rows as you want from the stream',
  to_line: 'take as many rows as you want from the stream',
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Checks the `csvParse` option; throws ERR_SLUICE_OPTION. */
export function checkCsvParse(where: string, given: unknown): CsvParseOptions {
  if (given === undefined) return {}
  if (!isObject(given))
    throw badOption(where, 'csvParse', given, "an object of csv-parse's options, such as {comment: '#'}")
  for (const name of Object.keys(given))
    if (Object.hasOwn(INSTEAD, name))
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${where}: option \`csvParse.${name}\` is not passed on to csv-parse: ${INSTEAD[name]}`,
        {stage: where},
      )
  checkOptionNames(`${where} csvParse`, given, Object.keys(PASSED))
  for (const [name, kind] of Object.entries<Kind>(PASSED)) {
    const value = (given as Record<string, unknown>)[name]
    // null is csv-parse's default, like undefined
    if (value === undefined || (value === null && kind !== TEXTS)) continue
    if (!kind.is(value)) throw badOption(where, `csvParse.${name}`, value, kind.name)
  }
  return given
}
