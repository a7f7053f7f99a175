import {badOption, SluiceError, show} from '../../errors/index.ts'
import {
  checkWriteOptions,
  FileSink,
  type FileWriteOptions,
  type FileWriteSettings,
  type RecordFormat,
} from '../../files/index.ts'
import {isWellFormed} from '../../util/index.ts'

/** A line, or a function that returns one for the files whose names begin with `prefix`. */
type Line = string | ((prefix: string) => string)

/** Options of {@link writeToText}. */
export interface TextWriteOptions extends FileWriteOptions<string> {
  /** A line at the beginning of each file; a function gets the beginning of the file name. */
  header?: Line | undefined
  /** A line at the end of each file; a function gets the beginning of the file name. */
  footer?: Line | undefined
}

class TextSink extends FileSink<string> {
  readonly #header: Line | undefined
  readonly #footer: Line | undefined

  constructor(settings: FileWriteSettings, header: Line | undefined, footer: Line | undefined) {
    super(settings, 'text/plain; charset=utf-8')
    this.#header = header
    this.#footer = footer
  }

  protected override format(prefix: string): RecordFormat<string> {
    const header = this.#line('header', this.#header, prefix)
    const footer = this.#line('footer', this.#footer, prefix)
    return {lead: 0, record: value => this.#record(value), header: () => header, footer: () => footer}
  }

  #record(value: string): string {
    if (typeof value === 'string' && isWellFormed(value)) return `${value}\n`
    const {name} = this.info
    if (typeof value === 'string')
      throw new SluiceError(
        'ERR_SLUICE_SINK',
        `${name}: ${show(value)} contains half a surrogate pair, which has no UTF-8 form`,
        {
          stage: name,
          element: value,
        },
      )
    throw new SluiceError(
      'ERR_SLUICE_SINK',
      `${name}: ${show(value)} is not a string. Convert it first (map(value => …)), or use writeToJson`,
      {stage: name, element: value},
    )
  }

  #line(option: string, given: Line | undefined, prefix: string): string {
    if (given === undefined) return ''
    const line: unknown = typeof given === 'function' ? given(prefix) : given
    if (typeof line === 'string') return `${line}\n`
    const {name} = this.info
    throw new SluiceError('ERR_SLUICE_SINK', `${name}: \`${option}\` gave ${show(line)} for ${prefix}; give a string`, {
      stage: name,
    })
  }
}

/**
 * Writes each string as a line to files, local or on Cloud Storage (`gs://bucket/name`).
 *
 * No file has its final name until all are complete: lines go to temporary files, which are renamed at the end, or uploaded on
 * condition that nobody else has written there meanwhile. A run that fails leaves no file. An empty input makes an empty file.
 * A line break in a string is written as it is.
 *
 * `'finish'` means that the files are complete, with each line once; `sink.written` then has their names. Messages are refused,
 * since a file is complete only when the stream ends. Metrics: `records`, `bytes` (as stored), `files`, `retries`.
 *
 * With `destination`, a function chooses the files of each element: `writeToText('out', {destination: line => …})`. All
 * destinations become visible together. Few files are open at a time, however many destinations there are.
 *
 * @param prefix The beginning of the file names: `'out/lines'` for `out/lines-00000-of-00001`. With `destination`, the folder of
 * all files. A local folder must exist; folders of destinations are created.
 * @param options `destination`, `suffix` (`''`), `shardNameTemplate` (`'-SSSSS-of-NNNNN'`; `''`: one file, called prefix +
 * suffix), `numShards` (1), `maxRecordsPerShard`, `maxBytesPerShard` (no limit), `header`, `footer`, `compression` (`'auto'`:
 * by the names: `.gz`, `.zst`, `.deflate`), `overwrite` (false: files of an earlier run are an error), `client`, `chunkSize` (8 MiB),
 * `requestTimeout` (2 min), `retryFor` (15 min), `allowMixedTargets` (false), and `name`, `highWaterMark` (1,000 values),
 * `signal`, `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`. While it runs: `ERR_SLUICE_EXISTS`, `ERR_SLUICE_NOT_FOUND` (no folder, no
 * bucket), `ERR_SLUICE_PERMISSION`, `ERR_SLUICE_CREDENTIALS`, `ERR_SLUICE_WRITE`, `ERR_SLUICE_LEASE` (messages),
 * `ERR_SLUICE_SINK` (not a string, a destination without a name, or `flush()` before the end).
 * @example
 * await chain(readFromText('app.log'), filter(line => line.includes('ERROR')), writeToText('errors', {suffix: '.txt.gz'}))
 */
export function writeToText(prefix: string, options?: TextWriteOptions): FileSink<string> {
  const where = 'writeToText'
  const settings = checkWriteOptions(where, prefix, options, ['header', 'footer'])
  return new TextSink(
    settings,
    lineOption(where, 'header', options?.header),
    lineOption(where, 'footer', options?.footer),
  )
}

function lineOption(where: string, name: string, given: unknown): Line | undefined {
  if (given === undefined || typeof given === 'string' || typeof given === 'function') return given as Line | undefined
  throw badOption(where, name, given, 'a string, or a function of the beginning of the file name')
}
