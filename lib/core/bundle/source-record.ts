/** A record exactly as it was read. */
export interface SourceRecord {
  /** What was read. */
  readonly file: string
  /** Its bytes, including the line ending if there is one. */
  readonly bytes: Buffer
  /** The header that names its fields, if there is one. */
  readonly header: SourceHeader | undefined
  /** Whether the input begins with a UTF-8 byte order mark. */
  readonly marked: boolean
  /** Whether it is an element of a JSON array rather than a line. */
  readonly element?: boolean
}

/** The header of what was read. */
export interface SourceHeader {
  readonly names: readonly string[]
  /** Its bytes, including the line ending if there is one. */
  readonly bytes: Buffer
}

/** Records that a source has read and keeps while anything made from them is in flight. */
export interface RecordKeeper {
  /** The number of the file; numbers rise in the order in which files are read. */
  readonly file: number
  /** The record that begins at this byte. */
  recordAt(offset: number): SourceRecord | undefined
}

/** Where the record of a value is kept. */
export interface RecordOrigin {
  readonly keeper: RecordKeeper
  readonly offset: number
}
