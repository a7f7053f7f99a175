import type {Bundle} from '../../core/index.ts'
import {DEFAULTS} from '../../core/index.ts'
import {booleanOption, integerOption} from '../../errors/index.ts'
import {
  checkReadOptions,
  type FileInfo,
  type FileInput,
  type FileReadOptions,
  type FileReadSettings,
  type FileReject,
  type FileSource,
  offsetBundles,
  RejectingFileSource,
} from '../../files/index.ts'
import {DEFAULT_MAX_LINE_BYTES, type LineBatch, LineSplitter} from '../../formats/index.ts'
import {parseLine} from './parse-line.ts'

/** Options of {@link readFromJson}. */
export interface JsonReadOptions extends FileReadOptions {
  /**
   * With `true`, a line that is no JSON, is `null`, or is not UTF-8 goes to `source.tagged('rejects')`, which must then be
   * read. Default `false`: it fails the run.
   */
  rejects?: boolean
  /** Longest line in bytes, default 64 MiB; a longer one fails the run, also with `rejects`. */
  maxLineBytes?: number
}

/** A line that was set aside. */
export type JsonReject = FileReject

/** Tagged outputs of `readFromJson(…, {rejects: true})`. */
export interface JsonTags {
  rejects: JsonReject
}

class JsonSource<T, Tags extends object> extends RejectingFileSource<T, Tags> {
  readonly #maxLineBytes: number

  constructor(settings: FileReadSettings, rejects: boolean, maxLineBytes: number) {
    super(settings, rejects)
    this.#maxLineBytes = maxLineBytes
  }

  protected override async *readContent({file, prefix, content, follow}: FileInput): AsyncGenerator<Bundle<T>> {
    const splitter = new LineSplitter({file: file.path, maxLineBytes: this.#maxLineBytes, checkUtf8: true})
    follow?.(splitter)
    for await (const chunk of content)
      for (let at = 0; at < chunk.length; at += DEFAULTS.bundleBytes) {
        const lines = splitter.push(chunk.subarray(at, at + DEFAULTS.bundleBytes))
        yield* this.#values(file, prefix, lines, splitter.line)
      }
    yield* this.#values(file, prefix, splitter.end(), splitter.line)
  }

  /** The values of some lines, the last of which has this number. */
  async *#values(file: FileInfo, prefix: string, lines: LineBatch, lastLine: number): AsyncGenerator<Bundle<T>> {
    const values: T[] = []
    const offsets: number[] = []
    const rejects: FileReject[] = []
    const broken = lines.broken && new Set(lines.broken)
    const texts = lines.values
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i]!
      let error: string
      if (broken?.has(i)) error = 'the line is not UTF-8'
      else {
        const parsed = parseLine(text)
        if (parsed.error === undefined) {
          values.push(parsed.value as T)
          offsets.push(lines.offsets[i]!)
          continue
        }
        if (text.trim() === '') continue
        error = parsed.error
      }
      // not known in the middle of a file
      const line = lastLine - texts.length + 1 + i || 0
      rejects.push({raw: text, line, byteOffset: lines.offsets[i]!, file: file.path, error})
    }
    // Values before a failure are handed on first: what comes out does not depend on how the file was cut.
    const failure = await this.setAside(prefix, rejects, 'ERR_SLUICE_JSON')
    const end = failure ? offsets.findIndex(offset => offset > rejects[0]!.byteOffset) : -1
    yield* offsetBundles(prefix, end < 0 ? values : values.slice(0, end), end < 0 ? offsets : offsets.slice(0, end))
    if (failure) throw failure
  }
}

/**
 * Reads the values of JSON lines files (a value each line), local or on Cloud Storage.
 *
 * Blank lines are skipped. A line that is no JSON, is `null` (which a stream cannot carry), or is not UTF-8 fails the run
 * with file, line and byte offset; with `rejects: true` it goes to `tagged('rejects')` as
 * `{raw, line, byteOffset, file, error}`. Files are matched, unzipped, resumed and checked as by `readFromText`; ids are the
 * byte offsets of the lines. A file that holds one JSON array is not read.
 *
 * Each line is emitted once, as a value or as a reject. Metrics are those of `readFromText`.
 *
 * @typeParam T What a value is: not checked at run time. Default `unknown`.
 * @param pattern A path, a glob, or several, as for `readFromText`.
 * @param options `rejects` (false), `maxLineBytes` (64 MiB), and those of `readFromText` but for `skipHeaderLines`.
 * @throws At construction `ERR_SLUICE_OPTION`; while it runs `ERR_SLUICE_JSON`, `ERR_SLUICE_UNCLAIMED_DEAD_LETTER` (a reject
 * that nobody reads) and what `readFromText` throws.
 * @example
 * const orders = readFromJson<{id: string; total: number}>('gs://my-bucket/orders/*.jsonl', {rejects: true})
 * orders.tagged('rejects').pipe(writeToJson('rejects'))
 * await pipeline(orders, writeToBigQuery({table: 'my_dataset.orders'}))
 */
export function readFromJson<T = unknown>(
  pattern: string | readonly string[],
  options: JsonReadOptions & {rejects: true},
): FileSource<T, JsonTags>
export function readFromJson<T = unknown>(pattern: string | readonly string[], options?: JsonReadOptions): FileSource<T>
export function readFromJson<T>(pattern: string | readonly string[], options?: JsonReadOptions): FileSource<T> {
  const where = 'readFromJson'
  const settings = checkReadOptions(where, pattern, options, ['rejects', 'maxLineBytes'])
  return new JsonSource<T, {}>(
    settings,
    booleanOption(where, 'rejects', options?.rejects, false),
    integerOption(where, 'maxLineBytes', options?.maxLineBytes, DEFAULT_MAX_LINE_BYTES, 1),
  )
}
