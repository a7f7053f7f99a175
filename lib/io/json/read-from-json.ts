import type {Readable} from 'node:stream'
import type {Bundle, RecordKeeper} from '../../core/index.ts'
import {DEFAULTS} from '../../core/index.ts'
import {booleanOption, enumOption, integerOption} from '../../errors/index.ts'
import {
  checkReadOptions,
  type FileInfo,
  type FileInput,
  type FileReadOptions,
  type FileReadSettings,
  type FileReject,
  type FileSource,
  type FileSourceOptions,
  offsetBundles,
  type Positioned,
  RejectingFileSource,
  type WithoutPosition,
  type WithPosition,
} from '../../files/index.ts'
import {
  DEFAULT_MAX_LINE_BYTES,
  JSON_FORMATS,
  JSON_NUMBERS,
  type JsonFormat,
  type JsonNumbers,
  type JsonTextBatch,
  jsonTexts,
  LineKeeping,
} from '../../formats/index.ts'
import {parseText} from './parse-text.ts'

/** Options of {@link readFromJson}. */
export interface JsonReadOptions extends FileReadOptions, FileSourceOptions {
  /**
   * The content of a file. `'lines'` (default): a value on each line. `'array'`: one JSON array of any size, whose elements are
   * the values. `'auto'`: an array if the file begins with `[`, otherwise lines; not for lines that are arrays themselves.
   * `'document'`: an array if the file begins with `[`, otherwise one value or several, over any number of lines.
   */
  format?: JsonFormat | undefined
  /**
   * How to read numbers that a JavaScript number cannot hold exactly. `'exact'` (default): an integer beyond ±(2^53 - 1) is a
   * BigInt; a number with a fraction or exponent that would be rounded makes its line or element malformed. `'text'`: both are
   * strings of their digits. `'double'`: both are rounded, as by `JSON.parse`.
   */
  numbers?: JsonNumbers | undefined
  /**
   * With `true`, a line or element that is not JSON, is `null`, or is not UTF-8 goes to `source.tagged('rejects')`, which must
   * then be read. Default `false`: it fails the run.
   */
  rejects?: boolean | undefined
  /** Longest line or element in bytes, default 64 MiB; a longer one fails the run, even with `rejects`. */
  maxLineBytes?: number | undefined
}

/** A line or an element that was set aside. */
export type JsonReject = FileReject

/** Tagged outputs of `readFromJson(…, {rejects: true})`. */
export interface JsonTags {
  rejects: JsonReject
}

interface JsonSettings {
  readonly format: JsonFormat
  readonly numbers: JsonNumbers
  readonly maxLineBytes: number
}

class JsonSource<T, Tags extends object> extends RejectingFileSource<T, Tags> {
  readonly #json: JsonSettings

  constructor(settings: FileReadSettings, rejects: boolean, json: JsonSettings) {
    super(settings, rejects)
    this.#json = json
  }

  protected override async *readContent({file, prefix, content, follow}: FileInput): AsyncGenerator<Bundle<T>> {
    const texts = jsonTexts(file.path, this.#json.format, this.#json.maxLineBytes)
    follow?.(texts)
    const kept = this.keepsRecords ? new LineKeeping(file.path) : undefined
    for await (const chunk of content)
      for (let at = 0; at < chunk.length; at += DEFAULTS.bundleBytes) {
        const batch = texts.push(chunk.subarray(at, at + DEFAULTS.bundleBytes))
        yield* this.#values(file, prefix, batch, texts.line, kept?.keep(batch, texts.offset))
      }
    const last = texts.end()
    yield* this.#values(file, prefix, last, texts.line, kept?.keep(last))
  }

  /** Emits the values of lines, of which the last has this number, or of elements. */
  async *#values(
    file: FileInfo,
    prefix: string,
    batch: JsonTextBatch,
    lastLine: number,
    keeper: RecordKeeper | undefined,
  ): AsyncGenerator<Bundle<T>> {
    const values: T[] = []
    const offsets: number[] = []
    const rejects: FileReject[] = []
    const {values: texts, lines, broken} = batch
    const what = lines ? 'element' : 'line'
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i]!
      const byteOffset = batch.offsets[i]!
      let error: string
      const rawBase64 = broken?.get(i)?.toString('base64')
      if (rawBase64 !== undefined) error = `the ${what} is not UTF-8`
      else {
        const parsed = parseText(text, what, this.#json.numbers)
        if (parsed.error === undefined) {
          values.push(parsed.value as T)
          offsets.push(byteOffset)
          continue
        }
        if (!lines && text.trim() === '') continue
        error = parsed.error
      }
      // unknown when the file was not read from its beginning
      const line = lines ? lines[i]! : lastLine - texts.length + 1 + i || 0
      if (!lines && line === 1 && text.startsWith('[')) error += ARRAY_HINT
      rejects.push({raw: text, ...(rawBase64 !== undefined && {rawBase64}), line, byteOffset, file: file.path, error})
    }
    // values before a failure are emitted first, so that the output does not depend on how the file was cut
    const failure = await this.setAside(prefix, rejects, 'ERR_SLUICE_JSON', keeper)
    const at = failure ? offsets.findIndex(offset => offset > rejects[0]!.byteOffset) : -1
    if (at < 0) yield* offsetBundles(prefix, values, offsets, keeper)
    else yield* offsetBundles(prefix, values.slice(0, at), offsets.slice(0, at), keeper)
    if (failure ?? batch.failure) throw failure ?? batch.failure
  }
}

