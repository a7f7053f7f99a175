import type {Readable} from 'node:stream'
import type {Bundle} from '../../core/index.ts'
import {booleanOption} from '../../errors/index.ts'
import {
  checkReadOptions,
  type FileInput,
  type FileReadOptions,
  type FileReadSettings,
  type FileSource,
  type FileSourceOptions,
  offsetBundles,
  type Positioned,
  RejectingFileSource,
  type WithoutPosition,
  type WithPosition,
} from '../../files/index.ts'
import {
  CSV_OPTION_NAMES,
  type CsvBadSchema,
  type CsvCast,
  type CsvCastContext,
  type CsvCastsByColumn,
  type CsvColumns,
  type CsvDynamic,
  type CsvOptions,
  type CsvReject,
  type CsvRowOf,
  type CsvSchemaInput,
  type CsvSchemaRow,
  type CsvSettings,
  checkCsvOptions,
  csvReaders,
  type RecordBatch,
} from '../../formats/index.ts'

/** Options of {@link readFromCsv}. */
export interface CsvReadOptions extends FileReadOptions, FileSourceOptions, CsvOptions {
  /**
   * With `true`, malformed records go to `source.tagged('rejects')`, which must then be read: with the fast engine all kinds,
   * with csv-parse those with a wrong number of fields, a failed cast, or bytes that are not UTF-8. Default `false`: they fail
   * the run.
   */
  rejects?: boolean | undefined
}

/** Tagged outputs of `readFromCsv(…, {rejects: true})`. */
export interface CsvTags {
  rejects: CsvReject
}

type CsvInput = string | readonly string[] | Readable

/** The options that do not determine the type of the rows; `withPosition` must be known at compile time. */
type CsvReadRest<Rejects extends boolean, Position extends boolean> = Omit<
  CsvReadOptions,
  'columns' | 'optionalColumns' | 'cast' | 'schema' | 'rejects'
> & {
  rejects?: Rejects | undefined
  withPosition?: (Position & (boolean extends Position ? never : unknown)) | undefined
}

/** The source that the options make. */
type CsvRead<Row, Rejects extends boolean, Position extends boolean> = FileSource<
  [Position] extends [true] ? Positioned<Row> : Row,
  [Rejects] extends [true] ? CsvTags : {}
>

class CsvSource<Row, Tags extends object> extends RejectingFileSource<Row, Tags> {
  readonly #csv: CsvSettings
  readonly #rejects: boolean
  /** The columns of all files so far. */
  #columns: readonly string[] | undefined

