import {checkWriteOptions, FileSink, type FileWriteSettings, type RecordFormat} from '../../files/index.ts'
import type {FileTarget} from './pipe-settings.ts'
import type {Format} from './record-formats.ts'

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
  jsonl: 'application/x-ndjson',
  json: 'application/json',
}

/** Writes finished lines to local files or to Cloud Storage. */
class LineFile extends FileSink<string> {
  readonly #end: () => readonly string[]

  constructor(settings: FileWriteSettings, contentType: string, end: () => readonly string[]) {
    super(settings, contentType)
    this.#end = end
  }

  protected override format(): RecordFormat<string> {
    const footer = () =>
      this.#end()
        .map(line => `${line}\n`)
        .join('')
    return {lead: 0, record: line => `${line}\n`, header: () => '', footer}
  }
}

/**
 * The sink for `--to FILE` and `--to gs://PREFIX`; an invalid path is a usage error right away.
 *
 * @param end the lines after those of the last record
 */
export function fileTarget(
  {file, format, prefix}: FileTarget,
  overwrite: boolean,
  end: () => readonly string[],
): FileSink<string> {
  const names = prefix ? {suffix: `.${format}`} : {shardNameTemplate: ''}
  const settings = checkWriteOptions('--to', file, {...names, overwrite}, [])
  return new LineFile(settings, CONTENT_TYPES[format], end)
}
