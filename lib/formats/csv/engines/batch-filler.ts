import {isAscii, isUtf8} from 'node:buffer'
import type {SluiceError} from '../../../errors/index.ts'
import type {NativeSlices} from '../../bytes/native-slices.ts'
import type {CsvSettings} from '../options/check-csv-options.ts'
import type {CsvReaderOptions, RecordBatch} from '../rows/csv-batch.ts'
import {badRecord, countProblem, lineAt, longLine, NOT_UTF8, quoteProblem, rawOf} from '../rows/csv-problems.ts'
import {RowMaker} from '../rows/csv-row.ts'
import {KeptBytes, KeptFile} from '../rows/kept-records.ts'
import {BadField} from '../rows/row-code.ts'
import {INCOMPLETE, NOT_CLOSED, RECORD} from '../scan/field-scanner.ts'
import {escapedTexts, fieldTexts} from '../scan/field-texts.ts'
import {COLUMNS, LINES} from '../scan/record-index.ts'
import {type PlainRecords, RecordScanner} from '../scan/record-scanner.ts'

/** The most rows and rejects in one batch, and the most bytes it is made of. */
const MAX_VALUES = 1000
const MAX_BYTES = 128 * 1024
/** Bytes decoded at once: fields are slices of the decoded text, so keeping a field keeps no more than this alive. */
const BLOCK = 4 * 1024
const LF = 10
const CR = 13

type Bytes = Buffer & NativeSlices

/** Fills batches with rows and rejects from the records in some bytes of one CSV file. */
export class BatchFiller {
  /** Offset in the file of the first of the bytes. */
  base = 0
  /** The line of `at`, from 1; NaN if unknown. */
  line = 1
  /** How far the bytes have been read. */
  at = 0
  /** True if the record at `at` is known to be malformed and only the end of its line has not come yet. */
  awaitsLine = false
  /** True if there may be complete records in the unread bytes. */
  more = false
  /** Offset of the first byte after the header, once that has been read. */
  afterHeader: number | undefined
  /** What the records of the file share. */
  readonly kept: KeptFile
  readonly #file: string
  readonly #settings: CsvSettings
  readonly #rejects: boolean
  readonly #keeps: boolean
  /** Keeps the records of the current bytes. */
  #keeper: KeptBytes | undefined
  readonly #onColumns: CsvReaderOptions['onColumns']
  readonly #scanner: RecordScanner
  #rows: RowMaker | undefined
  #bytes = Buffer.alloc(0) as Bytes
  /** True if nothing comes after the bytes. */
  #last = false
  /** True if all complete lines of the bytes are UTF-8. */
  #utf8 = true

  constructor(file: string, settings: CsvSettings, options: CsvReaderOptions) {
    const {quote, maxRecordBytes} = settings
    this.#file = file
    this.#settings = settings
    this.#rejects = options.rejects
    this.#keeps = options.keep ?? false
    this.kept = new KeptFile(file)
    this.#onColumns = options.onColumns
    this.#scanner = new RecordScanner(settings.delimiter.charCodeAt(0), quote?.charCodeAt(0) ?? -1, maxRecordBytes)
    this.forgetHeader()
  }

  /** Takes the next record for the header, if the file has one. */
  forgetHeader(): void {
    this.kept.forgetHeader()
    this.#expect(this.#settings.header ? undefined : new RowMaker(this.#file, this.#settings, undefined))
  }

