import {show} from '../../errors/index.ts'
import {CsvEncoder, jsonLine} from '../../formats/index.ts'
import type {Format} from './record-formats.ts'

/** How CSV is written. */
export interface CsvDialect {
  readonly delimiter: string
  /** `null`: fields are never quoted. */
  readonly quote: string | null
  readonly escape: string | null
  readonly header: boolean
}

/** Returns the order of columns, which records with integer-like names cannot keep. */
type ColumnOrder = () => readonly string[] | undefined

/** Makes the lines of one output, without the last line's end. */
export interface OutputLines {
  /** The text that this value completes, one line or two; throws for a value that the format cannot represent. */
  line(value: unknown): string
  /**
   * The lines that follow those of the last value.
   *
   * @param columns the columns, if they are known even though there was no record
   */
  end(columns?: readonly string[]): string[]
  /** Whether anything has been written or is waiting to be. */
  readonly begun: boolean
}

/** The line writer of a format. */
export function outputLines(format: Format, dialect: CsvDialect, order?: ColumnOrder): OutputLines {
  if (format === 'json') return new ArrayLines()
  if (format === 'csv' || format === 'tsv') return new CsvLines(dialect, order)
  return new PlainLines(format === 'jsonl' ? jsonLine : value => (typeof value === 'string' ? value : jsonLine(value)))
}

/** One line per value and nothing else. */
class PlainLines implements OutputLines {
  begun = false
  readonly #line: (value: unknown) => string

  constructor(line: (value: unknown) => string) {
    this.#line = line
  }

  line(value: unknown): string {
    const line = this.#line(value)
    this.begun = true
    return line
  }

  end(): string[] {
    return []
  }
}

class CsvLines implements OutputLines {
  begun = false
  readonly #encoder: CsvEncoder
  readonly #header: boolean

  constructor(dialect: CsvDialect, order: ColumnOrder | undefined) {
    this.#encoder = csvEncoder(dialect, order)
    this.#header = dialect.header
  }

  line(value: unknown): string {
    const line = this.#encoder.record(fieldsOf(value))
    if (this.begun || !this.#header) return line
    this.begun = true
    // the first writable record decides the columns
    return `${this.#encoder.header()}\n${line}`
  }

  end(columns?: readonly string[]): string[] {
    return this.begun || !this.#header || !columns ? [] : [this.#encoder.line(columns)]
  }
}

/** One array, one element per line. The last element waits, since what follows it depends on whether there is another. */
class ArrayLines implements OutputLines {
  begun = false
  #last: string | undefined

  line(value: unknown): string {
    const line = jsonLine(value)
    const before = this.#last === undefined ? '[' : `${this.#last},`
    this.begun = true
    this.#last = line
    return before
  }

  end(): string[] {
    return this.#last === undefined ? ['[', ']'] : [this.#last, ']']
  }
}

/** Encodes records and lists of fields as CSV. */
export function csvEncoder(dialect: CsvDialect, order?: ColumnOrder): CsvEncoder {
  return new CsvEncoder({where: 'csv', ...dialect, order, advice: 'Give all records the same fields: --select a,b'})
}

/** Treats a value as a record with fields. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date))
    return value as Record<string, unknown>
  throw new Error(`${show(value)} has no fields; make an object of it: --map 'x => ({x})'`)
}
