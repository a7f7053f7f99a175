import {
  type DeadLetter,
  DoFn,
  type OnError,
  OUTPUTS,
  type ProcessContext,
  type ProcessResult,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
  stageOptionsOf,
} from '../../core/index.ts'
import {booleanOption, checkOptionNames} from '../../errors/index.ts'
import {
  CSV_OPTION_NAMES,
  type CsvBadSchema,
  type CsvCast,
  type CsvCastContext,
  type CsvCastsByColumn,
  type CsvColumns,
  type CsvDynamic,
  type CsvOptions,
  type CsvRowOf,
  type CsvSchemaInput,
  type CsvSchemaRow,
  type CsvSettings,
  CsvTexts,
  checkCsvOptions,
} from '../../formats/index.ts'
import type {CsvTags} from './read-from-csv.ts'

/** Options of {@link parseCsv}. */
export interface CsvParseTextOptions<Tag extends string = never> extends StageOptions, Omit<CsvOptions, 'header'> {
  /** The first record of each text names its columns. Default `false`: give `columns`. */
  header?: boolean | undefined
  /**
   * With `true`, malformed records go to `stage.tagged('rejects')`, which must then be read, and the other records of the text
   * are emitted. Default `false`: a malformed record makes processing of its text fail, as `onError` handles it.
   */
  rejects?: boolean | undefined
  /** What happens to a text that cannot be read: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

type Text = string | Uint8Array
/** The tag of dead letters. */
type Tags<Tag extends string> = {[K in Tag]: DeadLetter<Text>}

/** The options that do not determine the type of the rows. */
type CsvParseRest<Rejects extends boolean, Tag extends string> = Omit<
  CsvParseTextOptions<Tag>,
  'columns' | 'optionalColumns' | 'cast' | 'schema' | 'rejects'
> & {rejects?: Rejects | undefined}

/** The DoFn that the options make. */
type CsvParse<Row, Rejects extends boolean, Tag extends string> = DoFn<
  Text,
  Row,
  ([Rejects] extends [true] ? CsvTags : {}) & Tags<Tag>
>

const REJECTS = 'rejects'

class ParseCsv<Row extends object> extends DoFn<Text, Row, CsvTags> {
  static override readonly name = 'parseCsv'
  readonly #csv: CsvSettings
  readonly #rejects: boolean
  #texts: CsvTexts | undefined
  #columns: readonly string[] | undefined

  constructor(options: CsvParseTextOptions<string>, csv: CsvSettings, rejects: boolean) {
    super(
      {...stageOptionsOf(options), onError: options.onError as OnError<'rejects'>},
      stageDescriptor({columns: () => this.#columns}),
    )
    this.#csv = csv
    this.#rejects = rejects
    if (rejects) this[OUTPUTS].outlet.required.add(REJECTS)
  }

  override async setup(): Promise<void> {
    this.#texts = await CsvTexts.open(this.info.name, this.#csv, {
      rejects: this.#rejects,
      onColumns: names => {
        this.#columns ??= names
      },
    })
  }

  override process(text: Text, context: ProcessContext<CsvTags>): ProcessResult<Row> {
    const {values, rejects} = this.#texts!.read(bytesOf(text))
    for (const reject of rejects) context.emit(REJECTS, reject)
    return values as Row[]
  }
}

function bytesOf(text: Text): Buffer {
  if (typeof text === 'string') return Buffer.from(text)
  if (!ArrayBuffer.isView(text)) throw new TypeError('parseCsv takes strings and bytes')
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength)
}

