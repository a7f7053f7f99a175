import {isAscii, isUtf8} from 'node:buffer'
import {SluiceError} from '../../errors/index.ts'
import {ByteOrderMark, looksLikeUtf16} from '../bytes/byte-order-mark.ts'
import type {NativeSlices} from '../bytes/native-slices.ts'
import type {LineBatch} from '../text/line-splitter.ts'
import {JsonElementScanner} from './json-element-scanner.ts'

/** Texts of elements and, in parallel, the byte offset and the line at which each begins. */
export interface ElementBatch extends LineBatch {
  lines: number[]
  /** What is wrong with the array after these elements; nothing follows it. */
  failure?: SluiceError
}

const LF = 10
const COMMA = 44
const OPEN = 91
const CLOSE = 93

/** The reader's state; `first` and `next` are before an element, which may be missing only after the opening bracket. */
type Place = 'before' | 'first' | 'next' | 'element' | 'after'

/**
 * Cuts the bytes of one file that holds a JSON array into the texts of its elements, however the bytes are cut into chunks.
 * It holds one element at a time, whatever the size of the file.
 *
 * An element is everything between two commas of the array, whether it is JSON or not: brackets are counted and strings
 * skipped, and nothing else is examined, so a bad element costs only itself as long as its brackets and quotes balance.
 * What is not an array (text before or after it, a missing end) is a `failure`, after the elements before it. A UTF-8 byte
 * order mark is removed; UTF-16 and UTF-32 are refused.
 *
 * @example
 * const splitter = new JsonArraySplitter('a.json', DEFAULT_MAX_LINE_BYTES)
 * splitter.push(Buffer.from('[1, {"a": 2}')).values // ['1']
 * splitter.push(Buffer.from(']')).values // ['{"a": 2}']
 * splitter.end()
 */
export class JsonArraySplitter {
  readonly #file: string
  readonly #max: number
  readonly #mark: ByteOrderMark
  readonly #scanner = new JsonElementScanner()
  #place: Place = 'before'
  /** The beginning of an incomplete element. */
  #rest: Buffer[] = []
  #restBytes = 0
  /** Where that element begins. */
  #offset = 0
  #line = 1
  /** Offset in the file of the first byte of a chunk. */
  #base = 0
  #begun = false

  constructor(file: string, maxBytes: number) {
    this.#file = file
    this.#max = maxBytes
    this.#mark = new ByteOrderMark(file)
  }

  /** Offset in the file of the first byte not yet emitted in an element. */
  get offset(): number {
    return this.#place === 'element' ? this.#offset : this.#base
  }

  /** Not counted: each element carries its line. */
  get line(): number {
    return Number.NaN
  }

  /** Drops the element that it holds, and the fact that the array has not ended: no more of the file is wanted. */
  drop(): void {
    this.#rest = []
    this.#restBytes = 0
    this.#place = 'after'
  }

  /** The elements that end in this chunk. */
  push(chunk: Buffer): ElementBatch {
    const batch: ElementBatch = {values: [], offsets: [], lines: []}
    this.#read(this.#mark.push(chunk), batch)
    return batch
  }

  /** What is missing at the end of the file. */
  end(): ElementBatch {
    const batch: ElementBatch = {values: [], offsets: [], lines: []}
    this.#read(this.#mark.end(), batch)
    if (batch.failure || this.#place === 'after') return batch
    batch.failure =
      this.#place === 'before'
        ? this.#malformed(
            this.#scanner.line,
            this.#base,
            'the file ends here without a JSON array. An empty array is []',
          )
        : this.#place === 'element'
          ? this.#malformed(this.#line, this.#offset, 'the file ends in the element that begins here')
          : this.#malformed(this.#scanner.line, this.#base, 'the file ends before its array is closed')
    return batch
  }

  #read(bytes: Buffer, batch: ElementBatch): void {
    if (bytes.length === 0) return
    if (!this.#begun) this.#base = this.#mark.skipped
    this.#begun = true
    const ascii = isAscii(bytes)
    for (let at = 0; at < bytes.length && !batch.failure; )
      at = this.#place === 'element' ? this.#readElement(bytes, at, ascii, batch) : this.#readBetween(bytes, at, batch)
    this.#base += bytes.length
  }

