import {isAscii, isUtf8} from 'node:buffer'
import {ByteOrderMark} from '../bytes/byte-order-mark.ts'
import type {NativeSlices} from '../bytes/native-slices.ts'
import {type LineBatch, tooLong} from './line-splitter.ts'
import type {TextSettings} from './text-options.ts'
import type {TextSplitter} from './text-splitter.ts'

const LF = 10
const CR = 13
const EMPTY: Buffer = Buffer.alloc(0)

/**
 * Cuts the bytes of one file into records that end with the user's delimiter, or in which an escape character makes line
 * ends part of a line. As in Beam, an escape stays in the record, and an odd number of escapes before a delimiter escapes
 * it. Everything else is as in `LineSplitter`: byte order mark, last record, encodings; `skipHeaderLines` counts records.
 *
 * A delimiter that overlaps itself (`||` in `a|||b`) is found from the left: the records are `a` and `|b`.
 *
 * @example
 * const splitter = new DelimitedSplitter('a.txt', checkTextOptions('example', {delimiter: '\0'}))
 * splitter.push(Buffer.from('a\0b')).values // ['a']
 * splitter.end().values // ['b']
 */
export class DelimitedSplitter implements TextSplitter {
  readonly #file: string
  readonly #skip: number
  readonly #max: number
  /** What is searched for; without a delimiter `\n`, which includes a preceding `\r`. */
  readonly #needle: number | Buffer
  readonly #length: number
  readonly #lines: boolean
  /** -1: nothing escapes. */
  readonly #escape: number
  readonly #check: boolean
  readonly #mark: ByteOrderMark
  readonly seek: ((offset: number, line: number) => void) | undefined
  /** The beginning of an incomplete record; no unescaped delimiter begins in it. */
  #rest: Buffer[] = []
  #restBytes = 0
  /** The bytes after `#rest`: too few to tell whether a delimiter begins in them. */
  #tail = EMPTY
  /** True if an odd number of escapes precedes the tail. */
  #odd = false
  #line = 0
  /** Offset in the file of the first byte after the header, once that has been read. */
  #afterHeader: number | undefined
  /** Offset in the file of the incomplete record. */
  #offset = 0

  constructor(file: string, settings: TextSettings, checkUtf8 = false) {
    const {delimiter} = settings
    this.#file = file
    this.#skip = settings.skipHeaderLines
    this.#max = settings.maxLineBytes
    this.#check = checkUtf8
    this.#lines = delimiter === undefined
    this.#length = delimiter?.length ?? 1
    // searching for a single byte is faster with a number
    this.#needle = delimiter === undefined ? LF : delimiter.length === 1 ? delimiter[0]! : delimiter
    this.#escape = settings.escape ?? -1
    this.#mark = new ByteOrderMark(file)
    this.seek = this.border && ((offset, line) => this.#seek(offset, line))
  }

  #seek(offset: number, line: number): void {
    this.drop()
    this.#offset = offset
    this.#line = line
  }

  get line(): number {
    return this.#line
  }

  get offset(): number {
    return this.#offset
  }

