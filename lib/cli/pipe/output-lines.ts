import {show} from '../../errors/index.ts'
import {CsvEncoder, jsonLine} from '../../formats/index.ts'
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

/** Makes the lines of one output, without the end of the last of them. */
export interface OutputLines {
  /** What is complete once there is this value, one line or two; throws for what the format cannot hold. */
  line(value: unknown): string
  /**
   * The lines that come after those of the last value.
   *
   * @param columns the columns, if they are known though no record has named them
   */
  end(columns?: readonly string[]): string[]
  /** Whether anything has been written, or waits to be. */
  readonly begun: boolean
}

/** What makes the lines of a format. */
export function outputLines(format: Format, dialect: CsvDialect, order?: ColumnOrder): OutputLines {
  if (format === 'json') return new ArrayLines()
  if (format === 'csv' || format === 'tsv') return new CsvLines(dialect, order)
  return new PlainLines(format === 'jsonl' ? jsonLine : value => (typeof value === 'string' ? value : jsonLine(value)))
}

/** A line for each value, and nothing else. */
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
    // the first record that can be written names the columns
    return `${this.#encoder.header()}\n${line}`
  }

  end(columns?: readonly string[]): string[] {
    return this.begun || !this.#header || !columns ? [] : [this.#encoder.line(columns)]
  }
}

/** One array, an element a line. What comes behind an element depends on whether another one follows: the last one waits. */
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
