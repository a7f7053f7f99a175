import {isUtf8} from 'node:buffer'
import type {SluiceError} from '../errors/index.ts'
import {ByteOrderMark} from './byte-order-mark.ts'
import type {CsvReader, RecordBatch} from './csv-batch.ts'
import type {CsvSettings} from './csv-options.ts'
import {badRecord, countProblem, lineAt, longLine, NOT_UTF8, quoteProblem} from './csv-problems.ts'
import {RowMaker} from './csv-row.ts'
import {FieldScanner, INCOMPLETE, NOT_CLOSED, RECORD} from './field-scanner.ts'
import {PartialRecord} from './partial-record.ts'
import {RecordText} from './record-text.ts'
import {BadField} from './row-code.ts'

/** Rows and rejects in one batch at most, and the bytes that it is made of. */
const MAX_VALUES = 1000
const MAX_BYTES = 128 * 1024
const LF = 10
const CR = 13
const LINE_END = Buffer.from('\n')

/**
 * Makes rows of the bytes of one CSV file, however the bytes are cut into chunks: the fast engine.
 *
 * A malformed record (a quote in the wrong place or not closed within `maxRecordBytes`, a wrong number of fields, a field
 * that cannot be cast, bytes that are not UTF-8) costs one line: the one with which it begins is a reject when `rejects` is
 * on, and reading goes on at the next line. When it is off, it fails with file, line and byte offset (ERR_SLUICE_CSV), as a
 * malformed header and a single line of more than `maxRecordBytes` do in any case. All the bytes of the file come out once,
 * in a row or in a reject.
 */
export class FastCsvRecords implements CsvReader {
  readonly #file: string
  readonly #settings: CsvSettings
  readonly #rejects: boolean
  #mark: ByteOrderMark
  readonly #scanner: FieldScanner
  readonly #text: RecordText
  readonly #partial: PartialRecord
  #rows: RowMaker | undefined
  /** Offset of the first byte after the header, once that has been read. */
  #afterHeader: number | undefined
  /** The bytes that are being read, where they begin in the file, and how far they have been read. */
  #bytes: Buffer = Buffer.alloc(0)
  #base = 0
  #at = 0
  #begun = false
  /** Nothing comes after `#bytes`. */
  #last = false
  /** Line on which `#at` stands, from 1. */
  #line = 1
  /** The record at `#at` is known to be malformed; only the end of its line has not come yet. */
  #awaitsLine = false
  /** There may be whole records in `#bytes` that have not been read. */
  #more = false
  /** All whole lines of `#bytes` are UTF-8. */
  #utf8 = true

  constructor(file: string, settings: CsvSettings, options: {rejects: boolean}) {
    const delimiter = settings.delimiter.charCodeAt(0)
    const quote = settings.quote === null ? -1 : settings.quote.charCodeAt(0)
    this.#file = file
    this.#settings = settings
    this.#rejects = options.rejects
    this.#mark = new ByteOrderMark(file)
    this.#scanner = new FieldScanner(delimiter, quote)
    this.#text = new RecordText(settings.quote)
    this.#partial = new PartialRecord(delimiter, quote)
    if (!settings.header) this.#rows = new RowMaker(file, settings, undefined)
  }

  /** Offset in the file of the first byte not given out in a row or a reject; right between two chunks. */
  get offset(): number {
    return this.#base
  }

  /** Lines that end before that; NaN after a jump to where nobody knows it. */
  get line(): number {
    return this.#line - 1
  }

