import type {CsvCast, CsvCastName} from './csv-cast.ts'
import type {CsvEngineOptions} from './csv-engine-options.ts'

/** Names of columns by position; `null`, `undefined` or `false` leaves a column out. */
export type CsvColumns = readonly (string | null | undefined | false)[]

/** The meaning of the first record of a file: see `header` in `CsvOptions`. */
export type CsvHeader = boolean | 'replace'

/** How CSV text is understood. */
export interface CsvOptions extends CsvEngineOptions {
  /**
   * `true` (default): the first record of each file names its columns. `false`: there is no such record, and `columns`
   * names the columns by position. `'replace'`: there is one, but `columns` names the columns by position instead.
   */
  header?: CsvHeader | undefined
  /**
   * With a header: the columns of the rows, in this order, by their names in the header. A file without all of them is
   * refused; its other columns are left out and not even decoded. Or a function of the header that returns either names
   * from the header or as many new names, by position. Default: all columns of the header.
   *
   * With `header: false` or `'replace'`: the names of all columns by position; `null` leaves a column out.
   */
  columns?: CsvColumns | ((header: string[]) => CsvColumns) | undefined
  /**
   * Columns that a file need not have, either in addition to those of `columns` or `schema` or among them. Rows then have
   * null in them. Of the columns in `columns` and `schema`, only these may be blank where `cast` turns a blank field into
   * null.
   */
  optionalColumns?: readonly string[] | undefined
  /**
   * How the text of a field is converted. By column: `{amount: 'NUMERIC', paid: 'BOOL', at: text => new Date(text)}`, with
   * the names of BigQuery's types, or JavaScript's; a function for all columns; or `true`: whatever is written as a number
   * becomes one, unless that would lose something (`007`, `+1` and digits that a double cannot hold stay text). Default:
   * fields are strings. A blank field of a type other than STRING becomes null, or makes the record malformed if its column
   * is in `columns` but not in `optionalColumns`.
   */
  cast?: CsvCast | undefined
  /**
   * `columns` and `cast` in one, as for `writeToBigQuery`: `'id:STRING,total:FLOAT64'`, or an object of names and types. The
   * types are plain names, without lengths or modes.
   */
  schema?: string | {readonly [column: string]: CsvCastName} | undefined
  /** What separates fields, default `','`. */
  delimiter?: string | undefined
  /** What encloses fields that contain delimiters, quotes or newlines, default `'"'`; `null`: nothing does. */
  quote?: string | null | undefined
  /** What precedes a quote inside a quoted field, default the quote itself. */
  escape?: string | undefined
  /** Skips empty lines, default `true`. */
  skipBlankLines?: boolean | undefined
  /**
   * Longest record in bytes with its line end, default 16 MiB. For the fast engine a longer record is malformed, and a
   * single longer line fails the run; with csv-parse a longer record fails the run.
   */
  maxRecordBytes?: number | undefined
}
