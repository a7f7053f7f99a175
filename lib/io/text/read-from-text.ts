import type {Readable} from 'node:stream'
import {type Bundle, DEFAULTS, type RecordKeeper} from '../../core/index.ts'
import {booleanOption} from '../../errors/index.ts'
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
  type RejectTags,
  type WithoutPosition,
  type WithPosition,
} from '../../files/index.ts'
import {
  checkTextOptions,
  type LineBatch,
  LineKeeping,
  TEXT_OPTION_NAMES,
  type TextOptions,
  type TextSettings,
  textSplitter,
  Utf8Notice,
} from '../../formats/index.ts'
import {linesOf} from './text-lines.ts'

/** Options of {@link readFromText}. */
export interface TextReadOptions extends FileReadOptions, FileSourceOptions, TextOptions {
  /**
   * With `true`, lines that are not UTF-8 go to `source.tagged('rejects')` with their bytes; that output must then be read.
   * Default `false`: bytes that are not UTF-8 become U+FFFD, with one warning.
   */
  rejects?: boolean | undefined
}

class TextSource<Tags extends object> extends RejectingFileSource<string, Tags> {
  readonly #text: TextSettings
  readonly #rejects: boolean
  readonly #notice = new Utf8Notice(
    this.info,
    `\`rejects: true\` sets such lines aside instead, with their bytes; ${CONVERT}`,
  )

  constructor(settings: FileReadSettings, text: TextSettings, rejects: boolean) {
    super(settings, rejects)
    this.#text = text
    this.#rejects = rejects
  }

  protected override readContent(input: FileInput): AsyncIterable<Bundle<string>> {
    return this.#rejects || this.keepsRecords ? this.#checkedLines(input) : linesOf(input, this.#text, this.#notice)
  }

  async *#checkedLines({file, prefix, content, follow}: FileInput): AsyncGenerator<Bundle<string>> {
    const splitter = textSplitter(file.path, this.#text, this.#rejects)
    follow?.(splitter)
    const kept = this.keepsRecords ? new LineKeeping(file.path) : undefined
    for await (const chunk of content)
      for (let at = 0; at < chunk.length; at += DEFAULTS.bundleBytes) {
        const batch = splitter.push(chunk.subarray(at, at + DEFAULTS.bundleBytes))
        yield* this.#give(file, prefix, batch, splitter.line, kept?.keep(batch, splitter.offset))
      }
    const last = splitter.end()
    yield* this.#give(file, prefix, last, splitter.line, kept?.keep(last))
  }

  /** Emits the lines of a batch; `lastLine` is the number of the last. */
  async *#give(
    {path}: FileInfo,
    prefix: string,
    {values, offsets, broken}: LineBatch,
    lastLine: number,
    keeper: RecordKeeper | undefined,
  ): AsyncGenerator<Bundle<string>> {
    if (!broken) return yield* offsetBundles(prefix, values, offsets, keeper)
    const rejects: FileReject[] = []
    for (const [i, bytes] of broken) {
      // unknown when the file was not read from its beginning
      const line = lastLine - values.length + 1 + i || 0
      const rawBase64 = bytes.toString('base64')
      rejects.push({raw: values[i]!, rawBase64, line, byteOffset: offsets[i]!, file: path, error: NOT_UTF8})
    }
    await this.setAside(prefix, rejects, 'ERR_SLUICE_ENCODING', keeper)
    const whole = (_: unknown, i: number) => !broken.has(i)
    yield* offsetBundles(prefix, values.filter(whole), offsets.filter(whole), keeper)
  }
}

const CONVERT = 'convert the file first: iconv -f LATIN1 -t UTF-8'
const NOT_UTF8 = `the line is not UTF-8; ${CONVERT}`

