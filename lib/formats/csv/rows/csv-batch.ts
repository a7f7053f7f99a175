import type {RecordKeeper} from '../../../core/index.ts'

/** A malformed record that was set aside. */
export interface CsvReject {
  /**
   * The text that was set aside, as it is in the file, without its line end; bytes that are not UTF-8 become U+FFFD. The
   * fast engine sets aside the first line of a malformed record and continues at the next; csv-parse sets aside the whole
   * record.
   */
  raw: string
  /** The bytes that were set aside, in base64; present only if they are not UTF-8, so that `raw` loses some of them. */
  rawBase64?: string | undefined
  /** The header of the file as it is there, without its line end, to identify the fields. Absent without a header. */
  header?: string | undefined
  /** The line on which it begins, from 1; 0 if unknown: in a range that does not begin at the start of the file. */
  line: number
  /** The byte at which it begins, in the decompressed file. */
  byteOffset: number
  file: string
  /** What is wrong with it. */
  error: string
}

/** Rows and, in parallel, the byte offset of each; the rejects among them. */
export interface RecordBatch {
  values: Record<string, unknown>[]
  offsets: number[]
  rejects: CsvReject[]
  /** The records that they were made of, if the reader keeps them. */
  keeper?: RecordKeeper | undefined
}

/** Options of a reader besides the settings. */
export interface CsvReaderOptions {
  /** Sets malformed records aside; otherwise the first of them fails. */
  readonly rejects: boolean
  /** Gives batches a `keeper`. Default false. */
  readonly keep?: boolean
  /** There may be just one record, in which a lone `\r` is data rather than the end of a line. */
  readonly oneLine?: boolean | undefined
  /** Called with the names of the rows' columns, in order, once they are known. */
  readonly onColumns?: ((names: readonly string[]) => void) | undefined
}

/** Parses the bytes of one CSV file into rows, however the bytes are cut into chunks. */
export interface CsvReader {
  /** The rows that end in this chunk, a few at a time. */
  push(chunk: Buffer): Iterable<RecordBatch>
  /** The last rows. */
  end(): Iterable<RecordBatch>
  /** Offset in the file of the first byte not emitted in a row or a reject; valid between two chunks. */
  readonly offset: number
  /** Lines that end before that; NaN if unknown. */
  readonly line: number
  /** Drops the beginning of a record that it holds. */
  drop(): void
}
