import {show} from '../errors/index.ts'
import {jsonLine} from '../formats/index.ts'
import type {Format} from './pipe-settings.ts'

/** How CSV is written. */
export interface CsvDialect {
  readonly delimiter: string
  /** `null`: nothing is enclosed. */
  readonly quote: string | null
  readonly escape: string | null
  readonly header: boolean
}

/** The function that makes a line of a value, without its end; it throws for what the format cannot hold. */
export function lineMaker(format: Format, dialect: CsvDialect): (value: unknown) => string {
  if (format === 'jsonl') return jsonLine
  if (format === 'text') return value => (typeof value === 'string' ? value : jsonLine(value))
  let columns: readonly string[] | undefined
  return value => {
    const row = fieldsOf(value)
    // the first record names the columns
    const first = columns === undefined
    columns ??= Object.keys(row)
    const line = csvLine(cellsOf(row, columns), dialect)
    return first && dialect.header ? `${csvLine(columns, dialect)}\n${line}` : line
  }
}

/** A value as a record with fields. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date))
    return value as Record<string, unknown>
  throw new Error(`${show(value)} has no fields; make an object of it: --map 'x => ({x})'`)
}

function cellsOf(row: Record<string, unknown>, columns: readonly string[]): unknown[] {
  const extra = Object.keys(row).find(name => !columns.includes(name))
  if (extra !== undefined)
    throw new Error(`field '${extra}' is no column of the output, whose columns are those of the first record`)
  return columns.map(name => row[name])
}

/** One record of CSV, without its line end. */
export function csvLine(cells: readonly unknown[], dialect: CsvDialect): string {
  const {delimiter, quote} = dialect
  const line = cells.map(cell => {
    const text = cellText(cell)
    const special = text.includes(delimiter) || /[\r\n]/.test(text) || (quote !== null && text.includes(quote))
    if (!special) return text
    if (quote === null) throw new Error(`${show(text)} cannot be written without quotes`)
    return `${quote}${escapeQuotes(text, quote, dialect.escape ?? quote)}${quote}`
  })
  // an empty line would be no record
  if (line.length === 1 && line[0] === '' && quote !== null) return quote + quote
  return line.join(delimiter)
}

function escapeQuotes(text: string, quote: string, mark: string): string {
  const escaped = mark === quote ? text : text.replaceAll(mark, () => mark + mark)
  return escaped.replaceAll(quote, () => mark + quote)
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  if (typeof cell === 'string') return cell
  const text = jsonLine(cell)
  // a Date and a BigInt are quoted in JSON
  return text.startsWith('"') ? (JSON.parse(text) as string) : text
}
