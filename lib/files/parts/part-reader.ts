/**
 * The interface that reading a part of a file needs from what turns its bytes into records. Lines are NaN where their
 * number is unknown: in a part that does not begin at the start of the file.
 */
export interface PartReader {
  /** Offset of the first byte that it has not yet emitted in a record. Read between two chunks. */
  readonly offset: number
  /** Number of lines that end before that. */
  readonly line: number
  /** Takes bytes; the caller consumes the result to its end. */
  push(bytes: Buffer): object
  /** Ends the file here; the caller consumes the result to its end. */
  end?(): object
  /** Drops the beginning of a record that it holds, which is not wanted. */
  drop(): void
  /** Offset at which the records begin; undefined until byte order mark and header have been read. */
  readonly recordsFrom?: number | undefined
  /** False until the reader has detected how lines end, which it does at the beginning of the file. */
  readonly knowsLineEnds?: boolean | undefined
  /** Bytes that end a record wherever they occur; undefined if only reading from the beginning can tell. */
  readonly border?: Buffer | undefined
  /**
   * Drops what it holds, and continues at the beginning of a record. Without `seek` a part is read from the beginning of
   * the file.
   */
  readonly seek?: ((offset: number, line: number) => void) | undefined
}