  get recordsFrom(): number | undefined {
    if (this.#skip > 0) return this.#afterHeader
    return this.#mark.decided ? this.#mark.skipped : undefined
  }

  /** Undefined for a longer delimiter, or one that may be escaped, which depends on what precedes it. */
  get border(): Buffer | undefined {
    return typeof this.#needle === 'number' && this.#escape === -1 ? Buffer.of(this.#needle) : undefined
  }

  drop(): void {
    this.#rest = []
    this.#restBytes = 0
    this.#tail = EMPTY
    this.#odd = false
  }

  push(chunk: Buffer): LineBatch {
    const batch: LineBatch = {values: [], offsets: []}
    const bytes = this.#mark.push(chunk)
    if (bytes.length > 0) this.#cut(bytes, batch)
    return batch
  }

  end(): LineBatch {
    const batch: LineBatch = {values: [], offsets: []}
    const held = this.#mark.end()
    if (held.length > 0) this.#cut(held, batch)
    const rest = this.#tail
    this.#tail = EMPTY
    if (this.#restBytes + rest.length > 0) this.#give(rest, 0, rest.length, 0, false, batch)
    return batch
  }

  /** Emits the records that end in the bytes and keeps the rest. */
  #cut(given: Buffer, batch: LineBatch): void {
    if (this.#offset === 0) this.#offset = this.#mark.skipped
    const bytes = this.#tail.length > 0 ? Buffer.concat([this.#tail, given]) : given
    const ascii = isAscii(bytes)
    let start = 0
    let from = 0
    for (let at = bytes.indexOf(this.#needle); at !== -1; at = bytes.indexOf(this.#needle, from)) {
      from = at + this.#length
      const stop = this.#endOfRecord(bytes, start, at)
      if (stop === -1) continue
      this.#give(bytes, start, stop, from - stop, ascii, batch)
      start = from
    }
    const left = this.#lines ? Number(bytes[bytes.length - 1] === CR) : this.#length - 1
    const searched = Math.max(from, bytes.length - left)
    this.#odd = this.#isEscaped(bytes, searched)
    this.#tail = bytes.subarray(searched)
    if (searched === start) return
    this.#rest.push(bytes.subarray(start, searched))
    this.#restBytes += searched - start
    if (this.#restBytes > this.#max) throw tooLong(this.#file, this.#line + 1, this.#offset, this.#max)
  }

  /** Where the record that began at or before `start` ends, if the delimiter at `at` ends it; else -1. */
  #endOfRecord(bytes: Buffer, start: number, at: number): number {
    // an escaped \r is data, and the \n after it ends the line
    if (this.#lines && at > start && bytes[at - 1] === CR) return this.#isEscaped(bytes, at - 1) ? at : at - 1
    return this.#isEscaped(bytes, at) ? -1 : at
  }

  /** Whether an odd number of escapes precedes a place; delimiters contain none. */
  #isEscaped(bytes: Buffer, place: number): boolean {
    if (this.#escape === -1) return false
    let at = place
    while (at > 0 && bytes[at - 1] === this.#escape) at--
    const odd = (place - at) % 2 === 1
    return at === 0 ? odd !== this.#odd : odd
  }

  /** Notes the next record of the batch if it is not UTF-8. */
  #checkUtf8(bytes: Buffer, batch: LineBatch): void {
    if (isUtf8(bytes)) return
    batch.broken ??= new Map()
    batch.broken.set(batch.values.length, Buffer.from(bytes))
  }

  /** Emits a record: what is held, and the bytes up to `stop`, followed by `skip` bytes that are not part of it. */
  #give(bytes: Buffer, start: number, stop: number, skip: number, ascii: boolean, batch: LineBatch): void {
    const length = this.#restBytes + stop - start
    this.#line++
    if (length > this.#max) throw tooLong(this.#file, this.#line, this.#offset, this.#max)
    // NaN, an unknown number, is after the header
    if (!(this.#line <= this.#skip)) {
      let value: string
      if (this.#restBytes === 0) {
        const native = bytes as Buffer & NativeSlices
        value = ascii ? native.latin1Slice(start, stop) : native.utf8Slice(start, stop)
        if (this.#check && !ascii) this.#checkUtf8(bytes.subarray(start, stop), batch)
      } else {
        this.#rest.push(bytes.subarray(start, stop))
        const whole = Buffer.concat(this.#rest)
        value = whole.toString()
        if (this.#check) this.#checkUtf8(whole, batch)
      }
      batch.values.push(value)
      batch.offsets.push(this.#offset)
    }
    this.#offset += length + skip
    if (this.#line === this.#skip) this.#afterHeader = this.#offset
    this.#rest = []
    this.#restBytes = 0
    // the next record is preceded by a delimiter
    this.#odd = false
  }
}