/**
 * Reads the lines of text files, local or on Cloud Storage (`gs://bucket/name`).
 *
 * Files are read one after the other in the order of their names, several patterns in their order. A line ends with `\n` or
 * `\r\n`, or with your own `delimiter`, which an `escape` character can make part of a line. A UTF-8 byte order mark is
 * removed. Bytes that are not UTF-8 become U+FFFD (with one warning); with `rejects: true` their line goes to
 * `tagged('rejects')` instead, as `{raw, rawBase64, line, byteOffset, file, error}`. gzip, zstd and bzip2 are recognised by
 * content, deflate by a name ending in `.deflate` or `.zz`. Reads of Cloud Storage resume after a broken connection, with the
 * same generation, and are checked by CRC32C.
 *
 * Each line is emitted once, as a string without its line end. Ids are byte offsets in the decompressed content, the same
 * in every run as long as the file is unchanged.
 *
 * With `every` it keeps looking for files and emits the lines of new ones, until `drain()`, `endEarly()` or its signal. The
 * timestamp of a line is the time of the search that found its file, and the watermark follows. Found files are remembered in
 * memory: after a restart all files are read again, with the same ids, unless the run has a checkpoint.
 *
 * Metrics: `files` and `bytes` (as stored) read, `totalBytes` of all files, `retries`.
 *
 * @param input A path, a glob (`*`, `?`, `[…]`, `{…}` within a folder, `**` across folders), or several. A path without
 * glob characters needs no permission to list. A backslash escapes a glob character. Locally, a glob skips names that begin
 * with a dot; a file that several patterns match is read once. Or a Readable of bytes, such as an HTTP request, whose ids have
 * a different prefix in every run.
 * @param options `skipHeaderLines` (0), `maxLineBytes` (64 MiB), `delimiter` (`\n` or `\r\n`), `escape` (none),
 * `rejects` (false), `withPosition` (false; true: elements are `{file, byteOffset, value}`), `compression` (`'auto'`), `range` (all of each file), `concurrency` (8 files open
 * at once), `every` (looks once), `matchUpdatedFiles` (false: with `every`, each path is read once), `client`, `stallTimeout`
 * (30 s), `retryFor` (15 min), `allowMixedTargets` (false), and `name`, `highWaterMark` (1,000 values), `signal`, `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`. While it runs: `ERR_SLUICE_NO_MATCH` (no file), `ERR_SLUICE_NOT_FOUND` (no
 * bucket), `ERR_SLUICE_PERMISSION`, `ERR_SLUICE_CREDENTIALS`, `ERR_SLUICE_READ`, `ERR_SLUICE_CHECKSUM`,
 * `ERR_SLUICE_OBJECT_CHANGED` (overwritten meanwhile), `ERR_SLUICE_ENCODING` (UTF-16, damaged compression).
 * @example
 * await chain(readFromText('gs://my-bucket/my-file*.csv', {skipHeaderLines: 1}), map(line => line.split(',')), writeToStdout())
 */
export function readFromText(
  input: string | readonly string[] | Readable,
  options: TextReadOptions & WithPosition & {rejects: true},
): FileSource<Positioned<string>, RejectTags>
export function readFromText(
  input: string | readonly string[] | Readable,
  options: TextReadOptions & WithPosition,
): FileSource<Positioned<string>>
export function readFromText(
  input: string | readonly string[] | Readable,
  options: TextReadOptions & WithoutPosition & {rejects: true},
): FileSource<string, RejectTags>
export function readFromText(
  input: string | readonly string[] | Readable,
  options?: TextReadOptions & WithoutPosition,
): FileSource<string>
export function readFromText(
  input: string | readonly string[] | Readable,
  options?: TextReadOptions & (WithPosition | WithoutPosition),
): FileSource<string> | FileSource<Positioned<string>> {
  const where = 'readFromText'
  const settings = checkReadOptions(where, input, options, [...TEXT_OPTION_NAMES, 'rejects'])
  const rejects = booleanOption(where, 'rejects', options?.rejects, false)
  return new TextSource<{}>(settings, checkTextOptions(where, options), rejects)
}
