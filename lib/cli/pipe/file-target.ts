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

/** Writes lines that are made already, to files local or on Cloud Storage. */
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
 * The sink of `--to FILE` and `--to gs://PREFIX`; what makes no path is a usage error, at once.
 *
 * @param end the lines behind those of the last record
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
