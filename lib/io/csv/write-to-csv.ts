import {columnsAbove} from '../../core/index.ts'
import {badOption, booleanOption} from '../../errors/index.ts'
import {
  checkWriteOptions,
  FileSink,
  type FileWriteOptions,
  type FileWriteSettings,
  type RecordFormat,
} from '../../files/index.ts'
import {CsvEncoder, type CsvEncoderOptions} from '../../formats/index.ts'

/** Options of {@link writeToCsv}. */
export interface CsvWriteOptions<Row extends object = object> extends FileWriteOptions<Row> {
  /** Names of the columns in order; other keys of a row are left out. Default: the keys of the first row. */
  columns?: readonly (keyof Row & string)[] | undefined
  /** Writes the names of the columns as the first record of each file; default true. */
  header?: boolean | undefined
  /** Text between fields, default `','`. */
  delimiter?: string | undefined
}

class CsvSink<Row extends object> extends FileSink<Row> {
  readonly #options: CsvEncoderOptions
  readonly #header: boolean

  constructor(settings: FileWriteSettings, options: CsvEncoderOptions, header: boolean) {
    super(settings, 'text/csv; charset=utf-8')
    this.#options = options
    this.#header = header
  }

  protected override format(): RecordFormat<Row> {
    const encoder = new CsvEncoder({...this.#options, order: () => columnsAbove(this.info)})
    const header = () => {
      const names = this.#header ? encoder.header() : undefined
      return names === undefined ? '' : `${names}\n`
    }
    return {lead: 0, record: row => `${encoder.record(row)}\n`, header, footer: () => ''}
  }
}

/**
 * Writes rows (objects) as CSV files, local or on Cloud Storage, as in RFC 4180 with `\n` as line end.
 *
 * Numbers, booleans and BigInts are written as they print (integers beyond 2^53 with all digits), Dates in ISO 8601, objects and
 * arrays as JSON, null and undefined as an empty field. NaN, Infinity, Maps, Sets, bytes, functions, symbols, invalid Dates and values
 * without a JSON form fail the run, and so does a key that the first row lacks, unless `columns` names what is written. Text is
 * not altered: a field that begins with `=` stays as it is, although a spreadsheet reads it as a formula.
 *
 * With `destination`, the files of each destination have their own header, by default from its first row.
 *
 * Files become visible at the end, all or none, as by `writeToText`; without any row and without `columns` they are empty.
 * Each row is written once. Metrics are those of `writeToText`.
 *
 * @typeParam Row The type of a row.
 * @param prefix The beginning of the file names, as for `writeToText`.
 * @param options `columns` (the first row's keys), `header` (true), `delimiter` (`','`), and those of `writeToText` but for
 * its `header` and `footer`.
 * @throws What `writeToText` throws; `ERR_SLUICE_SINK` for a row that cannot be written as CSV.
 * @example
 * await chain(readFromJson<{id: string; total: number}>('orders.jsonl'), writeToCsv('orders', {suffix: '.csv', columns: ['id', 'total']}))
 */
export function writeToCsv<Row extends object>(prefix: string, options: CsvWriteOptions<Row> = {}): FileSink<Row> {
  const where = 'writeToCsv'
  const settings = checkWriteOptions(where, prefix, options, ['columns', 'header', 'delimiter'])
  const {columns, delimiter = ','} = options
  if (typeof delimiter !== 'string' || delimiter === '' || /["\r\n]/.test(delimiter))
    throw badOption(where, 'delimiter', delimiter, "a string without quotes and line breaks, such as ',' or '\\t'")
  if (columns !== undefined && !areColumns(columns))
    throw badOption(where, 'columns', columns, 'the names of the columns in order, each once')
  const encoding = {where: options.name ?? where, columns, delimiter}
  return new CsvSink<Row>(settings, encoding, booleanOption(where, 'header', options.header, true))
}

function areColumns(given: unknown): boolean {
  if (!Array.isArray(given) || given.length === 0) return false
  return given.every(name => typeof name === 'string') && new Set(given).size === given.length
}
