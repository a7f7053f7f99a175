import {SluiceError, show} from '../errors/index.ts'
import type {RecordBatch} from './csv-batch.ts'
import {type CsvCastContext, castOf} from './csv-cast.ts'
import {type CsvColumns, type CsvSettings, isColumn} from './csv-options.ts'
import type {PlainRecords} from './record-scanner.ts'
import {type Casts, type RowCode, rowCode} from './row-code.ts'

/** How the records of one file become rows: fresh plain objects. A cast that fails throws a `BadField`. */
export class RowMaker {
  /** How many fields a record must have. */
  readonly count: number
  /** True for the columns that rows have, by position. */
  readonly wanted: readonly boolean[]
  readonly #casts: Casts
  readonly #contexts: readonly CsvCastContext[]
  readonly #code: RowCode

  /** The row maker of one file: of its header, or of the `columns` option. */
  constructor(file: string, settings: CsvSettings, header: string[] | undefined) {
    const names = columnNames(file, settings.columns, header)
    checkCastColumns(file, settings, names)
    this.count = names.length
    this.wanted = names.map(name => typeof name === 'string')
    this.#casts = names.map(name => (typeof name === 'string' ? castOf(settings.cast, name) : undefined))
    this.#contexts = names.map((name, index) => ({file, column: typeof name === 'string' ? name : '', index}))
    this.#code = rowCode(names, this.#casts)
  }

  /** A row of a record's fields; those of columns that are left out are not looked at. */
  fromFields(fields: readonly string[]): Record<string, unknown> {
    return this.#code.fromFields(fields, this.#casts, this.#contexts)
  }

  /** Adds the rows of plain records to the batch: {@link RowCode.addPlain}. */
  addPlain(batch: RecordBatch, text: string, records: PlainRecords, offset: number): void {
    this.#code.addPlain(batch, text, records, offset, this.#casts, this.#contexts)
  }
}

function columnNames(file: string, columns: CsvSettings['columns'], header: string[] | undefined): CsvColumns {
  const names = typeof columns === 'function' ? columns([...header!]) : (columns ?? header!)
  if (!Array.isArray(names) || !names.every(isColumn))
    throw malformed(file, `\`columns\` returned ${show(names)}; return an array of names (null leaves a column out)`)
  if (header === undefined || names === header) return checkTwice(file, names)
  // Names of the header only are those that are asked for; others are new names, by position.
  if (names.every(name => typeof name === 'string' && header.includes(name))) {
    checkTwice(file, names)
    return checkTwice(
      file,
      header.map(name => (names.includes(name) ? name : null)),
    )
  }
  if (names.length !== header.length)
    throw malformed(
      file,
      `\`columns\` has ${names.length} names, but the header has ${header.length}: ${show(header)}. ` +
        "Give names of the header's to read only those, or one for each column (null leaves a column out)",
    )
  return checkTwice(file, names)
}

function checkTwice(file: string, names: CsvColumns): CsvColumns {
  const seen = new Set<unknown>()
  for (const name of names) {
    if (typeof name === 'string' && seen.has(name))
      throw malformed(file, `column ${show(name)} appears twice in ${show(names)}. Name the columns by \`columns\``)
    seen.add(name)
  }
  return names
}

function checkCastColumns(file: string, settings: CsvSettings, names: CsvColumns): void {
  if (typeof settings.cast !== 'object') return
  for (const name of Object.keys(settings.cast))
    if (!names.includes(name))
      throw malformed(file, `\`cast\` names column ${show(name)}, but the columns are ${show(names)}`)
}

function malformed(file: string, what: string): SluiceError {
  return new SluiceError('ERR_SLUICE_CSV', `${file}: ${what}`)
}
