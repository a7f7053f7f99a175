import {Bundle, OffsetIds, sliceBundle} from '../core/index.ts'
import {SluiceError} from '../errors/index.ts'
import {ByteCursor} from './byte-cursor.ts'
import type {ByteRange} from './byte-range.ts'
import type {FileCommits} from './file-commits.ts'
import type {FileInput} from './file-source.ts'
import {findBorder} from './find-border.ts'
import type {PartReader} from './part-reader.ts'
import {Span} from './span.ts'

/** A part of a file that is to be read: the records whose first byte is in it. */
interface Part {
  readonly start: number
  readonly end: number
  /** A record is known to begin at `start`. */
  readonly sure: boolean
  /** A record is known to begin at `end`. */
  readonly sureEnd: boolean
  readonly line: number
}

const NOTHING_TO_READ: readonly Part[] = []

/** Reads parts of one file: those of a range, and of these what an earlier run has not committed. */
export class PartReading {
  readonly parts: readonly Part[]
  /** What the connector reads. */
  readonly input: FileInput
  readonly #file: FileInput
  readonly #range: boolean
  readonly #commits: FileCommits | undefined
  readonly #cursor: ByteCursor
  #reader: PartReader | undefined
  /** The part that is being read; all of them where bytes between them are read too. */
  #wanted: readonly Part[]
  #zipped: boolean | undefined
  /** Where the records begin, and the lines before. */
  #head: {at: number; line: number} | undefined
  /** Where the piece begins that is being read, and the lease of its records once there are any. */
  #from = 0
  #span: Span | undefined
  /** The end of the file was reached. */
  #ended = false

