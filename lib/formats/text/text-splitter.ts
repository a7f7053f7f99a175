import type {LineBatch} from './line-splitter.ts'

/** Cuts the bytes of one file into records of text, however the bytes are cut into chunks. */
export interface TextSplitter {
  /** The records that end in this chunk. */
  push(chunk: Buffer): LineBatch
  /** The last record, when nothing ends it. */
  end(): LineBatch
  /** Records ended so far: the number of the last one given out, from 1. */
  readonly line: number
  /** Offset in the file of the first byte not yet given out in a record. */
  readonly offset: number
  /** Where the records after the header begin; undefined until that is known. */
  readonly recordsFrom: number | undefined
  /** What ends a record wherever it stands; undefined where only reading from the beginning can tell. */
  readonly border: Buffer | undefined
  /** Forgets the beginning of a record that it holds. */
  drop(): void
  /**
   * Goes on elsewhere in the file, behind the header, where a record begins; `line` end before it, NaN: not known. Only where
   * there is a `border`.
   */
  readonly seek: ((offset: number, line: number) => void) | undefined
}
