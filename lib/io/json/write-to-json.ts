import {enumOption, messageOf, SluiceError, show} from '../../errors/index.ts'
import {
  checkWriteOptions,
  FileSink,
  type FileWriteOptions,
  type FileWriteSettings,
  plainRecords,
  type RecordFormat,
} from '../../files/index.ts'
import {jsonLine, NotJson} from '../../formats/index.ts'

/** Options of {@link writeToJson}. */
export interface JsonWriteOptions<T = unknown> extends FileWriteOptions<T> {
  /** `'lines'` (default): one value on each line. `'array'`: each file is one JSON array, with one value on each line. */
  format?: 'lines' | 'array' | undefined
}

class JsonSink<T> extends FileSink<T> {
  readonly #array: boolean

  constructor(settings: FileWriteSettings, array: boolean) {
    super(settings, array ? 'application/json' : 'application/x-ndjson')
    this.#array = array
  }

  protected override format(): RecordFormat<T> {
    if (!this.#array) return plainRecords(value => `${this.#json(value)}\n`)
    // without the comma before the first value of a file
    return {lead: 2, record: value => `,\n${this.#json(value)}`, header: () => '[\n', footer: () => '\n]\n'}
  }

  #json(value: T): string {
    try {
      return jsonLine(value)
    } catch (cause) {
      const {name} = this.info
      const reason = cause instanceof NotJson ? `${cause.message}. Turn it into something else first` : messageOf(cause)
      throw new SluiceError('ERR_SLUICE_SINK', `${name}: ${show(value)} cannot be written as JSON: ${reason}`, {
        stage: name,
        element: value,
        cause,
      })
    }
  }
}

/**
 * Writes each value as a line of JSON to files, local or on Cloud Storage; or each file as one JSON array.
 *
 * BigInts are written as digits, as `readFromJson` reads them. A value without a JSON form fails the run, which names its path:
 * NaN, Infinity, Maps, Sets, functions, symbols, `undefined` in an array, bytes, invalid Dates, circular objects. Files become visible at the end, all or none, as by `writeToText`. Each value is written
 * once. Metrics are those of `writeToText`.
 *
 * @typeParam T The type of a value, for `destination`.
 * @param prefix The beginning of the file names, as for `writeToText`.
 * @param options `format` (`'lines'`), and those of `writeToText` but for `header` and `footer`.
 * @throws What `writeToText` throws; `ERR_SLUICE_SINK` for a value without a JSON form.
 * @example
 * await chain(readFromCsv('gs://my-bucket/my-file*.csv'), writeToJson('gs://my-bucket/rows', {suffix: '.jsonl'}))
 */
export function writeToJson<T = unknown>(prefix: string, options?: JsonWriteOptions<T>): FileSink<T> {
  const where = 'writeToJson'
  const settings = checkWriteOptions(where, prefix, options, ['format'])
  const format = enumOption(where, 'format', options?.format, 'lines', ['lines', 'array'])
  return new JsonSink<T>(settings, format === 'array')
}
