import {keysInOrder} from '../../core/index.ts'
import {messageOf, SluiceError, show} from '../../errors/index.ts'
import {isWellFormed} from '../../util/index.ts'
import {jsonLine, NotJson} from '../json/json-line.ts'
import {numberText} from '../numbers/exact-number.ts'

/** How rows become CSV. */
export interface CsvEncoderOptions {
  /** The name of the stage, for error messages. */
  where: string
  /** Names of the columns in order; other keys of a row are left out. Default: the keys of the first row. */
  columns?: readonly string[] | undefined
  /**
   * Without `columns`: the order of names that are integers, which the keys of a row do not preserve; see `keysInOrder`.
   */
  order?: (() => readonly string[] | undefined) | undefined
  /** What separates fields. */
  delimiter: string
  /** What encloses fields, default `"`. `null`: nothing does, and a field that would need it is refused. */
  quote?: string | null
  /** What precedes a quote in a field, default the quote; it is doubled itself. */
  escape?: string | null
  /** The advice in the error for a row with a key that the first row does not have. */
  advice?: string
}

/**
 * Formats rows as records without line ends, quoted according to RFC 4180: a field with the delimiter, a quote or a line
 * break is quoted, and a quote in it is doubled. Nothing else is changed: a text that a spreadsheet would take for a
 * formula stays as it is.
 */
export class CsvEncoder {
  readonly #where: string
  readonly #delimiter: string
  readonly #quoteMark: string | null
  readonly #escape: string
  readonly #advice: string
  readonly #special: RegExp
  /** The record written instead of a blank line. */
  readonly #blank: string
  /** True if the columns come from the first row: then a row with another key would lose data. */
  readonly #derived: boolean
  readonly #order: () => readonly string[] | undefined
  #columns: readonly string[] | undefined
  /** True if a column has the name of something that every object inherits, such as `constructor`. */
  #inherited = false
  #known: ReadonlySet<string> = new Set()

  constructor(options: CsvEncoderOptions) {
    const {where, columns, delimiter, quote = '"', advice = 'Give `columns`'} = options
    this.#where = where
    this.#derived = columns === undefined
    this.#order = options.order ?? (() => undefined)
    if (columns) this.#setColumns(columns)
    this.#delimiter = delimiter
    this.#quoteMark = quote
    this.#escape = options.escape ?? quote ?? ''
    this.#advice = advice
    this.#blank = quote === null ? '' : quote + quote
    // A reader would remove a byte order mark at the beginning of a file, and a field that ends with part of the delimiter
    // would run into the next field.
    const parts = `${delimiter}${quote ?? ''}`.replace(/[\\\]^-]/g, '\\$&')
    this.#special = new RegExp(`[\\r\\n${parts}]|^\\ufeff`)
  }

  /** The record of the column names, once they are known. */
  header(): string | undefined {
    return this.#columns && this.line(this.#columns)
  }

  /** The record of a row. Throws ERR_SLUICE_SINK for what CSV cannot represent. */
  record(row: unknown): string {
    if (typeof row !== 'object' || row === null || Array.isArray(row) || ArrayBuffer.isView(row))
      throw this.#bad(row, 'is not a row: CSV rows are objects whose keys are the names of columns', row)
    const fields = row as Record<string, unknown>
    const columns = this.#columns ?? this.#columnsOf(fields)
    if (this.#derived && this.#columns) this.#check(fields)
    const inherited = this.#inherited
    let text = ''
    for (let i = 0; i < columns.length; i++) {
      const name = columns[i]!
      const value = inherited && !isOwn(fields, name) ? undefined : fields[name]
      if (i > 0) text += this.#delimiter
      if (typeof value === 'string') text += this.#quote(value, row)
      else if (value !== null && value !== undefined) text += this.#quote(this.#text(value, name, row), row)
    }
    // only now, so that a refused row names no columns
    if (!this.#columns) this.#setColumns(columns)
    return text === '' ? this.#blank : text
  }

  /** The record of fields without names. */
  line(cells: readonly unknown[]): string {
    const texts = cells.map((cell, i) => {
      if (cell === null || cell === undefined) return ''
      return this.#quote(typeof cell === 'string' ? cell : this.#text(cell, `#${i + 1}`, cells), cells)
    })
    return texts.join(this.#delimiter) || this.#blank
  }

  #columnsOf(row: Record<string, unknown>): readonly string[] {
    const columns = keysInOrder(row, this.#order)
    if (columns.length > 0) return columns
    throw this.#bad(row, `is the first row and has no keys to name columns by. ${this.#advice}`, row)
  }

  #setColumns(columns: readonly string[]): void {
    this.#columns = columns
    this.#known = new Set(columns)
    this.#inherited = columns.some(name => name in Object.prototype)
  }

  #check(row: Record<string, unknown>): void {
    for (const key in row) {
      if (this.#known.has(key) || !Object.hasOwn(row, key)) continue
      const columns = [...this.#known].join(', ')
      throw this.#bad(
        row,
        `has the key '${key}', for which the first row left no column (${columns}). ${this.#advice}`,
        row,
      )
    }
  }

  #quote(text: string, row: unknown): string {
    if (!isWellFormed(text)) throw this.#bad(text, 'has half a surrogate pair, which UTF-8 cannot represent', row)
    if (!this.#special.test(text)) return text
    const mark = this.#quoteMark
    if (mark === '"' && this.#escape === mark) return `"${text.replaceAll('"', '""')}"`
    if (mark === null) throw this.#bad(text, 'cannot be written without quotes', row)
    const before = this.#escape
    const escaped = before === mark ? text : text.replaceAll(before, () => before + before)
    return mark + escaped.replaceAll(mark, () => before + mark) + mark
  }

  #text(value: unknown, column: string, row: unknown): string {
    switch (typeof value) {
      case 'number':
        // a reader of the file would take it for text
        if (!Number.isFinite(value)) break
        return numberText(value)
      case 'boolean':
      case 'bigint':
        return String(value)
      case 'object':
        if (!(value instanceof Date)) return this.#json(value as object, column, row)
        if (!Number.isNaN(value.getTime())) return value.toISOString()
    }
    throw this.#bad(value, `in column '${column}' cannot be represented in CSV. Convert it to a string`, row)
  }

  #json(value: object, column: string, row: unknown): string {
    try {
      const text = jsonLine(value)
      // a number of a library, a URL: write the text, not its JSON
      const own = text.startsWith('"') && typeof (value as {toJSON?: unknown}).toJSON === 'function'
      return own ? (JSON.parse(text) as string) : text
    } catch (cause) {
      const reason = cause instanceof NotJson ? cause.message : `it cannot be written as JSON: ${messageOf(cause)}`
      throw this.#bad(value, `in column '${column}': ${reason}`, row, cause)
    }
  }

  #bad(value: unknown, what: string, row: unknown, cause?: unknown): SluiceError {
    return new SluiceError('ERR_SLUICE_SINK', `${this.#where}: ${show(value)} ${what}`, {
      stage: this.#where,
      element: row,
      cause,
    })
  }
}

/** False for a property that every object inherits. */
function isOwn(row: object, name: string): boolean {
  return !(name in Object.prototype) || Object.hasOwn(row, name)
}
