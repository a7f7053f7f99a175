import type {Readable} from 'node:stream'
import type {Bundle} from '../../core/index.ts'
import {integerOption} from '../../errors/index.ts'
import {
  checkReadOptions,
  type FileInput,
  type FileReadOptions,
  type FileReadSettings,
  FileSource,
  lineBundles,
  offsetBundles,
} from '../../files/index.ts'
import {DEFAULT_MAX_LINE_BYTES, LineSplitter} from '../../formats/index.ts'

/** Options of {@link readFromText}. */
export interface TextReadOptions extends FileReadOptions {
  /** Lines to leave out at the beginning of each file, default 0. */
  skipHeaderLines?: number
  /** Longest line in bytes, default 64 MiB; a longer one fails the run. */
  maxLineBytes?: number
}

interface TextSettings {
  readonly skipHeaderLines: number
  readonly maxLineBytes: number
}

class TextSource extends FileSource<string> {
  readonly #text: TextSettings

  constructor(settings: FileReadSettings, text: TextSettings) {
    super(settings)
    this.#text = text
  }

  protected override async *readContent({file, prefix, content, follow}: FileInput): AsyncGenerator<Bundle<string>> {
    const splitter = new LineSplitter({file: file.path, ...this.#text})
    follow?.(splitter)
    for await (const chunk of content) yield* lineBundles(prefix, splitter, chunk)
    const {values, offsets} = splitter.end()
    yield* offsetBundles(prefix, values, offsets)
  }
}

/**
 * Reads the lines of text files, local or on Cloud Storage (`gs://bucket/name`).
 *
 * Files are read one after the other, in the order of their names; several patterns in their order. A line ends with
 * `\n` or `\r\n`; a UTF-8 byte order mark is taken off, and bytes that are not UTF-8 become U+FFFD. gzip is recognised by
 * content. Reads of Cloud Storage resume after a broken connection, of the same generation, and are checked by CRC32C.
 * Each line is emitted once, as a string without its line end. Ids are byte offsets in the unzipped content, the same in
 * every run as long as the file is.
 *
 * Metrics: `files` and `bytes` (as stored) read, `retries`.
 *
 * @param input A path, a glob (`*`, `?`, `[…]`, `{…}` within a folder, `**` across folders), or several. A path without
 * glob characters needs no permission to list. A backslash makes a glob character part of the name. Locally, a glob
 * leaves out names that begin with a dot; a file that several patterns match is read once. Or a Readable of bytes, such as an
 * HTTP request, whose ids have another prefix in every run.
 * @param options `skipHeaderLines` (0), `maxLineBytes` (64 MiB), `compression` (`'auto'`), `range`
 * (all of each file), `client`, `stallTimeout` (30 s),
 * `retryFor` (15 min), `allowMixedTargets` (false), and `name`, `highWaterMark` (1,000 values), `signal`, `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`. While it runs: `ERR_SLUICE_NO_MATCH` (no file), `ERR_SLUICE_NOT_FOUND` (no
 * bucket), `ERR_SLUICE_PERMISSION`, `ERR_SLUICE_CREDENTIALS`, `ERR_SLUICE_READ`, `ERR_SLUICE_CHECKSUM`,
 * `ERR_SLUICE_OBJECT_CHANGED` (overwritten meanwhile), `ERR_SLUICE_ENCODING` (UTF-16, damaged gzip).
 * @example
 * await pipeline(readFromText('gs://my-bucket/my-file*.csv', {skipHeaderLines: 1}), new Parse(), writeToStdout())
 */
export function readFromText(
  input: string | readonly string[] | Readable,
  options?: TextReadOptions,
): FileSource<string> {
  const where = 'readFromText'
  const settings = checkReadOptions(where, input, options, ['skipHeaderLines', 'maxLineBytes'])
  return new TextSource(settings, {
    skipHeaderLines: integerOption(where, 'skipHeaderLines', options?.skipHeaderLines, 0, 0),
    maxLineBytes: integerOption(where, 'maxLineBytes', options?.maxLineBytes, DEFAULT_MAX_LINE_BYTES, 1),
  })
}
