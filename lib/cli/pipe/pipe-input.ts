import type {Source} from '../../core/index.ts'
import type {FileSource} from '../../files/index.ts'
import {csvCasts} from './casts.ts'
import type {CsvDialect} from './output-lines.ts'
import type {PipeSettings} from './pipe-settings.ts'
import {STANDARD} from './record-formats.ts'

/** The input of the command. */
export interface PipeInput {
  readonly source: Source<unknown, {[tag: string]: unknown}>
  /** The CSV columns, once a header has been read. */
  columns(): readonly string[] | undefined
}

/** Creates the source; only the reader of its format is loaded. */
export async function pipeInput(settings: PipeSettings): Promise<PipeInput> {
  const {input} = settings
  const at = input.indexOf(STANDARD)
  const files = input.filter(name => name !== STANDARD)
  const source = await readerOf(settings, files.length > 0 ? files : process.stdin)
  if (files.length > 0 && at >= 0) source.insertStream(process.stdin, at)
  source.keepRecords()
  return {source: source as unknown as PipeInput['source'], columns: () => source.info.columns?.()}
}

async function readerOf(
  settings: PipeSettings,
  input: readonly string[] | NodeJS.ReadStream,
): Promise<FileSource<unknown, {}>> {
  const {from, csv, casts, numbers} = settings
  const options = {name: 'Read', rejects: true} as const
  if (from === 'text') {
    const {readFromText} = await import('../../io/text/index.ts')
    return readFromText(input, options)
  }
  if (from === 'jsonl' || from === 'json') {
    const {readFromJson} = await import('../../io/json/index.ts')
    return readFromJson(input, {...options, numbers, format: from === 'json' ? 'document' : 'lines'})
  }
  const {readFromCsv} = await import('../../io/csv/index.ts')
  const cast = csvCasts(casts)
  return readFromCsv(input, {
    ...csv,
    ...options,
    delimiter: inputDialect(settings).delimiter,
    ...(cast && {cast}),
  })
}

/** The dialect of the CSV input. */
export function inputDialect({from, csv}: PipeSettings): CsvDialect {
  return dialectOf(from, csv)
}

/** The dialect for reading or writing a format. */
export function dialectOf(format: string, csv: PipeSettings['csv']): CsvDialect {
  const {delimiter = format === 'tsv' ? '\t' : ',', quote = '"', header} = csv
  return {delimiter, quote, escape: quote === null ? null : (csv.escape ?? quote), header: header !== false}
}
