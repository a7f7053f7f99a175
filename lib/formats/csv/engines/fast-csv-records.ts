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
 * The fast engine: parses the bytes of one CSV file into rows, however the bytes are cut into chunks.
 *
 * A malformed record (a quote in the wrong place or not closed within `maxRecordBytes`, the wrong number of fields, a field
 * that cannot be cast, bytes that are not UTF-8) costs one line: with `rejects` its first line is a reject, and reading
 * continues at the next line. Without `rejects` it fails with file, line and byte offset (ERR_SLUICE_CSV), as do a
 * malformed header and a single line of more than `maxRecordBytes` in either case. Every byte of the file is emitted
 * exactly once, in a row or in a reject.
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

  /** Offset in the file of the first byte not emitted in a row or a reject; valid between two chunks. */
  get offset(): number {
    return this.#filler.base
  }

  /** Lines that end before that; NaN after a jump to where it is unknown. */
  get line(): number {
    return this.#filler.line - 1
  }

  /** Offset at which the records begin; undefined until the header has been read. */
  get recordsFrom(): number | undefined {
    if (this.#settings.header) return this.#filler.afterHeader
    return this.#mark.decided ? this.#mark.skipped : undefined
  }

  /** False until it has been detected how lines end. */
  get knowsLineEnds(): boolean {
    return this.#ends.decided
  }

  /** What ends a record wherever it occurs; only files without quotes have such a border. */
  get border(): Buffer | undefined {
    if (this.#settings.quote !== null) return undefined
    return this.#ends.mac ? MAC_LINE_END : LINE_END
  }

  /** Drops the beginning of a record that it holds. */
  drop(): void {
    this.#partial.take()
    this.#ends.drop()
    this.#filler.drop()
  }

  /**
   * Continues elsewhere in the file, after the header, where a record begins; `line` lines end before it (NaN if unknown).
   */
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

  /** Begins another file of the same name, and keeps what is costly to create. */
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
      // rows before a failure are emitted first, so that the output does not depend on how the file was cut
      if (batch.values.length > 0 || batch.rejects.length > 0) yield batch
      if (failure) throw failure
    }
    const rest = filler.close()
    if (rest.length > 0) this.#partial.add(rest)
  }

  /** Adds bytes to what is held; true if the held record may be complete now. */
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