  /** Takes bytes; `last`: nothing comes after them. */
  open(bytes: Buffer, last: boolean): void {
    this.#bytes = bytes as Bytes
    this.#last = last
    const whole = last ? bytes : bytes.subarray(0, bytes.lastIndexOf(LF) + 1)
    const ascii = isAscii(whole)
    this.#utf8 = ascii || isUtf8(whole)
    this.#scanner.open(bytes, last, this.#utf8 && !ascii)
    this.at = 0
    this.more = true
    if (this.#keeps) this.#keeper = new KeptBytes(this.kept, bytes, this.base)
  }

  /** Releases the bytes that have been read and returns the others. */
  close(): Buffer {
    const rest = this.#bytes.subarray(this.at)
    this.base += this.at
    this.#bytes = rest as Bytes
    return rest
  }

  /** Drops the beginning of a record. */
  drop(): void {
    this.#bytes = Buffer.alloc(0) as Bytes
    this.awaitsLine = false
  }

  /** Reads records into the batch until it is full or the bytes are at their end; returns the error that ends the run. */
  fill(batch: RecordBatch): SluiceError | undefined {
    this.#scanner.enter()
    try {
      return this.#fill(batch)
    } finally {
      this.#scanner.leave()
    }
  }

  #fill(batch: RecordBatch): SluiceError | undefined {
    const {values, rejects} = batch
    const stop = this.at + MAX_BYTES
    if (this.#keeper) batch.keeper = this.#keeper
    for (;;) {
      const left = MAX_VALUES - values.length - rejects.length
      if (left <= 0 || this.at >= stop) return undefined
      if (this.#settings.skipBlankLines) this.#skipBlankLines()
      if (this.at >= this.#bytes.length) return this.#pause()
      const plain = this.#scanner.plain(this.at, left, Math.min(BLOCK, stop - this.at))
      const failure = plain === undefined ? this.#takeAny(batch) : this.#takePlain(batch, plain)
      if (failure || !this.more) return failure
    }
  }

  /** Makes rows of the records in the index. */
  #takePlain(batch: RecordBatch, records: PlainRecords): SluiceError | undefined {
    const {table, origin, record, stop} = records
    const bytes = this.#bytes
    const end = table[stop * COLUMNS]! + origin
    const text = records.ascii ? bytes.latin1Slice(this.at, end) : bytes.utf8Slice(this.at, end)
    const before = batch.values.length
    let bad: BadField | undefined
    try {
      const rows = this.#rows!
      if (records.escaped) {
        batch.values.push(rows.fromFields(escapedTexts(text, records, this.#settings.quote!, rows.wanted)))
        batch.offsets.push(this.base + this.at)
      } else rows.addPlain(batch, text, records, this.base + origin)
    } catch (error) {
      if (!(error instanceof BadField)) throw error
      bad = error
    }
    const next = record + batch.values.length - before
    this.#keeper?.addIndexed(table, record, next, this.base + origin)
    const after = next * COLUMNS
    this.at = table[after]! + origin
    this.line += table[after + LINES]! - table[record * COLUMNS + LINES]!
    return bad && this.#setAside(batch, bad.message, bad.cause)
  }

  /** Reads one record, whatever it is: the header, a row, or a malformed one, which it sets aside. */
  #takeAny(batch: RecordBatch): SluiceError | undefined {
    const scanner = this.#scanner.single
    const start = this.at
    const left = this.#bytes.length - start
    const max = this.#settings.maxRecordBytes
    const found = this.#scanner.scan(start)
    if (found === RECORD && scanner.next - start <= max) return this.#take(batch, start)
    const atEnd = found === INCOMPLETE || found === NOT_CLOSED || found === RECORD
    const long = found === RECORD || (atEnd ? left > max : scanner.next - start >= max)
    if (found === INCOMPLETE && !long) return this.#pause()
    const failure = this.#setAside(batch, quoteProblem(found, long ? max : undefined))
    if (failure) return failure
    return this.at === start ? this.#pause() : undefined
  }

  /** Makes a row of the record that was found, or sets it aside, and continues after it. */
  #take(batch: RecordBatch, start: number): SluiceError | undefined {
    const found = this.#scanner.single
    const rows = this.#rows
    const {quote} = this.#settings
    const {count, next, lines} = found
    if (!found.ascii && !this.#utf8 && !isUtf8(this.#bytes.subarray(start, next)))
      return this.#setAside(batch, NOT_UTF8)
    if (rows === undefined) {
      const names = fieldTexts(this.#bytes, start, found, quote)
      this.#expect(new RowMaker(this.#file, this.#settings, names))
      this.afterHeader = this.base + next
      this.kept.setHeader(names, this.#bytes.subarray(start, next))
    } else if (count !== rows.count) return this.#setAside(batch, countProblem(count, rows.count))
    else {
      try {
        batch.values.push(rows.fromFields(fieldTexts(this.#bytes, start, found, quote, rows.wanted)))
        batch.offsets.push(this.base + start)
        this.#keeper?.add(this.base + start, this.base + next)
      } catch (error) {
        if (!(error instanceof BadField)) throw error
        return this.#setAside(batch, error.message, error.cause)
      }
    }
    this.at = next
    this.line += lines
    return undefined
  }

  #expect(rows: RowMaker | undefined): void {
    this.#rows = rows
    if (rows) this.#onColumns?.(rows.names)
    this.#scanner.expect(rows?.count ?? -1)
  }

  /** Sets aside the current line and continues at the next, if the line is complete; or returns the error for it. */
  #setAside(batch: RecordBatch, problem: string, cause?: unknown): SluiceError | undefined {
    const bytes = this.#bytes
    const start = this.at
    const max = this.#settings.maxRecordBytes
    const newline = bytes.indexOf(LF, start)
    const end = newline === -1 ? bytes.length : newline + 1
    if (end - start > max) return longLine(this.#file, this.line, this.base + start, max)
    this.awaitsLine = newline === -1 && !this.#last
    if (this.awaitsLine) return undefined
    const place = {file: this.#file, line: this.line || 0, byteOffset: this.base + start}
    const reject = {...place, ...rawOf(lineAt(bytes, start, newline)), ...this.kept.headerText, error: problem}
    if (!this.#rejects || this.#rows === undefined) return badRecord(reject, this.#rows === undefined, cause)
    batch.rejects.push(reject)
    this.#keeper?.add(this.base + start, this.base + end)
    this.at = end
    this.line++
    return undefined
  }

  /** Notes that nothing more can be read until more bytes come. */
  #pause(): undefined {
    this.more = false
    return undefined
  }

  #skipBlankLines(): void {
    const bytes = this.#bytes
    for (;;) {
      const byte = bytes[this.at]
      if (byte === LF) this.at++
      else if (byte === CR && bytes[this.at + 1] === LF) this.at += 2
      else return
      this.line++
    }
  }
}