  /** Where the records begin; undefined until the header has been read. */
  get recordsFrom(): number | undefined {
    if (this.#settings.header) return this.#afterHeader
    return this.#mark.decided ? this.#mark.skipped : undefined
  }

  /** What ends a record wherever it stands: only without quotes is there such a thing. */
  get border(): Buffer | undefined {
    return this.#settings.quote === null ? LINE_END : undefined
  }

  /** Forgets the beginning of a record that it holds. */
  drop(): void {
    this.#partial.take()
    this.#bytes = Buffer.alloc(0)
    this.#awaitsLine = false
  }

  /** Goes on elsewhere in the file, behind the header, where a record begins; `line` lines end before it, NaN: not known. */
  seek(offset: number, line: number): void {
    this.drop()
    this.#begun = true
    this.#base = offset
    this.#line = line + 1
  }

  /** The rows that end in this chunk, in batches of at most 1,000 or 128 KiB of it. */
  *push(chunk: Buffer): Generator<RecordBatch> {
    const bytes = this.#mark.push(chunk)
    if (bytes.length > 0) yield* this.#read(bytes, false)
  }

  /** The last rows. */
  *end(): Generator<RecordBatch> {
    yield* this.#read(this.#mark.end(), true)
  }

  /** Begins another file of the same name: what costs time to make is kept. */
  reset(): void {
    this.#mark = new ByteOrderMark(this.#file)
    this.seek(0, 0)
    this.#begun = false
    if (this.#settings.header) this.#rows = undefined
  }

  *#read(bytes: Buffer, last: boolean): Generator<RecordBatch> {
    if (!this.#mayRead(bytes) && !last) return
    const all = this.#partial.take()
    this.#bytes = all
    this.#last = last
    this.#utf8 = isUtf8(last ? all : all.subarray(0, all.lastIndexOf(LF) + 1))
    this.#text.open(all)
    this.#scanner.open(all, last)
    this.#at = 0
    this.#more = true
    while (this.#more) {
      const batch: RecordBatch = {values: [], offsets: [], rejects: []}
      const failure = this.#fill(batch)
      // Rows before a failure are handed on first: what comes out does not depend on how the file was cut.
      if (batch.values.length > 0 || batch.rejects.length > 0) yield batch
      if (failure) throw failure
    }
    this.#base += this.#at
    const rest = all.subarray(this.#at)
    this.#bytes = rest
    if (rest.length > 0) this.#partial.add(rest)
  }

  /** Adds bytes to what is held; true when the record that is held may be whole now. */
  #mayRead(bytes: Buffer): boolean {
    if (!this.#begun) this.#base = this.#mark.skipped
    this.#begun = true
    const mayEnd = this.#partial.add(bytes)
    if (mayEnd || this.#partial.bytes > this.#settings.maxRecordBytes) return true
    return this.#awaitsLine && bytes.includes(LF)
  }

  /** Reads records into the batch until it is full or the bytes are at their end; returns the error that ends the run. */
  #fill(batch: RecordBatch): SluiceError | undefined {
    const scanner = this.#scanner
    const bytes = this.#bytes
    const max = this.#settings.maxRecordBytes
    const {values, rejects} = batch
    const stop = this.#at + MAX_BYTES
    while (values.length + rejects.length < MAX_VALUES && this.#at < stop) {
      if (this.#settings.skipBlankLines) this.#skipBlankLines()
      const start = this.#at
      if (start >= bytes.length) return this.#pause()
      const found = scanner.scan(start)
      if (found === RECORD && scanner.next - start <= max) {
        const failure = this.#take(batch, start)
        if (failure) return failure
        continue
      }
      const atEnd = found === INCOMPLETE || found === NOT_CLOSED || found === RECORD
      const long = found === RECORD || (atEnd ? bytes.length - start > max : scanner.next - start >= max)
      if (found === INCOMPLETE && !long) return this.#pause()
      const failure = this.#setAside(batch, quoteProblem(found, long ? max : undefined))
      if (failure) return failure
      if (this.#at === start) return this.#pause()
    }
    return undefined
  }

  /** Makes a row of the record that was found, or sets it aside, and goes on behind it. */
  #take(batch: RecordBatch, start: number): SluiceError | undefined {
    const scanner = this.#scanner
    const text = this.#text
    const rows = this.#rows
    const {count, next, ascii} = scanner
    if (!ascii && !this.#utf8 && !isUtf8(this.#bytes.subarray(start, next))) return this.#setAside(batch, NOT_UTF8)
    text.cover(start, next)
    if (rows === undefined) {
      this.#rows = new RowMaker(this.#file, this.#settings, text.fields(scanner, undefined))
      this.#afterHeader = this.#base + next
    } else if (count !== rows.count) return this.#setAside(batch, countProblem(count, rows.count))
    else {
      try {
        const row =
          ascii && !scanner.escaped
            ? rows.fromText(text.text, text.base, scanner.starts, scanner.ends)
            : rows.fromFields(text.fields(scanner, rows.wanted))
        batch.values.push(row)
        batch.offsets.push(this.#base + start)
      } catch (error) {
        if (!(error instanceof BadField)) throw error
        return this.#setAside(batch, error.message, error.cause)
      }
    }
    this.#at = next
    this.#line += scanner.lines
    return undefined
  }

  /** Sets the line at which the reading stands aside and goes on at the next, if it is whole; or returns the error it is. */
  #setAside(batch: RecordBatch, problem: string, cause?: unknown): SluiceError | undefined {
    const bytes = this.#bytes
    const start = this.#at
    const max = this.#settings.maxRecordBytes
    const newline = bytes.indexOf(LF, start)
    const end = newline === -1 ? bytes.length : newline + 1
    if (end - start > max) return longLine(this.#file, this.#line, this.#base + start, max)
    this.#awaitsLine = newline === -1 && !this.#last
    if (this.#awaitsLine) return undefined
    const place = {file: this.#file, line: this.#line || 0, byteOffset: this.#base + start}
    const reject = {...place, raw: lineAt(bytes, start, newline), error: problem}
    if (!this.#rejects || this.#rows === undefined) return badRecord(reject, this.#rows === undefined, cause)
    batch.rejects.push(reject)
    this.#at = end
    this.#line++
    return undefined
  }

  /** Nothing more can be read before more bytes come. */
  #pause(): undefined {
    this.#more = false
    return undefined
  }

  #skipBlankLines(): void {
    const bytes = this.#bytes
    for (;;) {
      const byte = bytes[this.#at]
      if (byte === LF) this.#at++
      else if (byte === CR && bytes[this.#at + 1] === LF) this.#at += 2
      else return
      this.#line++
    }
  }
}
