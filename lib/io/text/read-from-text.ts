import type {Readable} from 'node:stream'
import type {Bundle} from '../../core/index.ts'
import {
  checkReadOptions,
  type FileInput,
  type FileReadOptions,
  type FileReadSettings,
  FileSource,
  type FileSourceOptions,
  type Positioned,
  type WithoutPosition,
  type WithPosition,
} from '../../files/index.ts'
import {checkTextOptions, TEXT_OPTION_NAMES, type TextOptions, type TextSettings} from '../../formats/index.ts'
import {linesOf} from './text-lines.ts'

/** Options of {@link readFromText}. */
export interface TextReadOptions extends FileReadOptions, FileSourceOptions, TextOptions {}

class TextSource extends FileSource<string> {
  readonly #text: TextSettings

  constructor(settings: FileReadSettings, text: TextSettings) {
    super(settings)
    this.#text = text
  }

  protected override readContent(input: FileInput): AsyncIterable<Bundle<string>> {
    return linesOf(input, this.#text)
  }
}

/**
 * Reads the lines of text files, local or on Cloud Storage (`gs://bucket/name`).
 *
 * Files are read one after the other, in the order of their names; several patterns in their order. A line ends with
 * `\n` or `\r\n`, or with a `delimiter` of yours, which an `escape` character may make part of a line; a UTF-8 byte order mark
 * is taken off, and bytes that are not UTF-8 become U+FFFD. gzip, zstd and bzip2 are recognised by content, deflate by a name
 * in `.deflate` or `.zz`. Reads of Cloud Storage resume after a broken connection, of the same generation, and are checked by
 * CRC32C.
 * Each line is emitted once, as a string without its line end. Ids are byte offsets in the unzipped content, the same in
 * every run as long as the file is.
 *
 * With `every` it goes on looking for files, and gives the lines of new ones; it then ends by `drain()`, `endEarly()` or its
 * signal. Lines have the time of the search that found their file as their timestamp, and the watermark follows. What was
 * found is remembered in memory, so after a restart all files are read again, with the same ids, unless the run has a checkpoint.
 *
 * Metrics: `files` and `bytes` (as stored) read, `totalBytes` of all files, `retries`.
 *
 * @param input A path, a glob (`*`, `?`, `[…]`, `{…}` within a folder, `**` across folders), or several. A path without
 * glob characters needs no permission to list. A backslash makes a glob character part of the name. Locally, a glob
 * leaves out names that begin with a dot; a file that several patterns match is read once. Or a Readable of bytes, such as an
 * HTTP request, whose ids have another prefix in every run.
 * @param options `skipHeaderLines` (0), `maxLineBytes` (64 MiB), `delimiter` (`\n` or `\r\n`), `escape` (none),
 * `withPosition` (false; true: elements are `{file, byteOffset, value}`), `compression` (`'auto'`), `range` (all of each file), `concurrency` (8 files open
 * at once), `every` (looks once), `matchUpdatedFiles` (false: with `every`, each path is read once), `client`, `stallTimeout`
 * (30 s), `retryFor` (15 min), `allowMixedTargets` (false), and `name`, `highWaterMark` (1,000 values), `signal`, `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`. While it runs: `ERR_SLUICE_NO_MATCH` (no file), `ERR_SLUICE_NOT_FOUND` (no
 * bucket), `ERR_SLUICE_PERMISSION`, `ERR_SLUICE_CREDENTIALS`, `ERR_SLUICE_READ`, `ERR_SLUICE_CHECKSUM`,
 * `ERR_SLUICE_OBJECT_CHANGED` (overwritten meanwhile), `ERR_SLUICE_ENCODING` (UTF-16, damaged compression).
 * @example
 * await pipeline(readFromText('gs://my-bucket/my-file*.csv', {skipHeaderLines: 1}), new Parse(), writeToStdout())
 */
export function readFromText(
  input: string | readonly string[] | Readable,
  options: TextReadOptions & WithPosition,
): FileSource<Positioned<string>>
export function readFromText(
  input: string | readonly string[] | Readable,
  options?: TextReadOptions & WithoutPosition,
): FileSource<string>
export function readFromText(
  input: string | readonly string[] | Readable,
  options?: TextReadOptions & (WithPosition | WithoutPosition),
): FileSource<string> | FileSource<Positioned<string>> {
  const where = 'readFromText'
  const settings = checkReadOptions(where, input, options, TEXT_OPTION_NAMES)
  return new TextSource(settings, checkTextOptions(where, options))
}
