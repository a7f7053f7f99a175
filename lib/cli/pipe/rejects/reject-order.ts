import type {SourceRecord} from '../../../core/index.ts'
import {type CsvOptions, CsvTexts, checkCsvOptions} from '../../../formats/index.ts'
import {type CsvDialect, csvEncoder} from '../output-lines.ts'
import type {Reorder} from './reject-files.ts'

/** Parses CSV records by the names in their header, and writes them again in another column order. */
export function reorderIn(dialect: CsvDialect, csv: CsvOptions): Reorder {
  const encoder = csvEncoder(dialect)
  const readers = new Map<string, Promise<CsvTexts>>()
  const readerOf = (names: readonly string[]) => {
    const key = JSON.stringify(names)
    let reader = readers.get(key)
    if (!reader) {
      const settings = checkCsvOptions('--rejects', {
        ...csv,
        delimiter: dialect.delimiter,
        header: false,
        columns: names,
      })
      readers.set(key, (reader = CsvTexts.open('--rejects', settings, {rejects: true})))
    }
    return reader
  }
  return async (record, columns) => {
    // with `columns` or no header, names follow positions: there is no order to restore
    if (csv.columns !== undefined || !record.header) return undefined
    try {
      const {values, rejects} = (await readerOf(record.header.names)).read(record.bytes)
      const [row] = values
      if (!row || values.length > 1 || rejects.length > 0) return undefined
      const line = encoder.line(columns.map(name => row[name]))
      return {...record, bytes: Buffer.from(line + lineEndOf(record))}
    } catch {
      // an unparsable record stays as it is
      return undefined
    }
  }
}

function lineEndOf({bytes}: SourceRecord): string {
  return /\r?\n$/.exec(bytes.toString('latin1', Math.max(0, bytes.length - 2)))?.[0] ?? ''
}