  constructor(file: FileInput, range: Required<ByteRange> | undefined, commits: FileCommits | undefined) {
    this.#file = file
    this.#range = range !== undefined
    this.#commits = commits
    this.parts = partsOf(range ?? {start: 0, end: Number.POSITIVE_INFINITY}, commits)
    this.#wanted = this.parts
    this.#cursor = new ByteCursor(file.content)
    this.input = {...file, content: this.#bytes(), follow: reader => void (this.#reader = reader)}
  }

  /** True when the record that begins at this byte is to be read. */
  wants(offset: number): boolean {
    return this.#wanted.some(({start, end}) => start <= offset && offset < end)
  }

  /** Those values of a bundle that are to be read, with their lease. */
  admit<O>(given: Bundle<O>): Bundle<O> | undefined {
    const bundle = this.#select(given)
    if (!bundle || !this.#commits) return bundle
    const {values, ids, timestamps, watermark} = bundle
    this.#span ??= new Span(this.#from, stretch => this.#commits!.add(stretch))
    this.#span.retain(values.length)
    const leases = new Array<Span>(values.length).fill(this.#span)
    return new Bundle(values, {ids, timestamps, watermark, leases})
  }

  /** The connector has given all records. */
  finish(): void {
    if (this.#ended) this.#closePiece(this.#cursor.at)
  }

  /** Nothing more is read. */
  async close(): Promise<void> {
    await this.#cursor.close()
  }

  #select<O>(bundle: Bundle<O>): Bundle<O> | undefined {
    const {offsets} = bundle.ids as OffsetIds
    const {length} = bundle.values
    if (length === 0 || this.#isWhole) return bundle
    let first = 0
    while (first < length && !this.wants(offsets[first]!)) first++
    let end = first
    while (end < length && this.wants(offsets[end]!)) end++
    if (end === length) return first === 0 ? bundle : first === length ? undefined : sliceBundle(bundle, first, length)
    const kept = bundle.values.map((_, i) => i).filter(i => this.wants(offsets[i]!))
    if (kept.length === 0) return undefined
    const ids = new OffsetIds(
      bundle.ids!.prefix,
      kept.map(i => offsets[i]!),
    )
    return new Bundle(
      kept.map(i => bundle.values[i]!),
      {ids},
    )
  }

  get #isWhole(): boolean {
    const [part] = this.parts
    return part !== undefined && part.start === 0 && part.end === Number.POSITIVE_INFINITY
  }

  /** The bytes of the parts, the reader being told where they stand. */
  async *#bytes(): AsyncGenerator<Buffer> {
    const reader = this.#reader
    if (!reader)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${this.#file.file.path}: of this format a range or a checkpoint cannot be read`,
      )
    if (this.#isWhole) return yield* this.#upTo(reader, Number.POSITIVE_INFINITY, false)
    if (!(await this.#look())) return
    const {parts} = this
    const anywhere = reader.seek && parts.every(({start, sure}) => sure || start === 0 || reader.border)
    if (!anywhere) return yield* this.#upTo(reader, parts[parts.length - 1]!.end, false)
    // compressed bytes cannot be gone back to, and where CSV is quoted bytes behind a part have been read
    const goesBack = !this.#zipped || reader.border
    for (const part of goesBack ? parts : [{...parts[0]!, end: parts[parts.length - 1]!.end, sureEnd: false}]) {
      if (goesBack) this.#wanted = [part]
      this.#from = part.start
      if (part.start === 0 || (await this.#goTo(reader, part))) yield* this.#upTo(reader, part.end, part.sureEnd)
      // the last record of the file is not out yet
      if (this.#ended) return
      this.#closePiece(part.end)
    }
  }

  /**
   * The bytes up to `end`, to the end of the record that stands across it; `sure`: a record begins there. That alone does not
   * say where to stop: what a CSV record is may be told by the bytes behind it, when a quote in it is wrong.
   */
  async *#upTo(reader: PartReader, end: number, sure: boolean): AsyncGenerator<Buffer> {
    const cursor = this.#cursor
    for (let at = cursor.at, bytes = await cursor.next(); bytes; at = cursor.at, bytes = await cursor.next()) {
      const length = recordsEnd(bytes, end - at, reader.border, sure)
      if (length < bytes.length) cursor.giveBack(bytes.subarray(length))
      yield bytes.subarray(0, length)
      this.#closePiece(reader.offset)
      if (length <= bytes.length || reader.offset >= end) return reader.drop()
    }
    this.#ended = true
    this.#commits?.endsAt(cursor.at)
  }

  /** Lets the reader go on at the first record of a part; false when it has none. */
  async #goTo(reader: PartReader, part: Part): Promise<boolean> {
    const head = await this.#readHead(reader)
    if (!head) return false
    const open = this.#zipped ? undefined : this.#file.stored.open
    let {start, line} = part
    if (start <= head.at) {
      start = head.at
      line = head.line
      await this.#cursor.goTo(start, open)
    } else if (part.sure) await this.#cursor.goTo(start, open)
    else {
      await this.#cursor.goTo(start - reader.border!.length, open)
      if (!(await findBorder(this.#cursor, reader.border!))) return false
      start = this.#cursor.at
    }
    if (start >= part.end) return false
    reader.seek!(start, line)
    return true
  }

  /** Reads byte order mark and header, line by line, so that the reader takes no more than these and one record. */
  async #readHead(reader: PartReader): Promise<{at: number; line: number} | undefined> {
    if (this.#head) return this.#head
    const cursor = this.#cursor
    while (reader.recordsFrom === undefined) {
      const bytes = await cursor.next()
      if (!bytes) return undefined
      // a byte order mark byte by byte: without a header, what follows is a record
      const line = bytes.subarray(0, cursor.at - bytes.length < 4 ? 1 : bytes.indexOf(10) + 1 || bytes.length)
      cursor.giveBack(bytes.subarray(line.length))
      const given = reader.push(line)
      // one that gives its records bit by bit takes the bytes no earlier
      if (Symbol.iterator in given) for (const _ of given as Iterable<unknown>);
    }
    const at = reader.recordsFrom
    this.#head = {at, line: at === reader.offset ? reader.line : 0}
    return this.#head
  }

  /** Looks at the first bytes; false for an empty file. */
  async #look(): Promise<boolean> {
    const bytes = await this.#cursor.next()
    if (!bytes) {
      this.#commits?.endsAt(0)
      return false
    }
    this.#cursor.giveBack(bytes)
    const {head} = this.#file.stored
    this.#zipped = head !== undefined && !sameBeginning(head, bytes)
    if (!this.#zipped || !this.#range) return true
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${this.#file.file.path} is compressed, so no part of it can be read alone: leave out the option \`range\`, or ` +
        'store the file uncompressed',
    )
  }

  /** Everything before `offset` has been given out; what is behind the part may have been passed over. */
  #closePiece(offset: number): void {
    const end = Math.min(offset, this.#wanted[this.#wanted.length - 1]!.end)
    if (end <= this.#from) return
    const {line = Number.NaN} = this.#reader ?? {}
    const known = Number.isNaN(line) ? undefined : line
    if (this.#span) this.#span.close(end, known)
    // nothing but a header, or blank lines
    else this.#commits?.add({start: this.#from, end, line: known})
    this.#span = undefined
    this.#from = end
  }
}

/** The parts of a range that are not committed. */
function partsOf({start, end}: Required<ByteRange>, commits: FileCommits | undefined): readonly Part[] {
  if (!commits) return start === end ? NOTHING_TO_READ : [{start, end, sure: false, sureEnd: false, line: Number.NaN}]
  return commits.gaps(start, end).map(gap => ({
    start: gap.start,
    end: gap.end,
    sure: gap.after !== undefined,
    sureEnd: gap.end !== end,
    line: gap.after?.line ?? Number.NaN,
  }))
}

/**
 * How many of the bytes belong to records that begin before `end`, counted from the first byte; more than there are: all do, and
 * so may bytes that follow. Only a border of one byte is looked for, since chunks may cut a longer one.
 */
function recordsEnd(bytes: Buffer, end: number, border: Buffer | undefined, sure: boolean): number {
  if (border?.length !== 1 || end > bytes.length) return bytes.length + 1
  if (sure) return end
  const found = bytes.indexOf(border[0]!, Math.max(0, end - 1))
  return found === -1 ? bytes.length + 1 : found + 1
}

/** True when content begins as the bytes that are stored do: it was not decompressed. */
function sameBeginning(stored: Buffer, content: Buffer): boolean {
  const length = Math.min(stored.length, content.length, 16)
  return stored.subarray(0, length).equals(content.subarray(0, length))
}
