import {isUtf8} from 'node:buffer'
import type {CsvError} from 'csv-parse'
import {SluiceError, show} from '../../../errors/index.ts'
import {ByteOrderMark} from '../../bytes/byte-order-mark.ts'
import {recordPlace} from '../../bytes/record-place.ts'
import type {CsvSettings} from '../options/check-csv-options.ts'
import type {CsvReader, CsvReaderOptions, RecordBatch} from '../rows/csv-batch.ts'
import {badRecord, countProblem, NOT_UTF8, rawOf, withoutLineEnd} from '../rows/csv-problems.ts'
import {RowMaker} from '../rows/csv-row.ts'
import {KeptBytes, KeptFile} from '../rows/kept-records.ts'
import {BadField} from '../rows/row-code.ts'
import {LineEnds} from './line-ends.ts'
import {type RawRecord, RecordParser} from './record-parser.ts'
import {RecordWindow} from './record-window.ts'

/** Bytes parsed at once: the records of one slice are in memory, whatever the pace of the consumer. */
const SLICE = 64 * 1024

/**
 * Parses the bytes of one CSV file into rows with csv-parse, however the bytes are cut into chunks.
 *
 * A misplaced quote always fails, with file and line (ERR_SLUICE_CSV): the records after it can no longer be told apart. A
 * record with the wrong number of fields or a field that cannot be cast is a reject with `rejects`, and fails the same way
 * without.
 *
 * @example
 * const csv = new CsvRecords('a.csv', checkCsvOptions('example', {}), {rejects: false})
 * for (const batch of csv.push(Buffer.from('id\n1\n'))) console.log(batch.values) // [{id: '1'}]
 * for (const batch of csv.end()) console.log(batch.values)
 */
export class CsvRecords implements CsvReader {
  readonly #file: string
  readonly #settings: CsvSettings
  readonly #rejects: boolean
  readonly #keeps: boolean
  readonly #kept: KeptFile
  readonly #onColumns: CsvReaderOptions['onColumns']
  readonly #parser: RecordParser
  readonly #mark: ByteOrderMark
  readonly #ends: LineEnds
  #window: RecordWindow | undefined
  /** Offset of the byte after the last record. */
  #at = 0
  #dropped = false
  #rows: RowMaker | undefined
  /** What begins a line that is not a record. */
  readonly #comment: Buffer | undefined

  constructor(file: string, settings: CsvSettings, options: CsvReaderOptions) {
    this.#file = file
    this.#settings = settings
    this.#rejects = options.rejects
    this.#keeps = options.keep ?? false
    this.#kept = new KeptFile(file)
    this.#parser = new RecordParser(settings)
    this.#mark = new ByteOrderMark(file)
    this.#ends = new LineEnds(file, settings, options.oneLine)
    const {comment} = settings.csvParse
    this.#comment = typeof comment === 'string' && comment !== '' ? Buffer.from(comment) : undefined
    this.#onColumns = options.onColumns
    if (!settings.header) this.#make(undefined)
  }

  /** Offset in the file of the byte after the last record. */
  get offset(): number {
    return this.#at
  }

  /** Lines that end before that. */
  get line(): number {
    return (this.#window?.line ?? 1) - 1
  }

  /** Ends the input and drops the beginning of a record that is held. */
  drop(): void {
    this.#dropped = true
  }

  /** The rows that end in this chunk, one batch for each 64 KiB of it. */
  *push(chunk: Buffer): Generator<RecordBatch> {
    yield* this.#feed(this.#ends.push(this.#mark.push(chunk)))
  }

  *#feed(bytes: Buffer): Generator<RecordBatch> {
    for (let at = 0; at < bytes.length; at += SLICE) {
      const slice = bytes.subarray(at, at + SLICE)
      this.#open().append(slice)
      yield* this.#batch(this.#parser.feed(slice))
    }
  }

  /** The last rows. */
  *end(): Generator<RecordBatch> {
    if (this.#dropped) return
    yield* this.#feed(this.#ends.push(this.#mark.end()))
    yield* this.#feed(this.#ends.end())
    yield* this.#batch(this.#parser.finish())
  }

  #make(header: string[] | undefined): void {
    this.#rows = new RowMaker(this.#file, this.#settings, header)
    this.#onColumns?.(this.#rows.names)
  }

