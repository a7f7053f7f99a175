import {ByteOrderMark} from '../../bytes/byte-order-mark.ts'
import type {CsvSettings} from '../options/check-csv-options.ts'
import type {CsvReader, CsvReaderOptions, RecordBatch} from '../rows/csv-batch.ts'
import {BatchFiller} from './batch-filler.ts'
import {LineEnds} from './line-ends.ts'
import {PartialRecord} from './partial-record.ts'

const LF = 10
const LINE_END = Buffer.from('\n')
const MAC_LINE_END = Buffer.from('\r')

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
  #mark: ByteOrderMark
  readonly #ends: LineEnds
  readonly #partial: PartialRecord
  readonly #filler: BatchFiller
  #begun = false

  constructor(file: string, settings: CsvSettings, options: CsvReaderOptions) {
    this.#file = file
    this.#settings = settings
    this.#mark = new ByteOrderMark(file)
    this.#ends = new LineEnds(file, settings, options.oneLine)
    this.#partial = new PartialRecord(settings.delimiter.charCodeAt(0), settings.quote?.charCodeAt(0) ?? -1)
    this.#filler = new BatchFiller(file, settings, options)
  }

  /** Offset in the file of the first byte not given out in a row or a reject; right between two chunks. */
  get offset(): number {
    return this.#filler.base
  }

  /** Lines that end before that; NaN after a jump to where nobody knows it. */
  get line(): number {
    return this.#filler.line - 1
  }

  /** Where the records begin; undefined until the header has been read. */
  get recordsFrom(): number | undefined {
    if (this.#settings.header) return this.#filler.afterHeader
    return this.#mark.decided ? this.#mark.skipped : undefined
  }

  /** False as long as it has not been seen how lines end. */
  get knowsLineEnds(): boolean {
    return this.#ends.decided
  }

  /** What ends a record wherever it stands: only without quotes is there such a thing. */
  get border(): Buffer | undefined {
    if (this.#settings.quote !== null) return undefined
    return this.#ends.mac ? MAC_LINE_END : LINE_END
  }

  /** Forgets the beginning of a record that it holds. */
  drop(): void {
    this.#partial.take()
    this.#ends.drop()
    this.#filler.drop()
  }

  /** Goes on elsewhere in the file, behind the header, where a record begins; `line` lines end before it, NaN: not known. */
  seek(offset: number, line: number): void {
    this.drop()
    this.#begun = true
    this.#filler.base = offset
    this.#filler.line = line + 1
  }

  /** The rows that end in this chunk, in batches of at most 1,000 or 128 KiB of it. */
  *push(chunk: Buffer): Generator<RecordBatch> {
    const bytes = this.#ends.push(this.#mark.push(chunk))
    if (bytes.length > 0) yield* this.#read(bytes, false)
  }

  /** The last rows. */
  *end(): Generator<RecordBatch> {
    const left = this.#ends.push(this.#mark.end())
    yield* this.#read(Buffer.concat([left, this.#ends.end()]), true)
  }

  /** Begins another file of the same name: what costs time to make is kept. */
  reset(): void {
    this.#mark = new ByteOrderMark(this.#file)
    this.#ends.reset()
    this.seek(0, 0)
    this.#begun = false
    this.#filler.forgetHeader()
  }

  *#read(bytes: Buffer, last: boolean): Generator<RecordBatch> {
    if (!this.#mayRead(bytes) && !last) return
    const filler = this.#filler
    filler.open(this.#partial.take(), last)
    while (filler.more) {
      const batch: RecordBatch = {values: [], offsets: [], rejects: []}
      const failure = filler.fill(batch)
      // Rows before a failure are handed on first: what comes out does not depend on how the file was cut.
      if (batch.values.length > 0 || batch.rejects.length > 0) yield batch
      if (failure) throw failure
    }
    const rest = filler.close()
    if (rest.length > 0) this.#partial.add(rest)
  }

  /** Adds bytes to what is held; true when the record that is held may be whole now. */
  #mayRead(bytes: Buffer): boolean {
    if (!this.#begun) {
      this.#filler.base = this.#mark.skipped
      this.#filler.kept.marked = this.#mark.skipped > 0
    }
    this.#begun = true
    const mayEnd = this.#partial.add(bytes)
    if (mayEnd || this.#partial.bytes > this.#settings.maxRecordBytes) return true
    return this.#filler.awaitsLine && bytes.includes(LF)
  }
}
