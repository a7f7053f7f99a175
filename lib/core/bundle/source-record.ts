/** A record as it stands in what was read. */
export interface SourceRecord {
  /** What was read. */
  readonly file: string
  /** Its bytes, with its line end if it has one. */
  readonly bytes: Buffer
  /** The header that names its fields, if there is one. */
  readonly header: SourceHeader | undefined
  /** What was read begins with a UTF-8 byte order mark. */
  readonly marked: boolean
  /** It is an element of a JSON array, not a line. */
  readonly element?: boolean
}

/** The header of what was read. */
export interface SourceHeader {
  readonly names: readonly string[]
  /** Its bytes, with its line end if it has one. */
  readonly bytes: Buffer
}

/** Records that a source has read and keeps as long as something that was made of them is on its way. */
export interface RecordKeeper {
  /** Files have rising numbers, in the order in which they are read. */
  readonly file: number
  /** The record that begins at this byte. */
  recordAt(offset: number): SourceRecord | undefined
}

/** Where the record of a value is kept. */
export interface RecordOrigin {
  readonly keeper: RecordKeeper
  readonly offset: number
}