  #open(): RecordWindow {
    if (!this.#window) {
      this.#at = this.#mark.skipped
      this.#window = new RecordWindow(this.#at)
      this.#kept.marked = this.#at > 0
    }
    return this.#window
  }

  *#batch(parsed: {records: RawRecord[]; error: CsvError | undefined}): Generator<RecordBatch> {
    const batch: RecordBatch = {values: [], offsets: [], rejects: []}
    const window = this.#open()
    let failure: SluiceError | undefined
    const last = parsed.records.at(-1)
    const keeper = this.#keeps && last ? this.#keeperUpTo(this.#mark.skipped + last.end) : undefined
    if (keeper) batch.keeper = keeper
    for (const record of parsed.records) {
      const start = this.#settings.skipBlankLines ? window.skipBlankLines(this.#at, this.#comment) : this.#at
      const end = this.#mark.skipped + record.end
      if (end - start > this.#settings.maxRecordBytes) {
        failure = this.#tooLong()
        break
      }
      this.#at = end
      keeper?.add(start, end)
      failure = this.#take(record.fields, start, end, batch)
      if (failure) break
    }
    // rows before a failure are emitted first, so that the output does not depend on how the file was cut
    if (batch.values.length > 0 || batch.rejects.length > 0) yield batch
    if (failure) throw failure
    if (parsed.error) throw this.#malformed(parsed.error)
    window.dropBefore(this.#at)
    if (window.end - this.#at > this.#settings.maxRecordBytes) throw this.#tooLong()
  }

  #keeperUpTo(end: number): KeptBytes {
    const window = this.#open()
    window.dropBefore(this.#at)
    return new KeptBytes(this.#kept, window.bytesUpTo(end), this.#at)
  }

  #take(fields: string[], start: number, end: number, batch: RecordBatch): SluiceError | undefined {
    if (!this.#rows) {
      const bytes = this.#bytesOf(start, end)
      if (this.#isBroken(fields, start, end)) {
        const place = {file: this.#file, line: this.#open().line, byteOffset: start}
        return badRecord({...place, ...rawOf(withoutLineEnd(bytes)), error: NOT_UTF8}, true, undefined)
      }
      this.#make(fields)
      this.#kept.setHeader(fields, bytes)
      return undefined
    }
    const {count} = this.#rows
    const problem = this.#isBroken(fields, start, end)
      ? NOT_UTF8
      : fields.length === count
        ? undefined
        : countProblem(fields.length, count)
    try {
      if (problem) return this.#bad(problem, start, end, batch)
      const row = this.#rows.fromFields(fields)
      batch.values.push(row)
      batch.offsets.push(start)
      return undefined
    } catch (error) {
      if (!(error instanceof BadField)) throw error
      return this.#bad(error.message, start, end, batch, error.cause)
    }
  }

  /** Sets the record aside, or returns the error for it. */
  #bad(problem: string, start: number, end: number, batch: RecordBatch, cause?: unknown): SluiceError | undefined {
    const raw = rawOf(withoutLineEnd(this.#bytesOf(start, end)))
    const {line} = this.#open()
    if (this.#rejects) {
      const place = {line, byteOffset: start, file: this.#file}
      batch.rejects.push({...raw, ...place, ...this.#kept.headerText, error: problem})
      return undefined
    }
    return new SluiceError(
      'ERR_SLUICE_CSV',
      `${recordPlace(this.#file, line, start)}: ${problem}: ${show(raw.raw)}. Correct the file, or set \`rejects: true\` and read such ` +
        "records from tagged('rejects')",
      {element: raw.raw, cause},
    )
  }

  /** The bytes of the current record. */
  #bytesOf(start: number, end: number): Buffer {
    const window = this.#open()
    window.dropBefore(start)
    return window.bytesUpTo(end)
  }

  /** True if bytes are not UTF-8: a field then has a replacement character, which the file itself may also contain. */
  #isBroken(fields: readonly string[], start: number, end: number): boolean {
    return fields.some(field => field.includes('\ufffd')) && !isUtf8(this.#bytesOf(start, end))
  }

  #malformed(cause: CsvError): SluiceError {
    const window = this.#open()
    const start = window.skipBlankLines(this.#at, this.#comment)
    window.dropBefore(start)
    return new SluiceError(
      'ERR_SLUICE_CSV',
      `${recordPlace(this.#file, window.line, start)}: ${quoteProblem(cause)}. Nothing after it can be told apart, so it ` +
        'cannot be set aside: correct the file (a quote inside a quoted field is written twice), or set `quote: null` ' +
        'if quotes mean nothing in it',
      {cause},
    )
  }

  #tooLong(): SluiceError {
    const window = this.#open()
    const start = window.skipBlankLines(this.#at, this.#comment)
    window.dropBefore(start)
    return new SluiceError(
      'ERR_SLUICE_CSV',
      `${recordPlace(this.#file, window.line, start)}: the record that begins here is longer than ` +
        `${this.#settings.maxRecordBytes} bytes; most likely a quote in it is opened and never closed. Correct the file, ` +
        'or raise the option `maxRecordBytes` if such records are intended',
    )
  }
}

function quoteProblem(error: CsvError): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote is opened in the record that begins here and never closed'
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'in the record that begins here a closing quote is followed by something other than a delimiter or a line end'
    case 'INVALID_OPENING_QUOTE':
      return 'in the record that begins here a quote stands inside a field that does not begin with one'
    default:
      return error.message
  }
}
