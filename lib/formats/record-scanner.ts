import {FieldScanner, type Found, RECORD} from './field-scanner.ts'
import {giveRecordIndex, type Plain, type RecordIndex, takeRecordIndex} from './record-index.ts'

/** Some of the records of an index. */
export interface PlainRecords extends Pick<RecordIndex, 'starts' | 'ends' | 'table'> {
  /** The place of the bytes at which the window of the index begins. */
  origin: number
  /** The first record and the one after the last. */
  record: number
  stop: number
}

/**
 * Finds one CSV record after the other in bytes: by the {@link RecordIndex}, many at once, as long as they are well-formed,
 * by a {@link FieldScanner} where they are not, and at the end of the bytes. Both find the same: it is a matter of speed only.
 */
export class RecordScanner {
  /** Where the fields of the record begin and end, from the element `first` on, as places after the place `origin`. */
  starts: Int32Array
  ends: Int32Array
  first = 0
  origin = 0
  /** How many fields the record has. */
  count = 0
  /** True if a quote is written twice in one of them. */
  escaped = false
  /** True if all its bytes are characters of their own. */
  ascii = true
  /** Line ends in the record, its own included. */
  lines = 0
  /** The place after the record; for a malformed one, of the byte that shows it. */
  next = 0
  readonly #delimiter: number
  readonly #quote: number
  readonly #plain: Plain
  readonly #single: FieldScanner
  #bytes: Buffer = Buffer.alloc(0)
  #index: RecordIndex | undefined
  /** What stands in the index: the bytes between these places, and the records from `#record` up to `#end`. */
  #from = 0
  #to = 0
  #record = 0
  #end = 0

  /** `max`: bytes of a plain record, at most. */
  constructor(delimiter: number, quote: number, max: number) {
    this.#delimiter = delimiter
    this.#quote = quote
    this.#plain = {width: -1, max}
    this.#single = new FieldScanner(delimiter, quote)
    this.starts = this.#single.starts
    this.ends = this.#single.ends
  }

  /** Takes new bytes; `last`: nothing comes after them. */
  open(bytes: Buffer, last: boolean): void {
    this.#bytes = bytes
    this.#single.open(bytes, last)
  }

  /** From here on plain records have `width` fields; none is plain before that is known. */
  expect(width: number): void {
    this.#plain.width = width
    this.#record = this.#end = 0
  }

  /** Takes hold of an index, which all readers share: from here to `leave` no other code may run for long. */
  enter(): void {
    this.#index = takeRecordIndex()
  }

  /** Gives the index back: whatever it held is forgotten. */
  leave(): void {
    if (this.#index !== undefined) giveRecordIndex(this.#index)
    this.#index = undefined
    this.#from = this.#to = this.#record = this.#end = 0
  }

  /** The records from `at` on, at least one and `most` at the most, of which the first is plain; or undefined. */
  plain(at: number, most: number): PlainRecords | undefined {
    if (!this.#find(at, most)) return undefined
    const {starts, ends, table} = this.#index!
    if (table[this.#record * 4 + 3] !== 0) return undefined
    return {starts, ends, table, origin: this.#from, record: this.#record, stop: this.#end}
  }

  /** Finds the record that begins at `at`. */
  scan(at: number): Found {
    return this.#find(at, 1) ? this.#show(this.#index!, this.#record) : this.#scanSingle(at)
  }

  /** Sees that the next record in the index is the one that begins at `at`; false if the index cannot have it. */
  #find(at: number, most: number): boolean {
    const index = this.#index
    if (index === undefined) return false
    const {table} = index
    const place = at - this.#from
    while (this.#record < this.#end && table[this.#record * 4]! < place) this.#record++
    if (this.#record < this.#end && table[this.#record * 4] === place) return true
    if (at >= this.#to) this.#openWindow(index, at)
    for (;;) {
      this.#record = 0
      this.#end = index.find(at - this.#from, this.#delimiter, this.#quote, this.#plain, most)
      if (this.#end > 0) return true
      // malformed, or all that can be seen of it has been seen
      if (table[3] !== 0 || this.#from === at || this.#to === this.#bytes.length) return false
      this.#openWindow(index, at)
    }
  }

  #openWindow(index: RecordIndex, at: number): void {
    this.#from = at
    this.#to = at + index.open(this.#bytes, at)
  }

  #show({starts, ends, table}: RecordIndex, record: number): Found {
    const entry = record * 4
    const flags = table[entry + 3]!
    this.starts = starts
    this.ends = ends
    this.origin = this.#from
    this.first = table[entry + 1]!
    this.count = table[entry + 5]! - this.first
    this.ascii = (flags & 1) === 0
    this.escaped = (flags & 2) !== 0
    this.lines = table[entry + 6]! - table[entry + 2]!
    this.next = table[entry + 4]! + this.#from
    return RECORD
  }

  #scanSingle(at: number): Found {
    const single = this.#single
    const found = single.scan(at)
    this.starts = single.starts
    this.ends = single.ends
    this.origin = 0
    this.first = 0
    this.count = single.count
    this.ascii = single.ascii
    this.escaped = single.escaped
    this.lines = single.lines
    this.next = single.next
    return found
  }
}
