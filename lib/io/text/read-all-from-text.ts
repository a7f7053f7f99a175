import type {Bundle, DeadLetter, DoFn, OnError} from '../../core/index.ts'
import {
  checkReadSettings,
  type FileInput,
  type FileReadOptions,
  type FileReadSettings,
  type Positioned,
  ReadAllStage,
  type WithoutPosition,
  type WithPosition,
} from '../../files/index.ts'
import {
  checkTextOptions,
  TEXT_OPTION_NAMES,
  type TextOptions,
  type TextSettings,
  Utf8Notice,
} from '../../formats/index.ts'
import {linesOf} from './text-lines.ts'

/** Options of {@link readAllFromText}. */
export interface ReadAllTextOptions<Tag extends string = never> extends FileReadOptions, TextOptions {
  /** What happens to a path that cannot be read: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

class ReadAllText<Tags extends object> extends ReadAllStage<string, Tags> {
  static override readonly name = 'readAllFromText'
  readonly #text: TextSettings
  readonly #notice = new Utf8Notice(this.info, 'Convert the file first: iconv -f LATIN1 -t UTF-8')

  constructor(settings: FileReadSettings, text: TextSettings, onError: unknown) {
    super(settings, onError)
    this.#text = text
  }

  protected override readContent(input: FileInput): AsyncIterable<Bundle<string>> {
    return linesOf(input, this.#text, this.#notice)
  }
}

/**
 * A DoFn that takes paths and patterns, local or on Cloud Storage, and emits the lines of their files as `readFromText` does.
 *
 * Files are read one after the other in the order of the paths, those of a pattern in the order of their names; the next
 * files are listed and opened ahead (`concurrency`). A huge file is read only as fast as its lines are consumed.
 *
 * A line has the id that `readFromText` gives it, whatever the id of the path: a file that is read twice gives the same ids.
 * It has the timestamp of the path; a path that came as a message is acknowledged when all its lines are committed.
 *
 * A path that cannot be read, or a pattern that matches nothing, fails the run, or is the `element` of a dead letter,
 * depending on `onError`. Lines read before the failure stay emitted; the rest of the file is not read.
 *
 * Metrics: `files` and `bytes` (as stored) read, `retries`.
 *
 * @param options `skipHeaderLines` (0), `maxLineBytes` (64 MiB), `delimiter` (`\n` or `\r\n`), `escape` (none),
 * `withPosition` (false; true: elements are `{file, byteOffset, value}`), `concurrency` (8 files), `compression` (`'auto'`), `client`, `stallTimeout` (30 s), `retryFor` (15 min), `allowMixedTargets` (false), `onError` (`'fail'`), and `name`, `highWaterMark`
 * (1,000 values), `signal`, `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`. While it runs, with `onError: 'fail'`: `ERR_SLUICE_PROCESS` (not a path) and what
 * `readFromText` throws; and `ERR_SLUICE_MIXED_TARGETS` at the first path of Cloud Storage.
 * @example
 * await chain(create(['gs://my-bucket/a.txt', 'gs://my-bucket/2026/*.txt']), readAllFromText(), writeToStdout())
 */
export function readAllFromText<const Tag extends string = never>(
  options: ReadAllTextOptions<Tag> & WithPosition,
): DoFn<string, Positioned<string>, {[K in Tag]: DeadLetter<string>}>
export function readAllFromText<const Tag extends string = never>(
  options?: ReadAllTextOptions<Tag> & WithoutPosition,
): DoFn<string, string, {[K in Tag]: DeadLetter<string>}>
export function readAllFromText<const Tag extends string = never>(
  options?: ReadAllTextOptions<Tag> & (WithPosition | WithoutPosition),
):
  | DoFn<string, string, {[K in Tag]: DeadLetter<string>}>
  | DoFn<string, Positioned<string>, {[K in Tag]: DeadLetter<string>}> {
  const where = 'readAllFromText'
  const settings = checkReadSettings(where, options, [...TEXT_OPTION_NAMES, 'onError'])
  return new ReadAllText(settings, checkTextOptions(where, options), options?.onError) as unknown as DoFn<
    string,
    string,
    {[K in Tag]: DeadLetter<string>}
  >
}
