import type {Options} from 'csv-parse'
import {badOption, checkOptionNames, SluiceError} from '../errors/index.ts'

/** Options of csv-parse that are passed on to it as they are; by its names. */
const PASSED = [
  'comment',
  'comment_no_infix',
  'delimiter',
  'delimiter_auto',
  'from_line',
  'ignore_last_delimiters',
  'ltrim',
  'max_record_size',
  'record_delimiter',
  'relax_quotes',
  'rtrim',
  'skip_records_with_empty_values',
  'trim',
] as const

/** Options for csv-parse: see `csvParse` in `CsvOptions`. */
export type CsvParseOptions = Readonly<Pick<Options, (typeof PASSED)[number]>>

/** Options of csv-parse that are not passed on, and what to do in their place. */
const INSTEAD: Readonly<Record<string, string>> = {
  bom: 'byte order marks are always taken off',
  cast: 'use the option `cast`',
  cast_date: 'use the option `cast`',
  columns: 'use the options `header` and `columns`',
  encoding: 'only UTF-8 is read',
  escape: 'use the option `escape`',
  from: 'filter the rows',
  group_columns_by_name: 'name the columns by `columns`',
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
  to: 'take as many rows as you want of the stream',
  to_line: 'take as many rows as you want of the stream',
}

/** Checks the `csvParse` option; throws ERR_SLUICE_OPTION. What the values may be is for csv-parse to say. */
export function checkCsvParse(where: string, given: unknown): CsvParseOptions {
  if (given === undefined) return {}
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    throw badOption(where, 'csvParse', given, "an object of csv-parse's options, such as {comment: '#'}")
  for (const name of Object.keys(given))
    if (Object.hasOwn(INSTEAD, name))
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${where}: option \`csvParse.${name}\` is not passed on to csv-parse: ${INSTEAD[name]}`,
        {stage: where},
      )
  checkOptionNames(`${where} csvParse`, given, PASSED)
  return given
}
