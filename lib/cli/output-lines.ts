import {show} from '../errors/index.ts'
import {CsvEncoder, jsonLine} from '../formats/index.ts'
import type {Format} from './record-formats.ts'

/** How CSV is written. */
export interface CsvDialect {
  readonly delimiter: string
  /** `null`: nothing is enclosed. */
  readonly quote: string | null
  readonly escape: string | null
  readonly header: boolean
}

/** What tells the order of columns whose names are numbers. */
export type ColumnOrder = () => readonly string[] | undefined

/** The function that makes a line of a value, without its end; it throws for what the format cannot hold. */
export function lineMaker(format: Format, dialect: CsvDialect, order?: ColumnOrder): (value: unknown) => string {
  if (format === 'jsonl') return jsonLine
  if (format === 'text') return value => (typeof value === 'string' ? value : jsonLine(value))
  const encoder = csvEncoder(dialect, order)
  let first = dialect.header
  return value => {
    const line = encoder.record(fieldsOf(value))
    if (!first) return line
    first = false
    // the first record that can be written names the columns
    return `${encoder.header()}\n${line}`
  }
}

/** What makes CSV of records and of lists of fields. */
export function csvEncoder(dialect: CsvDialect, order?: ColumnOrder): CsvEncoder {
  return new CsvEncoder({where: 'csv', ...dialect, order, advice: 'Give all records the same fields: --select a,b'})
}

/** A value as a record with fields. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date))
    return value as Record<string, unknown>
  throw new Error(`${show(value)} has no fields; make an object of it: --map 'x => ({x})'`)
}
