import type {RecordKeeper, SourceHeader, SourceRecord} from '../../../core/index.ts'
import type {LineBatch} from '../../text/line-splitter.ts'
import {COLUMNS} from '../scan/record-index.ts'
import {withoutLineEnd} from './csv-problems.ts'

let files = 0

/** What all the records of one file share. */
export class KeptFile {
  readonly path: string
  /** Increases from file to file. */
  readonly number = ++files
  /** True if the file begins with a byte order mark. */
  marked = false
  #header: SourceHeader | undefined
  #text: {readonly header: string} | undefined

  constructor(path: string) {
    this.path = path
  }

  get header(): SourceHeader | undefined {
    return this.#header
  }

  /** The header as rejects have it. */
  get headerText(): {readonly header: string} | undefined {
    return this.#text
  }

  /** Keeps a copy of the header's bytes. */
  setHeader(names: readonly string[], bytes: Buffer): void {
    this.#header = {names, bytes: Buffer.from(bytes)}
    this.#text = {header: withoutLineEnd(bytes).toString()}
  }

  forgetHeader(): void {
    this.#header = this.#text = undefined
  }
}

type TextBatch = LineBatch & {lines?: number[] | undefined}

const MARK_BYTES = 3

/** Keeps the lines of one file, or the elements of an array, batch by batch. */
export class LineKeeping {
  readonly #file: KeptFile
  #begun = false

  constructor(path: string) {
    this.#file = new KeptFile(path)
  }

  /** Keeps a batch; `end`: the offset of the byte after its last line, unless that has no line end. */
  keep(batch: TextBatch, end?: number): RecordKeeper {
    // a file of lines begins with its first line, apart from a byte order mark
    if (!this.#begun && !batch.lines) this.#file.marked = batch.offsets[0] === MARK_BYTES
    this.#begun ||= batch.offsets.length > 0
    return new KeptLines(this.#file, batch, end)
  }
}

class KeptLines implements RecordKeeper {
  readonly #file: KeptFile
  readonly #batch: TextBatch
  readonly #end: number | undefined

  constructor(file: KeptFile, batch: TextBatch, end: number | undefined) {
    this.#file = file
    this.#batch = batch
    this.#end = end
  }

  get file(): number {
    return this.#file.number
  }

  recordAt(offset: number): SourceRecord | undefined {
    const {values, offsets, broken, lines} = this.#batch
    const i = indexOf(offsets, offset)
    if (i === -1) return undefined
    const bytes = broken?.get(i) ?? Buffer.from(values[i]!)
    const {path, header, marked} = this.#file
    if (lines) return {file: path, bytes, header, marked, element: true}
    const left = (offsets[i + 1] ?? this.#end ?? 0) - offset - bytes.length
    const lineEnd = left === 2 ? '\r\n' : left === 1 ? '\n' : ''
    return {file: path, bytes: Buffer.concat([bytes, Buffer.from(lineEnd)]), header, marked}
  }
}

/** Keeps the bytes in which records were found, and where. */
export class KeptBytes implements RecordKeeper {
  readonly #file: KeptFile
  readonly #bytes: Buffer
  /** Offset of the first of the bytes. */
  readonly #base: number
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  constructor(file: KeptFile, bytes: Buffer, base: number) {
    this.#file = file
    this.#bytes = bytes
    this.#base = base
  }

  /**
   * Notes a record, which must come after those noted before, by the offsets of its first byte and of the byte after it.
   */
  add(start: number, end: number): void {
    this.#starts.push(start)
    this.#ends.push(end)
  }

  /** Notes the records of an index from `first` up to `end`; its table begins at this offset. */
  addIndexed(table: Int32Array, first: number, end: number, offset: number): void {
    for (let at = first * COLUMNS; at < end * COLUMNS; at += COLUMNS)
      this.add(offset + table[at]!, offset + table[at + COLUMNS]!)
  }

  get file(): number {
    return this.#file.number
  }

  recordAt(offset: number): SourceRecord | undefined {
    const i = indexOf(this.#starts, offset)
    if (i === -1) return undefined
    const {path, header, marked} = this.#file
    return {file: path, bytes: this.#bytes.subarray(offset - this.#base, this.#ends[i]! - this.#base), header, marked}
  }
}

/** The index of a number in an ascending list; -1 if it is not there. */
function indexOf(list: readonly number[], wanted: number): number {
  let low = 0
  for (let high = list.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (list[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return list[low] === wanted ? low : -1
}
