import type {RecordKeeper} from '../../../core/index.ts'

/** A record that was set aside. */
export interface CsvReject {
  /**
   * The text that was set aside, as it stands in the file, without its line end; bytes that are not UTF-8 are U+FFFD in it. The
   * fast engine sets one line aside, with which a bad record begins, and goes on at the next; csv-parse the whole record.
   */
  raw: string
  /** The bytes that were set aside in base64, only where `raw` is not all of it: where they are not UTF-8. */
  rawBase64?: string | undefined
  /** The header of the file as it stands there, without its line end: it says which field is which. Absent without a header. */
  header?: string | undefined
  /** The line on which it begins, from 1; 0 where it is not known: in a range that does not begin with the file. */
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
  /** The records that they were made of, where the reader keeps them. */
  keeper?: RecordKeeper | undefined
}

/** What a reader does besides making rows. */
export interface CsvReaderOptions {
  /** Malformed records are set aside. */
  readonly rejects: boolean
  /** Batches have a `keeper`. Default false. */
  readonly keep?: boolean
}

/** What a reader is told besides the settings. */
export interface CsvReaderOptions {
  /** Malformed records are set aside; else the first of them fails. */
  readonly rejects: boolean
  /** Told the names that rows have, in the order of their columns, once they are known. */
  /** There may be just one record, in which a lone `\r` is data rather than the end of a line. */
  readonly oneLine?: boolean | undefined
  readonly onColumns?: ((names: readonly string[]) => void) | undefined
}

/** Makes rows of the bytes of one CSV file, however the bytes are cut into chunks. */
export interface CsvReader {
  /** The rows that end in this chunk, a few at a time. */
  push(chunk: Buffer): Iterable<RecordBatch>
  /** The last rows. */
  end(): Iterable<RecordBatch>
  /** Offset in the file of the first byte not given out in a row or a reject; right between two chunks. */
  readonly offset: number
  /** Lines that end before that; NaN: not known. */
  readonly line: number
  /** Forgets the beginning of a record that it holds. */
  drop(): void
}
