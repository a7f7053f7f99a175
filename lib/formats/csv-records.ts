import type {CsvError} from 'csv-parse'
import {SluiceError, show} from '../errors/index.ts'
import {ByteOrderMark} from './byte-order-mark.ts'
import type {CsvSettings} from './csv-options.ts'
import {BadField, type RowMaker, rowMaker} from './csv-row.ts'
import {type RawRecord, RecordParser} from './record-parser.ts'
import {RecordWindow} from './record-window.ts'

/** Bytes parsed at once: the records of one slice are held in memory, whatever the consumer's pace. */
const SLICE = 64 * 1024

/** A record that was set aside. */
export interface CsvReject {
  /** The record as it stands in the file, without its line end. */
  raw: string
  /** The line on which it begins, from 1. */
  line: number
  /** The byte at which it begins, in the decompressed file. */
  byteOffset: number
  file: string
  /** What is wrong with it. */
  error: string
}

/** Rows and, parallel, the byte offset of each; the rejects among them. */
export interface RecordBatch {
  values: Record<string, unknown>[]
  offsets: number[]
  rejects: CsvReject[]
}

/**
 * Makes rows of the bytes of one CSV file, however the bytes are cut into chunks.
 *
 * Quotes that do not fit always fail, with file and line (ERR_SLUICE_CSV): what follows them cannot be told apart any
 * more. A record with a wrong number of fields or a field that cannot be cast is a reject when `rejects` is on, and
 * fails likewise when it is off.
 *
 * @example
 * const csv = new CsvRecords('a.csv', settings, {rejects: false})
 * for await (const chunk of chunks) for (const batch of csv.push(chunk)) use(batch.values)
 * for (const batch of csv.end()) use(batch.values)
 */
export class CsvRecords {
  readonly #file: string
  readonly #settings: CsvSettings
  readonly #rejects: boolean
  readonly #parser: RecordParser
  readonly #mark: ByteOrderMark
  #window: RecordWindow | undefined
  /** Offset of the byte after the last record. */
  #at = 0
  #makeRow: RowMaker | undefined
  #columns = 0

  constructor(file: string, settings: CsvSettings, options: {rejects: boolean}) {
    this.#file = file
    this.#settings = settings
    this.#rejects = options.rejects
    this.#parser = new RecordParser(settings)
    this.#mark = new ByteOrderMark(file)
    if (!settings.header) this.#nameColumns(undefined)
  }

  /** The rows that end in this chunk, one batch for each 64 KiB of it. */
  *push(chunk: Buffer): Generator<RecordBatch> {
    const bytes = this.#mark.push(chunk)
    for (let at = 0; at < bytes.length; at += SLICE) {
      const slice = bytes.subarray(at, at + SLICE)
      this.#open().append(slice)
      yield* this.#batch(this.#parser.feed(slice))
    }
  }

  /** The last rows. */
  *end(): Generator<RecordBatch> {
    const held = this.#mark.end()
    if (held.length > 0) {
      this.#open().append(held)
      yield* this.#batch(this.#parser.feed(held))
    }
    yield* this.#batch(this.#parser.finish())
  }

  #open(): RecordWindow {
    if (!this.#window) {
      this.#at = this.#mark.skipped
      this.#window = new RecordWindow(this.#at)
    }
    return this.#window
  }

  *#batch(parsed: {records: RawRecord[]; error: CsvError | undefined}): Generator<RecordBatch> {
    const batch: RecordBatch = {values: [], offsets: [], rejects: []}
    const window = this.#open()
    let failure: SluiceError | undefined
    for (const record of parsed.records) {
      const start = this.#settings.skipBlankLines ? window.skipBlankLines(this.#at) : this.#at
      const end = this.#mark.skipped + record.end
      if (end - start > this.#settings.maxRecordBytes) {
        failure = this.#tooLong()
        break
      }
      this.#at = end
      failure = this.#take(record.fields, start, end, batch)
      if (failure) break
    }
    // Rows before a failure are handed on first: what comes out does not depend on how the file was cut.
    if (batch.values.length > 0 || batch.rejects.length > 0) yield batch
    if (failure) throw failure
    if (parsed.error) throw this.#malformed(parsed.error)
    window.dropBefore(this.#at)
    if (window.end - this.#at > this.#settings.maxRecordBytes) throw this.#tooLong()
  }

  #take(fields: string[], start: number, end: number, batch: RecordBatch): SluiceError | undefined {
    if (!this.#makeRow) {
      this.#nameColumns(fields)
      return undefined
    }
    const problem = fields.length === this.#columns ? undefined : countProblem(fields.length, this.#columns)
    try {
      if (problem) return this.#bad(problem, start, end, batch)
      const row = this.#makeRow(fields)
      batch.values.push(row)
      batch.offsets.push(start)
      return undefined
    } catch (error) {
      if (!(error instanceof BadField)) throw error
      return this.#bad(error.message, start, end, batch, error.cause)
    }
  }

  #nameColumns(header: string[] | undefined): void {
    this.#makeRow = rowMaker(this.#file, this.#settings, header)
    this.#columns = header?.length ?? (this.#settings.columns as readonly unknown[]).length
  }

  /** Sets the record aside, or returns the error that it is. */
  #bad(problem: string, start: number, end: number, batch: RecordBatch, cause?: unknown): SluiceError | undefined {
    const window = this.#open()
    window.dropBefore(start)
    const raw = window.textUpTo(end)
    const {line} = window
    if (this.#rejects) {
      batch.rejects.push({raw, line, byteOffset: start, file: this.#file, error: problem})
      return undefined
    }
    return new SluiceError(
      'ERR_SLUICE_CSV',
      `${this.#place(line, start)}: ${problem}: ${show(raw)}. Correct the file, or set \`rejects: true\` and read such ` +
        "records from tagged('rejects')",
      {element: raw, cause},
    )
  }

  #malformed(cause: CsvError): SluiceError {
    const window = this.#open()
    const start = window.skipBlankLines(this.#at)
    window.dropBefore(start)
    return new SluiceError(
      'ERR_SLUICE_CSV',
      `${this.#place(window.line, start)}: ${quoteProblem(cause)}. Nothing after it can be told apart, so it ` +
        'cannot be set aside: correct the file (a quote inside a quoted field is written twice), or set `quote: null` ' +
        'if quotes mean nothing in it',
      {cause},
    )
  }

  #tooLong(): SluiceError {
    const window = this.#open()
    const start = window.skipBlankLines(this.#at)
    window.dropBefore(start)
    return new SluiceError(
      'ERR_SLUICE_CSV',
      `${this.#place(window.line, start)}: the record that begins here is longer than ` +
        `${this.#settings.maxRecordBytes} bytes; most likely a quote is opened in it and never closed. Correct the file, ` +
        'or raise the option `maxRecordBytes` if such records are meant',
    )
  }

  #place(line: number, offset: number): string {
    return `${this.#file}, line ${line} (byte ${offset})`
  }
}

function countProblem(got: number, expected: number): string {
  return `the record has ${got} field${got === 1 ? '' : 's'} instead of ${expected}`
}

function quoteProblem(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened in the record that begins here and never closed'
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'in the record that begins here a closing quote is followed by something else than a delimiter or a line end'
    case 'INVALID_OPENING_QUOTE':
      return 'in the record that begins here a quote stands inside a field that does not begin with one'
    default:
      return error.message
  }
}
