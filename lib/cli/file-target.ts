import {checkWriteOptions, FileSink, plainRecords, type RecordFormat} from '../files/index.ts'
import type {FileTarget} from './pipe-settings.ts'
import type {Format} from './record-formats.ts'

const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  tsv: 'text/tab-separated-values; charset=utf-8',
  jsonl: 'application/x-ndjson',
}

/** Writes lines that are made already, to files local or on Cloud Storage. */
class LineFile extends FileSink<string> {
  protected override format(): RecordFormat<string> {
    return plainRecords(line => `${line}\n`)
  }
}

/** The sink of `--to FILE` and `--to gs://PREFIX`; what makes no path is a usage error, at once. */
export function fileTarget({file, format, prefix}: FileTarget, overwrite: boolean): FileSink<string> {
  const names = prefix ? {suffix: `.${format}`} : {shardNameTemplate: ''}
  const settings = checkWriteOptions('--to', file, {...names, overwrite}, [])
  return new LineFile(settings, CONTENT_TYPES[format])
}