/**
 * A DoFn that parses each string (or bytes, such as the data of a message) as CSV: one line, or several.
 *
 * Each text is read on its own, as `readFromCsv` reads a file: a record cannot span two texts. The rows of a text have its
 * timestamp and lease, and its id with `.0`, `.1` and so on; a text without records emits none.
 *
 * A malformed record fails the run, or its text is handled by `onError`. With `rejects: true` that record alone goes to
 * `tagged('rejects')`, as `{raw, line, byteOffset, file, error}`, where line and offset count within the text, and `file` is the
 * name of this stage.
 *
 * The type of the rows follows from the options as for `readFromCsv`; `parseCsv<Row>` states it without a check.
 *
 * @param options `columns` (names of the columns in order) or `header: true` (the first record of each text names them);
 * `optionalColumns`, `cast`, `schema`, `delimiter` (`','`), `quote` (`'"'`), `escape` (the quote), `skipBlankLines` (true), `maxRecordBytes` (16 MiB),
 * `engine` (`'auto'`), `csvParse`, as for `readFromCsv`; `rejects` (false), `onError` (`'fail'`), and `name`, `highWaterMark`
 * (1,000 values), `signal`, `logger`.
 * @throws `ERR_SLUICE_OPTION` at construction; while it runs `ERR_SLUICE_CSV`, `ERR_SLUICE_ENCODING` (UTF-16),
 * `ERR_SLUICE_PROCESS` (neither a string nor bytes), `ERR_SLUICE_UNCLAIMED_DEAD_LETTER` (a reject that nobody reads).
 * @example
 * const parse = parseCsv({columns: ['id', 'total'], cast: {total: 'FLOAT64'}, rejects: true})
 * parse.tagged('rejects').pipe(writeToStdout({stream: process.stderr}))
 * await chain(readFromStdin(), parse, writeToStdout())
 */
export function parseCsv<Row extends object = never, const Tag extends string = never>(
  options: [Row] extends [never] ? never : CsvParseTextOptions<Tag> & {rejects: true},
): DoFn<Text, Row, CsvTags & Tags<Tag>>
export function parseCsv<Row extends object = never, const Tag extends string = never>(
  options: [Row] extends [never] ? never : CsvParseTextOptions<Tag>,
): DoFn<Text, Row, Tags<Tag>>
export function parseCsv<
  const Rejects extends boolean,
  const Cast extends CsvCast | undefined = undefined,
  const Tag extends string = never,
>(
  options: CsvParseRest<Rejects, Tag> & {
    columns?: ((header: string[]) => CsvColumns) | undefined
    cast?: Cast | undefined
    schema?: undefined
    optionalColumns?: undefined
  },
): CsvParse<Record<string, [Cast] extends [undefined] ? string : unknown>, Rejects, Tag>
export function parseCsv<
  const Schema extends CsvSchemaInput,
  const Rejects extends boolean,
  const Optional extends string = never,
  const Tag extends string = never,
>(
  options: CsvParseRest<Rejects, Tag> & {
    schema: Schema & CsvBadSchema<Schema>
    optionalColumns?: readonly Optional[] | undefined
    columns?: undefined
    cast?: undefined
  },
): CsvParse<CsvSchemaRow<Schema, Optional>, Rejects, Tag>
export function parseCsv<
  const Name extends string,
  const Cast extends true | ((text: string, context: CsvCastContext) => unknown),
  const Rejects extends boolean,
  const Optional extends string = never,
  const Tag extends string = never,
>(
  options: CsvParseRest<Rejects, Tag> & {
    columns: readonly (Name | null | undefined | false)[]
    optionalColumns?: readonly Optional[] | undefined
    cast: Cast
    schema?: undefined
  },
): CsvParse<CsvRowOf<Name, Optional, Cast>, Rejects, Tag>
export function parseCsv<Given extends CsvParseTextOptions<never>, const Rejects extends boolean>(
  options: Given & CsvDynamic<Given, CsvParseTextOptions<never>> & {rejects?: Rejects | undefined},
): CsvParse<Record<string, unknown>, Rejects, never>
export function parseCsv<
  const Name extends string,
  const Rejects extends boolean,
  const Optional extends string = never,
  const Cast extends CsvCastsByColumn = {},
  const Tag extends string = never,
>(
  options: CsvParseRest<Rejects, Tag> & {
    columns: readonly (Name | null | undefined | false)[]
    optionalColumns?: readonly Optional[] | undefined
    cast?: (Cast & {readonly [Column in keyof Cast]: Column extends Name | Optional ? unknown : never}) | undefined
    schema?: undefined
  },
): CsvParse<CsvRowOf<Name, Optional, Cast>, Rejects, Tag>
export function parseCsv<Row extends object>(options: CsvParseTextOptions<string>): DoFn<Text, Row, {}> {
  const where = 'parseCsv'
  checkOptionNames(where, options, [...CSV_OPTION_NAMES, 'rejects', 'onError', ...STAGE_OPTION_NAMES])
  const {header = false, ...given} = options ?? {}
  const csv = checkCsvOptions(where, {...given, header} as CsvOptions)
  return new ParseCsv<Row>(options, csv, booleanOption(where, 'rejects', given.rejects, false))
}
