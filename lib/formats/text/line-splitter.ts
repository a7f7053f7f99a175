import {isAscii, isUtf8} from 'node:buffer'
import {SluiceError} from '../../errors/index.ts'
import {ByteOrderMark} from '../bytes/byte-order-mark.ts'
import type {NativeSlices} from '../bytes/native-slices.ts'
import {recordPlace} from '../bytes/record-place.ts'

/** Longer lines fail by default: without a limit, a file without newlines would fill the memory. */
export const DEFAULT_MAX_LINE_BYTES = 64 * 2 ** 20

interface LineSplitterOptions {
  /** Name of the file, for error messages. */
  file: string
  /** Lines to leave out at the beginning, default 0. */
  skipHeaderLines?: number | undefined
  /** Longest line in bytes, default 64 MiB. */
  maxLineBytes?: number | undefined
  /** Finds the lines that are not UTF-8, default false. */
  checkUtf8?: boolean | undefined
}

/** Lines and, in parallel, the byte offset of each in the (decompressed) file. */
export interface LineBatch {
  values: string[]
  offsets: number[]
  /** With `checkUtf8`: the bytes of the lines that are not UTF-8, by index, if there are any. */
  broken?: Map<number, Buffer>
}

const LINE_END = Buffer.from('\n')

/**
 * Cuts the bytes of one file into lines, however the bytes are cut into chunks.
 *
 * A line ends with `\n` or `\r\n`; a lone `\r` is data. A UTF-8 byte order mark is removed; UTF-16 and UTF-32 are refused.
 * The last line needs no newline; a final newline starts no further line; an empty line in the middle is a line. Bytes that
 * are not UTF-8 become U+FFFD, as with `TextDecoder`.
 *
 * Every line is its own string, not a slice of the chunk: keeping one line does not keep 128 KiB alive.
 *
 * @example
 * const splitter = new LineSplitter({file: 'a.csv', skipHeaderLines: 1})
 * splitter.push(Buffer.from('id\n1\n2')).values // ['1']
 * splitter.end().values // ['2']
 */
export class LineSplitter {
  readonly #file: string
  readonly #skip: number
  readonly #max: number
  readonly #check: boolean
  readonly #mark: ByteOrderMark
  /** The beginning of an incomplete line. */
  #rest: Buffer[] = []
  #restBytes = 0
  /** Lines ended so far. */
  #line = 0
  /** Offset in the file of the first byte not yet emitted in a line. */
  #offset = 0
  /** Offset of the first byte after the header, once that has been read. */
  #afterHeader: number | undefined

  constructor(options: LineSplitterOptions) {
    this.#file = options.file
    this.#skip = options.skipHeaderLines ?? 0
    this.#max = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES
    this.#check = options.checkUtf8 ?? false
    this.#mark = new ByteOrderMark(options.file)
  }

  /** Lines ended so far: the number of the last line emitted, from 1; NaN after a jump to where it is unknown. */
  get line(): number {
    return this.#line
  }

  /** Offset in the file of the first byte not yet emitted in a line. */
  get offset(): number {
    return this.#offset
  }

  /** Offset of the first line after the header; undefined until it is known. */
  get recordsFrom(): number | undefined {
    if (this.#skip > 0) return this.#afterHeader
    return this.#mark.decided ? this.#mark.skipped : undefined
  }

  /** What ends a line, wherever it occurs. */
  get border(): Buffer {
    return LINE_END
  }

  /** Drops the beginning of a line that it holds. */
  drop(): void {
    this.#rest = []
    this.#restBytes = 0
  }

  /**
   * Continues elsewhere in the file, after the header, where a line begins; `line` lines end before it (NaN if unknown).
   */
  seek(offset: number, line: number): void {
    this.drop()
    this.#offset = offset
    this.#line = line
  }

  /** The lines that end in this chunk. */
  push(chunk: Buffer): LineBatch {
    const batch: LineBatch = {values: [], offsets: []}
    let bytes = this.#mark.push(chunk)
    if (bytes.length === 0) return batch
    if (this.#offset === 0) this.#offset = this.#mark.skipped
    if (this.#restBytes > 0) {
      const end = bytes.indexOf(10) + 1
      if (end === 0) {
        this.#keep(bytes)
        return batch
      }
      // only the line that spans two chunks is copied, not the chunk
      this.#rest.push(bytes.subarray(0, end))
      const line = Buffer.concat(this.#rest)
      this.#rest = []
      this.#restBytes = 0
      this.#cut(line, batch)
      bytes = bytes.subarray(end)
    }
    const cut = this.#cut(bytes, batch)
    if (cut < bytes.length) this.#keep(bytes.subarray(cut))
    return batch
  }

  /** The last line, if it has no newline. */
  end(): LineBatch {
    const batch: LineBatch = {values: [], offsets: []}
    const held = this.#mark.end()
    if (held.length > 0) this.#keep(held)
    if (this.#restBytes === 0) return batch
    this.#line++
    if (!(this.#line <= this.#skip)) {
      const line = Buffer.concat(this.#rest)
      if (this.#check && !isUtf8(line)) batch.broken = new Map([[0, line]])
      batch.values.push(line.toString('utf8'))
      batch.offsets.push(this.#offset)
    }
    this.#rest = []
    this.#restBytes = 0
    return batch
  }

  /** Adds the complete lines of `bytes` to the batch; returns how many bytes they take. */
  #cut(bytes: Buffer, batch: LineBatch): number {
    const {values, offsets} = batch
    const first = values.length
    const native = bytes as Buffer & NativeSlices
    const ascii = isAscii(bytes)
    const base = this.#offset
    const max = this.#max
    let skip = this.#skip - this.#line
    let start = 0
    for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
      this.#line++
      if (end - start > max) throw tooLong(this.#file, this.#line, base + start, max)
      if (skip > 0) {
        if (--skip === 0) this.#afterHeader = base + end + 1
      } else {
        const stop = end > start && bytes[end - 1] === 13 ? end - 1 : end
        values.push(ascii ? native.latin1Slice(start, stop) : native.utf8Slice(start, stop))
        offsets.push(base + start)
      }
      start = end + 1
    }
    this.#offset = base + start
    if (this.#check && !ascii && !isUtf8(bytes.subarray(0, start))) this.#findBroken(bytes, base, batch, first)
    return start
  }

  #findBroken(bytes: Buffer, base: number, batch: LineBatch, first: number): void {
    for (let i = first; i < batch.values.length; i++) {
      const start = batch.offsets[i]! - base
      const newline = bytes.indexOf(10, start)
      const line = bytes.subarray(start, newline > start && bytes[newline - 1] === 13 ? newline - 1 : newline)
      if (isUtf8(line)) continue
      batch.broken ??= new Map()
      // a copy, so that it does not keep the chunk alive
      batch.broken.set(i, Buffer.from(line))
    }
  }

  #keep(bytes: Buffer): void {
    this.#rest.push(bytes)
    this.#restBytes += bytes.length
    if (this.#restBytes > this.#max) throw tooLong(this.#file, this.#line + 1, this.#offset, this.#max)
  }
}

/** The error for a line or other record of more than `max` bytes. */
export function tooLong(file: string, line: number, offset: number, max: number): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_READ',
    `${recordPlace(file, line, offset)}: the line is longer than ${max} bytes. ` +
      'If such lines are intended, raise the option `maxLineBytes`; if not, the file is not text with one record per line',
  )
}
