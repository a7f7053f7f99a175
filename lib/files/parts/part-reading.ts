import {Bundle, DEFAULTS, OffsetIds} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import type {FileCommits} from '../checkpoint/file-commits.ts'
import {Span} from '../checkpoint/span.ts'
import {ByteCursor} from './byte-cursor.ts'
import type {ByteRange} from './byte-range.ts'
import type {FileInput} from './file-input.ts'
import {findBorder} from './find-border.ts'
import type {PartReader} from './part-reader.ts'
import {type Part, partsOf, recordsEnd, sameBeginning} from './parts.ts'

/** Bytes whose records share a lease: what is read again at least when one of them was not committed. */
const PIECE = 16 * 1024

/** Bytes that a byte order mark has at most. */
const MARK = 3

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
    this.#cursor = new ByteCursor(file.content, commits ? PIECE : DEFAULTS.bundleBytes)
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
    const {offsets, keeper} = bundle.ids as OffsetIds
    const {length} = bundle.values
    if (length === 0 || this.#isWhole) return bundle
    const kept: number[] = []
    for (let i = 0; i < length; i++) if (this.wants(offsets[i]!)) kept.push(i)
    if (kept.length === length) return bundle
    if (kept.length === 0) return undefined
    // as offsets, since positions are made of them
    const ids = new OffsetIds(
      bundle.ids!.prefix,
      kept.map(i => offsets[i]!),
      keeper,
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
      else reader.drop()
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
    this.#end()
  }

  #end(): false {
    this.#ended = true
    this.#commits?.endsAt(this.#cursor.at)
    return false
  }

  /** Lets the reader go on at the first record of a part; false when it has none. */
  async #goTo(reader: PartReader, part: Part): Promise<boolean> {
    const head = await this.#readHead(reader)
    if (!head) return this.#end()
    const open = this.#zipped ? undefined : this.#file.stored.open
    let {start, line} = part
    if (start <= head.at) {
      start = head.at
      line = head.line
      await this.#cursor.goTo(start, open)
    } else if (part.sure) await this.#cursor.goTo(start, open)
    else {
      await this.#cursor.goTo(start - reader.border!.length, open)
      if (!(await findBorder(this.#cursor, reader.border!))) return this.#end()
      start = this.#cursor.at
    }
    if (start >= part.end) return false
    reader.seek!(start, line)
    return true
  }

  /**
   * Reads byte order mark and header, line by line, so that the reader takes no more than these and one record, and as much more
   * as it takes to see how lines end. What is no part of the head is given back.
   */
  async #readHead(reader: PartReader): Promise<{at: number; line: number} | undefined> {
    if (this.#head) return this.#head
    const cursor = this.#cursor
    const from = cursor.at
    const taken: Buffer[] = []
    while (reader.recordsFrom === undefined || reader.knowsLineEnds === false) {
      const bytes = await cursor.next()
      if (!bytes) {
        // a file so short that only its end says how lines end
        if (reader.knowsLineEnds === false && reader.end) readToEnd(reader.end())
        break
      }
      // a byte order mark byte by byte: without a header, what follows is a record
      const line = bytes.subarray(
        0,
        cursor.at - bytes.length < 4 ? 1 : bytes.indexOf(reader.border?.[0] ?? 10) + 1 || bytes.length,
      )
      cursor.giveBack(bytes.subarray(line.length))
      taken.push(line)
      const given = reader.push(line)
      readToEnd(given)
    }
    const at = reader.recordsFrom
    if (at === undefined) return undefined
    cursor.giveBack(Buffer.concat(taken).subarray(Math.max(0, at - from)))
    // behind a byte order mark there is no line yet; behind a header that was read together with more, nobody has counted
    this.#head = {at, line: at === reader.offset ? reader.line : at <= MARK ? 0 : Number.NaN}
    return this.#head
  }

  /** Looks at the first bytes; false for an empty file. */
  async #look(): Promise<boolean> {
    const bytes = await this.#cursor.next()
    if (!bytes) return this.#end()
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
    const {offset: at, line: lines} = this.#reader!
    const line = end === at && !Number.isNaN(lines) ? lines : undefined
    if (this.#span) this.#span.close(end, line)
    // nothing but a header, or blank lines
    else this.#commits?.add({start: this.#from, end, line})
    this.#span = undefined
    this.#from = end
  }
}

/** What gives its records bit by bit takes the bytes no earlier. */
function readToEnd(given: object): void {
  if (Symbol.iterator in given) for (const _ of given as Iterable<unknown>);
}
