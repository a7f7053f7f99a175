import type {CsvCast, CsvCastName} from './csv-cast.ts'
import type {CsvEngineOptions} from './csv-engine-options.ts'

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
