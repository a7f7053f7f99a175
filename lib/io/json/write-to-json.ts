import {messageOf, SluiceError, show} from '../../errors/index.ts'
import {checkWriteOptions, FileSink, type FileWriteOptions} from '../../files/index.ts'
import {jsonLine, NotJson} from '../../formats/index.ts'

/** Options of {@link writeToJson}. */
export type JsonWriteOptions = FileWriteOptions

class JsonSink extends FileSink<unknown> {
  protected override record(value: unknown): string {
    try {
      return `${jsonLine(value)}\n`
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
 * Writes each value as a line of JSON to files, local or on Cloud Storage.
 *
 * BigInt becomes a string; NaN, Infinity, invalid Dates, circular objects, and functions and symbols in place of an element
 * fail the run and are named. Files become visible at the end, all or none, as by `writeToText`. Each value is written
 * once. Metrics are those of `writeToText`.
 *
 * @param prefix What the names begin with, as for `writeToText`.
 * @param options Those of `writeToText` but for `header` and `footer`.
 * @throws What `writeToText` throws; `ERR_SLUICE_SINK` for a value that JSON has no form for.
 * @example
 * await pipeline(readFromCsv('gs://my-bucket/my-file*.csv'), writeToJson('gs://my-bucket/rows', {suffix: '.jsonl'}))
 */
export function writeToJson(prefix: string, options?: JsonWriteOptions): FileSink<unknown> {
  return new JsonSink(checkWriteOptions('writeToJson', prefix, options, []), 'application/x-ndjson')
}