  constructor(settings: FileReadSettings, csv: CsvSettings, rejects: boolean) {
    super(settings, rejects, {columns: () => this.#columns})
    this.#csv = csv
    this.#rejects = rejects
  }

  protected override async *readContent({file, prefix, content, follow}: FileInput): AsyncGenerator<Bundle<Row>> {
    const Reader = await csvReaders(this.#csv)
    const records = new Reader(file.path, this.#csv, {
      rejects: this.#rejects,
      keep: this.keepsRecords,
      onColumns: names => {
        this.#columns = union(this.#columns, names)
      },
    })
    follow?.(records)
    for await (const chunk of content) for (const batch of records.push(chunk)) yield* this.#give(prefix, batch)
    for (const batch of records.end()) yield* this.#give(prefix, batch)
  }

  async *#give(prefix: string, {values, offsets, rejects, keeper}: RecordBatch): AsyncGenerator<Bundle<Row>> {
    const error = await this.setAside(prefix, rejects, 'ERR_SLUICE_CSV', keeper)
    if (error) throw error
    yield* offsetBundles(prefix, values as Row[], offsets, keeper)
  }
}

function union(known: readonly string[] = [], names: readonly string[]): readonly string[] {
  return known.length === names.length && names.every((name, i) => known[i] === name)
    ? known
    : [...new Set([...known, ...names])]
}

/**
 * Reads the records of CSV files, local or on Cloud Storage, as plain objects named by the header.
 *
 * Quoted delimiters, quotes and newlines, all kinds of line ends and byte order marks are handled; blank lines are skipped. Each
 * row is a new object that the next stage may change in place. Files are matched, decompressed, resumed and checked as by
 * `readFromText`; ids are the byte offsets of the records.
 *
 * Two parsers: a fast one for the usual dialect (one character as the delimiter, quotes written twice inside quotes), and
 * csv-parse for every other option (`escape`, longer delimiters, `csvParse: {…}`). On well-formed input both give the same rows.
 *
 * A file whose header lacks one of `columns` fails the run: columns are found by name, never by position.
 *
 * A malformed record fails the run with file, line and byte offset. With `rejects: true` it goes to `tagged('rejects')` as
 * `{raw, header, line, byteOffset, file, error}`: a quote in the wrong place or not closed within `maxRecordBytes`, a wrong number of
 * fields, a failed cast, bytes that are not UTF-8 (kept in `rawBase64`). Only the line on which it begins is lost; reading continues at
 * the next line. csv-parse cannot do that after a stray quote, which then fails the run.
 *
 * A `range` is read directly if there are no quotes (`quote: null`); otherwise the file is read from its beginning, since a
 * line end may be inside quotes, and the records before the range are skipped.
 *
 * Each record is emitted once, as a row or as a reject. Metrics are those of `readFromText`.
 *
 * The type of the rows follows from `columns`, `optionalColumns` and `cast`, or from `schema`; without these, fields are
 * strings, with `cast` of unknown type. `readFromCsv<Row>` states the type without a check: the file may lack the columns.
 *
 * @param input A path, a glob, or several, as for `readFromText`; or a Readable of bytes, such as `process.stdin` or an HTTP
 * request, whose ids have a different prefix in every run.
 * @param options `header` (true), `columns`, `optionalColumns`, `cast`, `schema`, `delimiter` (`','`), `quote` (`'"'`), `escape` (the quote),
 * `skipBlankLines` (true), `maxRecordBytes` (16 MiB), `rejects` (false), `engine` (`'auto'`, `'fast'`, `'csv-parse'`),
 * `csvParse` (options for csv-parse), and those of `readFromText` but for `skipHeaderLines`, `maxLineBytes`, and its
 * `delimiter` and `escape`.
 * @throws At construction `ERR_SLUICE_OPTION`; while it runs `ERR_SLUICE_CSV`, `ERR_SLUICE_UNCLAIMED_DEAD_LETTER` (a reject
 * that nobody reads) and what `readFromText` throws.
 * @example
 * const orders = readFromCsv('orders*.csv', {columns: ['id', 'total'], cast: {total: 'FLOAT64'}, rejects: true})
 * orders.tagged('rejects').pipe(writeToStdout({stream: process.stderr}))
 * await chain(orders, writeToBigQuery({table: 'my_dataset.orders'}))
 */
export function readFromCsv<Row extends object = never>(
  input: [Row] extends [never] ? never : CsvInput,
  options: CsvReadOptions & WithPosition & {rejects: true},
): FileSource<Positioned<Row>, CsvTags>
export function readFromCsv<Row extends object = never>(
  input: [Row] extends [never] ? never : CsvInput,
  options: CsvReadOptions & WithPosition,
): FileSource<Positioned<Row>>
export function readFromCsv<Row extends object = never>(
  input: [Row] extends [never] ? never : CsvInput,
  options: CsvReadOptions & WithoutPosition & {rejects: true},
): FileSource<Row, CsvTags>
export function readFromCsv<Row extends object = never>(
  input: [Row] extends [never] ? never : CsvInput,
  options?: CsvReadOptions & WithoutPosition,
): FileSource<Row>
export function readFromCsv<
  const Rejects extends boolean,
  const Position extends boolean,
  const Cast extends CsvCast | undefined = undefined,
>(
  input: CsvInput,
  options?: CsvReadRest<Rejects, Position> & {
    columns?: ((header: string[]) => CsvColumns) | undefined
    cast?: Cast | undefined
    schema?: undefined
    optionalColumns?: undefined
  },
): CsvRead<Record<string, [Cast] extends [undefined] ? string : unknown>, Rejects, Position>
export function readFromCsv<
  const Schema extends CsvSchemaInput,
  const Rejects extends boolean,
  const Position extends boolean,
  const Optional extends string = never,
>(
  input: CsvInput,
  options: CsvReadRest<Rejects, Position> & {
    schema: Schema & CsvBadSchema<Schema>
    optionalColumns?: readonly Optional[] | undefined
    columns?: undefined
    cast?: undefined
  },
): CsvRead<CsvSchemaRow<Schema, Optional>, Rejects, Position>
export function readFromCsv<
  const Name extends string,
  const Cast extends true | ((text: string, context: CsvCastContext) => unknown),
  const Rejects extends boolean,
  const Position extends boolean,
  const Optional extends string = never,
>(
  input: CsvInput,
  options: CsvReadRest<Rejects, Position> & {
    columns: readonly (Name | null | undefined | false)[]
    optionalColumns?: readonly Optional[] | undefined
    cast: Cast
    schema?: undefined
  },
): CsvRead<CsvRowOf<Name, Optional, Cast>, Rejects, Position>
export function readFromCsv<Given extends CsvReadOptions, const Position extends false>(
  input: CsvInput,
  options: (Given & CsvDynamic<Given, CsvReadOptions> & {withPosition?: Position | undefined}) | undefined,
): CsvRead<Record<string, unknown>, Given extends {rejects: true} ? true : false, false>
export function readFromCsv<
  const Name extends string,
  const Rejects extends boolean,
  const Position extends boolean,
  const Optional extends string = never,
  const Cast extends CsvCastsByColumn = {},
>(
  input: CsvInput,
  options: CsvReadRest<Rejects, Position> & {
    columns: readonly (Name | null | undefined | false)[]
    optionalColumns?: readonly Optional[] | undefined
    cast?: (Cast & {readonly [Column in keyof Cast]: Column extends Name | Optional ? unknown : never}) | undefined
    schema?: undefined
  },
): CsvRead<CsvRowOf<Name, Optional, Cast>, Rejects, Position>
export function readFromCsv<Row extends object>(
  input: CsvInput,
  options: CsvReadOptions & (WithPosition | WithoutPosition) = {},
): FileSource<Row> | FileSource<Positioned<Row>> {
  const where = 'readFromCsv'
  const settings = checkReadOptions(where, input, options, [...CSV_OPTION_NAMES, 'rejects'])
  const rejects = booleanOption(where, 'rejects', options.rejects, false)
  return new CsvSource<Row, {}>(settings, checkCsvOptions(where, options), rejects)
}