  /** Reads the byte before, between or after elements; returns the place to continue at. */
  #readBetween(bytes: Buffer, at: number, batch: ElementBatch): number {
    const byte = bytes[at]!
    const scanner = this.#scanner
    if (isBlank(byte)) {
      if (byte === LF) scanner.line++
      return at + 1
    }
    if (byte === 0 && (this.#place === 'before' || this.#place === 'first')) {
      batch.failure = looksLikeUtf16(this.#file)
      return at
    }
    if (this.#place === 'before') {
      if (byte !== OPEN) batch.failure = this.#noArray(bytes, at)
      this.#place = 'first'
      return at + 1
    }
    if (this.#place === 'after') {
      const what = 'something follows the end of the array, but a file holds only one array'
      batch.failure = this.#malformed(scanner.line, this.#base + at, what)
      return at
    }
    if (byte === CLOSE && this.#place === 'first') {
      this.#place = 'after'
      return at + 1
    }
    this.#offset = this.#base + at
    this.#line = scanner.line
    this.#place = 'element'
    return at
  }

  /** Reads an element to its end, or to the end of the bytes; returns the place to continue at. */
  #readElement(bytes: Buffer, start: number, ascii: boolean, batch: ElementBatch): number {
    const end = this.#scanner.scan(bytes, start)
    if (this.#restBytes + end - start > this.#max) batch.failure = this.#tooLong()
    else if (end === bytes.length) this.#keep(bytes.subarray(start))
    else {
      this.#give(bytes, start, end, ascii, batch)
      this.#place = bytes[end] === COMMA ? 'next' : 'after'
    }
    return end + 1
  }

  #keep(bytes: Buffer): void {
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
  }

  #give(bytes: Buffer, start: number, stop: number, ascii: boolean, batch: ElementBatch): void {
    let text: string
    if (this.#restBytes === 0) {
      const end = trimmed(bytes, start, stop)
      const native = bytes as Buffer & NativeSlices
      text = ascii ? native.latin1Slice(start, end) : native.utf8Slice(start, end)
      if (!ascii && isBroken(text, bytes.subarray(start, end)))
        (batch.broken ??= new Map()).set(batch.values.length, Buffer.from(bytes.subarray(start, end)))
    } else {
      // only the element that spans two chunks is copied, not the chunk
      this.#keep(bytes.subarray(start, stop))
      const all = Buffer.concat(this.#rest)
      const whole = all.subarray(0, trimmed(all, 0, all.length))
      text = whole.toString()
      if (isBroken(text, whole)) batch.broken = new Map([[0, whole]])
      this.#rest = []
      this.#restBytes = 0
    }
    batch.values.push(text)
    batch.offsets.push(this.#offset)
    batch.lines.push(this.#line)
  }

  #noArray(bytes: Buffer, at: number): SluiceError {
    const begin = JSON.stringify(bytes.toString('utf8', at, at + 20))
    return this.#malformed(
      this.#scanner.line,
      this.#base + at,
      `the file is not a JSON array: it begins with ${begin}. Set \`format: 'lines'\` if each line of it is a value`,
    )
  }

  #malformed(line: number, offset: number, what: string): SluiceError {
    return new SluiceError('ERR_SLUICE_JSON', `${this.#file}, line ${line} (byte ${offset}): ${what}`)
  }

  #tooLong(): SluiceError {
    return new SluiceError(
      'ERR_SLUICE_READ',
      `${this.#file}, line ${this.#line} (byte ${this.#offset}): the element that begins here is longer than ${this.#max} ` +
        'bytes. If such elements are intended, raise the option `maxLineBytes`; if not, a quote or a bracket in it is not closed',
    )
  }
}

/** True if bytes are not UTF-8: their text then has replacement characters, which the file itself may also contain. */
function isBroken(text: string, bytes: Buffer): boolean {
  return text.includes('\ufffd') && !isUtf8(bytes)
}

/** The end of the bytes without trailing blanks. */
function trimmed(bytes: Buffer, start: number, stop: number): number {
  let end = stop
  while (end > start && isBlank(bytes[end - 1]!)) end--
  return end
}

/** Space, tab, line feed, carriage return: JSON's white space. */
function isBlank(byte: number): boolean {
  return byte === 32 || byte === LF || byte === 13 || byte === 9
}
