/**
 * What makes records of the bytes of a file, as far as whoever reads a part of the file must know it. Lines are NaN where their
 * number is not known: in a part that does not begin with the file.
 */
export interface PartReader {
  /** Where the first byte stands that it has not given out in a record. Asked between two chunks. */
  readonly offset: number
  /** Lines that end before that. */
  readonly line: number
  /** Takes bytes; what it returns is read to its end. */
  push(bytes: Buffer): object
  /** The file ends here; what it returns is read to its end. */
  end?(): object
  /** Forgets the beginning of a record that it holds: it is not wanted. */
  drop(): void
  /** Where the records begin; undefined until byte order mark and header have been read. */
  readonly recordsFrom?: number | undefined
  /** False as long as the reader has not seen how lines end, which it finds out at the beginning of the file. */
  readonly knowsLineEnds?: boolean | undefined
  /** The bytes that end a record wherever they stand; undefined when only reading from the beginning can tell. */
  readonly border?: Buffer | undefined
  /** Forgets what it holds, and goes on where a record begins. Without it, a part is read from the beginning of the file. */
  readonly seek?: ((offset: number, line: number) => void) | undefined
}
