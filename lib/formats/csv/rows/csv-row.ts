import type {CsvSettings} from '../options/check-csv-options.ts'
import type {PlainRecords} from '../scan/record-scanner.ts'
import type {RecordBatch} from './csv-batch.ts'
import {type CsvColumn, fileColumns} from './csv-columns.ts'
import {type RowCode, rowCode} from './row-code.ts'

/** Turns the records of one file into rows: fresh plain objects. A cast that fails throws a `BadField`. */
export class RowMaker {
  /** The number of fields that a record must have. */
  readonly count: number
  /** The names of the rows' columns, in order. */
  readonly names: readonly string[]
  /** True for the columns that rows have, by position in the file. */
  readonly wanted: readonly boolean[]
  readonly #columns: readonly CsvColumn[]
  readonly #code: RowCode

  /** The row maker of one file, from its header or the `columns` option. */
  constructor(file: string, settings: CsvSettings, header: string[] | undefined) {
    const {count, columns} = fileColumns(file, settings, header)
    const wanted = new Array<boolean>(count).fill(false)
    for (const {index} of columns) if (index >= 0) wanted[index] = true
    this.count = count
    this.names = columns.map(({name}) => name)
    this.wanted = wanted
    this.#columns = columns
    this.#code = rowCode(columns)
  }

  /** A row from a record's fields; fields of columns that are left out are ignored. */
  fromFields(fields: readonly string[]): Record<string, unknown> {
    return this.#code.fromFields(fields, this.#columns)
  }

  /** Adds the rows of plain records to the batch: {@link RowCode.addPlain}. */
  addPlain(batch: RecordBatch, text: string, records: PlainRecords, offset: number): void {
    this.#code.addPlain(batch, text, records, offset, this.#columns)
  }
}
