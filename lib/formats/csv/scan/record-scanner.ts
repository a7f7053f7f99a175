import {FieldScanner, type Found} from './field-scanner.ts'
import {
  CHARACTERS,
  COLUMNS,
  FLAGS,
  giveRecordIndex,
  type Plain,
  type RecordIndex,
  TWICE,
  takeRecordIndex,
} from './record-index.ts'

/** Plain records in an index, `record` up to `stop`; or one that would be plain but for a doubled quote. */
export interface PlainRecords extends Pick<RecordIndex, 'starts' | 'ends' | 'table'> {
  /** The place in the bytes at which the window of the index begins. */
  origin: number
  record: number
  stop: number
  escaped: boolean
  /** True if all of them are ASCII, false if none is: ASCII is decoded several times as fast. */
  ascii: boolean
}

/**
 * Finds the CSV records in bytes: with the {@link RecordIndex}, many at once, while they are well-formed, and with a
 * {@link FieldScanner} where they are not, and at the end of the bytes. Both find the same; they differ only in speed.
 */
export class RecordScanner {
  /** What {@link scan} found. */
  readonly single: FieldScanner
  readonly #delimiter: number
  readonly #quote: number
  readonly #plain: Plain
  #bytes: Buffer = Buffer.alloc(0)
  #index: RecordIndex | undefined
  /** What the index holds: the bytes between these places, and the records from `#record` up to `#end`. */
  #from = 0
  #to = 0
  #record = 0
  #end = 0

  /** @param max the most bytes of a plain record */
  constructor(delimiter: number, quote: number, max: number) {
    this.#delimiter = delimiter
    this.#quote = quote
    this.#plain = {width: -1, max, multi: false}
    this.single = new FieldScanner(delimiter, quote)
  }

  /** Takes new bytes; `last`: nothing comes after them; `multi`: they are UTF-8, and not all ASCII. */
  open(bytes: Buffer, last: boolean, multi: boolean): void {
    this.#bytes = bytes
    this.#plain.multi = multi
    this.single.open(bytes, last)
  }

  /** Sets the number of fields of plain records; no record is plain before it is known. */
  expect(width: number): void {
    this.#plain.width = width
    this.#record = this.#end = 0
  }

  /** Takes an index, which all readers share: until `leave` no other code may run for long. */
  enter(): void {
    this.#index = takeRecordIndex()
  }

  /** Gives the index back and forgets what it held. */
  leave(): void {
    if (this.#index !== undefined) giveRecordIndex(this.#index)
    this.#index = undefined
    this.#from = this.#to = this.#record = this.#end = 0
  }

  /** At most `most` records from `at` on that end within `bytes`; undefined if the first one is not plain. */
  plain(at: number, most: number, bytes: number): PlainRecords | undefined {
    if (!this.#find(at, most)) return undefined
    const {starts, ends, table} = this.#index!
    const record = this.#record
    const limit = table[record * COLUMNS]! + bytes
    const escaped = table[record * COLUMNS + FLAGS] === TWICE
    const ascii = isAscii(table, record)
    let stop = escaped ? record + 1 : record
    for (let entry = stop * COLUMNS; !escaped && stop < this.#end && table[entry + FLAGS] === 0; stop++) {
      entry += COLUMNS
      // the first one is taken whatever its size
      if (stop > record && (table[entry]! > limit || isAscii(table, stop) !== ascii)) break
    }
    return stop === record ? undefined : {starts, ends, table, origin: this.#from, record, stop, escaped, ascii}
  }

  /** Scans the record that begins at `at`, whatever it is. */
  scan(at: number): Found {
    return this.single.scan(at)
  }

  /** Ensures that the next record in the index is the one that begins at `at`; false if the index cannot have it. */
  #find(at: number, most: number): boolean {
    const index = this.#index
    if (index === undefined) return false
    const {table} = index
    const place = at - this.#from
    while (this.#record < this.#end && table[this.#record * COLUMNS]! < place) this.#record++
    if (this.#record < this.#end && table[this.#record * COLUMNS] === place) return true
    if (at >= this.#to) this.#openWindow(index, at)
    for (;;) {
      this.#record = 0
      this.#end = index.find(at - this.#from, this.#delimiter, this.#quote, this.#plain, most)
      if (this.#end > 0) return true
      // malformed, or all of it that there is has been examined
      if (table[FLAGS] !== 0 || this.#from === at || this.#to === this.#bytes.length) return false
      this.#openWindow(index, at)
    }
  }

  #openWindow(index: RecordIndex, at: number): void {
    this.#from = at
    this.#to = at + index.open(this.#bytes, at)
  }
}

/** True if a record has as many characters as bytes. */
function isAscii(table: Int32Array, record: number): boolean {
  const entry = record * COLUMNS
  const next = entry + COLUMNS
  return table[next]! - table[entry]! === table[next + CHARACTERS]! - table[entry + CHARACTERS]!
}