const ARRAY_HINT = ". If the file is one array, set `format: 'array'`"

/**
 * Reads the values of JSON files, local or on Cloud Storage: a value on each line, or the elements of one array.
 *
 * Blank lines are skipped. Arrays (`format: 'array'`) may be of any size and have any white space: one element is in memory at a
 * time. A line or element that is not JSON, is `null` (which a stream cannot carry), or is not UTF-8 fails the run with file,
 * line and byte offset, and so does one with a number that would be rounded (`numbers`). With `rejects: true` it goes to
 * `tagged('rejects')` as `{raw, line, byteOffset, file, error}`, with `rawBase64` if it is not UTF-8. An element is everything
 * between two commas of the array where brackets and quotes are balanced. Text before or after the array, or a missing end,
 * always fails the run.
 *
 * Files are matched, decompressed, resumed and checked as by `readFromText`; ids are the byte offsets of the lines or elements.
 * Each is emitted once, as a value or as a reject. Metrics are those of `readFromText`.
 *
 * @typeParam T The type of a value, not checked at run time. Default `unknown`.
 * @param input A path, a glob, or several, as for `readFromText`; or a Readable of bytes, such as an HTTP response, whose ids
 * have a different prefix in every run.
 * @param options `format` (`'lines'`, `'array'`, `'auto'`, `'document'`), `numbers` (`'exact'`), `rejects` (false), `maxLineBytes` (64 MiB), and those of
 * `readFromText` but for `skipHeaderLines`, `delimiter` and `escape`.
 * @throws At construction `ERR_SLUICE_OPTION`; while it runs `ERR_SLUICE_JSON`, `ERR_SLUICE_UNCLAIMED_DEAD_LETTER` (a reject
 * that nobody reads) and what `readFromText` throws.
 * @example
 * const orders = readFromJson<{id: string; total: number}>('gs://my-bucket/orders/*.jsonl', {rejects: true})
 * orders.tagged('rejects').pipe(writeToJson('rejects'))
 * await chain(orders, writeToBigQuery({table: 'my_dataset.orders'}))
 */
export function readFromJson<T = unknown>(
  input: string | readonly string[] | Readable,
  options: JsonReadOptions & WithPosition & {rejects: true},
): FileSource<Positioned<T>, JsonTags>
export function readFromJson<T = unknown>(
  input: string | readonly string[] | Readable,
  options: JsonReadOptions & WithPosition,
): FileSource<Positioned<T>>
export function readFromJson<T = unknown>(
  input: string | readonly string[] | Readable,
  options: JsonReadOptions & WithoutPosition & {rejects: true},
): FileSource<T, JsonTags>
export function readFromJson<T = unknown>(
  input: string | readonly string[] | Readable,
  options?: JsonReadOptions & WithoutPosition,
): FileSource<T>
export function readFromJson<T>(
  input: string | readonly string[] | Readable,
  options?: JsonReadOptions & (WithPosition | WithoutPosition),
): FileSource<T> | FileSource<Positioned<T>> {
  const where = 'readFromJson'
  const settings = checkReadOptions(where, input, options, ['format', 'numbers', 'rejects', 'maxLineBytes'])
  return new JsonSource<T, {}>(settings, booleanOption(where, 'rejects', options?.rejects, false), {
    format: enumOption(where, 'format', options?.format, 'lines', JSON_FORMATS),
    numbers: enumOption(where, 'numbers', options?.numbers, 'exact', JSON_NUMBERS),
    maxLineBytes: integerOption(where, 'maxLineBytes', options?.maxLineBytes, DEFAULT_MAX_LINE_BYTES, 1),
  })
}
