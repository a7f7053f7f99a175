import type {LineBatch} from './line-splitter.ts'

/** Cuts the bytes of one file into records of text, however the bytes are cut into chunks. */
export interface TextSplitter {
  /** The records that end in this chunk. */
  push(chunk: Buffer): LineBatch
  /** The last record, if no delimiter ends it. */
  end(): LineBatch
  /** Records ended so far: the number of the last one emitted, from 1. */
  readonly line: number
  /** Offset in the file of the first byte not yet emitted in a record. */
  readonly offset: number
  /** Offset of the first record after the header; undefined until it is known. */
  readonly recordsFrom: number | undefined
  /** What ends a record wherever it occurs; undefined if only reading from the beginning can tell. */
  readonly border: Buffer | undefined
  /** Drops the beginning of a record that it holds. */
  drop(): void
  /**
   * Continues elsewhere in the file, after the header, where a record begins; `line` records end before it (NaN if
   * unknown). Present only if there is a `border`.
   */
  readonly seek: ((offset: number, line: number) => void) | undefined
}
