import {isAscii, isUtf8} from 'node:buffer'
import {SluiceError} from '../../errors/index.ts'
import {ByteOrderMark, looksLikeUtf16} from '../bytes/byte-order-mark.ts'
import type {ElementBatch} from './json-array-splitter.ts'

const LF = 10
const QUOTE = 34
const BACKSLASH = 92

/**
 * Cuts the bytes of one file into the texts of concatenated JSON values, each over any number of lines. It holds one value
 * at a time.
 *
 * A value ends where its brackets or its quote are closed; a number or a word ends at the next blank, bracket or quote.
 * Whether it is JSON is not examined, so a bad value costs only itself as long as its brackets and quotes balance.
 */
export class JsonValueSplitter {
  readonly #file: string
  readonly #max: number
  readonly #mark: ByteOrderMark
  /** The beginning of an incomplete value. */
  #rest: Buffer[] = []
  #restBytes = 0
  #offset = 0
  #line = 1
  /** The line reached. */
  #lines = 1
  /** Offset in the file of the first byte of a chunk. */
  #base = 0
  #begun = false
  #place: 'between' | 'word' | 'brackets' | 'string' = 'between'
  #depth = 0
  #quoted = false
  #escaped = false

  constructor(file: string, maxBytes: number) {
    this.#file = file
    this.#max = maxBytes
    this.#mark = new ByteOrderMark(file)
  }

  /** Offset in the file of the first byte not yet emitted in a value. */
  get offset(): number {
    return this.#place === 'between' ? this.#base : this.#offset
  }

  /** Not counted: each value carries its line. */
  get line(): number {
    return Number.NaN
  }

  /** Drops the value that it holds: no more of the file is wanted. */
  drop(): void {
    this.#rest = []
    this.#restBytes = 0
    this.#place = 'between'
  }

  /** The values that end in this chunk. */
  push(chunk: Buffer): ElementBatch {
    const batch: ElementBatch = {values: [], offsets: [], lines: []}
    this.#read(this.#mark.push(chunk), batch)
    return batch
  }

  /** A word at the end, or what is wrong with the end. */
  end(): ElementBatch {
    const batch: ElementBatch = {values: [], offsets: [], lines: []}
    this.#read(this.#mark.end(), batch)
    if (batch.failure || this.#place === 'between') return batch
    if (this.#place === 'word') this.#give(Buffer.alloc(0), 0, 0, batch)
    else
      batch.failure = new SluiceError(
        'ERR_SLUICE_JSON',
        `${this.#file}, line ${this.#line} (byte ${this.#offset}): the file ends in the value that begins here`,
      )
    return batch
  }

  #read(bytes: Buffer, batch: ElementBatch): void {
    if (bytes.length === 0) return
    if (!this.#begun) {
      this.#base = this.#mark.skipped
      this.#begun = true
      if (bytes[0] === 0 || bytes[1] === 0) {
        batch.failure = looksLikeUtf16(this.#file)
        return
      }
    }
    for (let at = 0; at < bytes.length && !batch.failure; ) {
      if (this.#place === 'between') at = this.#begin(bytes, at)
      else {
        const end = this.#scan(bytes, at)
        if (this.#restBytes + (end ?? bytes.length) - at > this.#max) batch.failure = this.#tooLong()
        else if (end === undefined) this.#keep(bytes.subarray(at))
        else this.#give(bytes, at, end, batch)
        at = end ?? bytes.length
      }
    }
    this.#base += bytes.length
  }

  /** Skips blanks; a value begins at the first other byte. */
  #begin(bytes: Buffer, from: number): number {
    let at = from
    for (; at < bytes.length && isBlank(bytes[at]!); at++) if (bytes[at] === LF) this.#lines++
    if (at === bytes.length) return at
    this.#offset = this.#base + at
    this.#line = this.#lines
    this.#depth = 0
    this.#quoted = this.#escaped = false
    this.#place = bytes[at] === QUOTE ? 'string' : opens(bytes[at]!) ? 'brackets' : 'word'
    return at
  }

  /** The place after the value that is being read; undefined if its end has not come yet. */
  #scan(bytes: Buffer, from: number): number | undefined {
    if (this.#place === 'word') {
      for (let at = from; at < bytes.length; at++) {
        const byte = bytes[at]!
        // the first byte belongs to the value, whatever it is
        if ((at > from || this.#restBytes > 0) && (isBlank(byte) || byte === QUOTE || opens(byte))) return at
      }
      return undefined
    }
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (byte === LF) this.#lines++
      if (this.#escaped) this.#escaped = false
      else if (this.#quoted) {
        if (byte === BACKSLASH) this.#escaped = true
        else if (byte === QUOTE) {
          this.#quoted = false
          if (this.#place === 'string') return at + 1
        }
      } else if (byte === QUOTE) this.#quoted = true
      else if (opens(byte)) this.#depth++
      else if (closes(byte) && --this.#depth === 0) return at + 1
    }
    return undefined
  }

  #keep(bytes: Buffer): void {
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
  }

  #give(bytes: Buffer, start: number, end: number, batch: ElementBatch): void {
    const here = bytes.subarray(start, end)
    const whole = this.#restBytes === 0 ? here : Buffer.concat([...this.#rest, here])
    const text = whole.toString(isAscii(whole) ? 'latin1' : 'utf8')
    if (text.includes('\ufffd') && !isUtf8(whole))
      (batch.broken ??= new Map()).set(batch.values.length, Buffer.from(whole))
    batch.values.push(text)
    batch.offsets.push(this.#offset)
    batch.lines.push(this.#line)
    this.drop()
  }

  #tooLong(): SluiceError {
    return new SluiceError(
      'ERR_SLUICE_READ',
      `${this.#file}, line ${this.#line} (byte ${this.#offset}): the value that begins here is longer than ${this.#max} ` +
        'bytes. If such values are intended, raise the option `maxLineBytes`; if not, a quote or a bracket in it is not closed',
    )
  }
}

function opens(byte: number): boolean {
  return byte === 123 || byte === 91
}

function closes(byte: number): boolean {
  return byte === 125 || byte === 93
}

/** Space, tab, line feed, carriage return: JSON's white space. */
function isBlank(byte: number): boolean {
  return byte === 32 || byte === LF || byte === 13 || byte === 9
}
