import {type Bundle, DEFAULTS, OffsetIds} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'
import type {FileCommits} from '../checkpoint/file-commits.ts'
import {Span} from '../checkpoint/span.ts'
import {ByteCursor} from './byte-cursor.ts'
import type {ByteRange} from './byte-range.ts'
import type {FileInput} from './file-input.ts'
import {findBorder} from './find-border.ts'
import type {PartReader} from './part-reader.ts'
import {type Part, partsOf, recordsEnd, sameBeginning} from './parts.ts'

/** Bytes whose records share a lease: the least that is read again if one of the records was not committed. */
const PIECE = 16 * 1024

/** The longest byte order mark. */
const MARK = 3

/** Reads parts of one file: the range, minus what an earlier run has committed. */
export class PartReading {
  readonly parts: readonly Part[]
  /** What the connector reads. */
  readonly input: FileInput
  readonly #file: FileInput
  readonly #range: boolean
  readonly #commits: FileCommits | undefined
  readonly #cursor: ByteCursor
  #reader: PartReader | undefined
  /** The part that is being read, or all of them if the bytes in between are read too. */
  #wanted: readonly Part[]
  #zipped: boolean | undefined
  /** Offset at which the records begin, and the number of lines before. */
  #head: {at: number; line: number} | undefined
  /** Where the piece that is being read begins, and the lease of its records once there are any. */
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

  /** True if the record that begins at this byte is to be read. */
  wants(offset: number): boolean {
    return this.#wanted.some(({start, end}) => start <= offset && offset < end)
  }

  /** The values of a bundle that are to be read, with their lease. */
  admit<O>(given: Bundle<O>): Bundle<O> | undefined {
    const bundle = this.#select(given)
    if (!bundle || !this.#commits) return bundle
    this.#span ??= new Span(this.#from, stretch => this.#commits!.add(stretch))
    const {length} = bundle.values
    this.#span.retain(length)
    return bundle.with({leases: new Array<Span>(length).fill(this.#span)})
  }

  /** Called once the connector has emitted all records. */
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
    // as offsets, since positions are computed from them
    const ids = new OffsetIds(
      bundle.ids!.prefix,
      kept.map(i => offsets[i]!),
      keeper,
    )
    return bundle.select(kept).with({ids})
  }

  get #isWhole(): boolean {
    const [part] = this.parts
    return part !== undefined && part.start === 0 && part.end === Number.POSITIVE_INFINITY
  }

  /** The bytes of the parts; the reader is moved to where they begin. */
  async *#bytes(): AsyncGenerator<Buffer> {
    const reader = this.#reader
    if (!reader)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${this.#file.file.path}: this format cannot be read by range or with a checkpoint`,
      )
    if (this.#isWhole) return yield* this.#upTo(reader, Number.POSITIVE_INFINITY, false)
    if (!(await this.#look())) return
    const {parts} = this
    const anywhere = reader.seek && parts.every(({start, sure}) => sure || start === 0 || reader.border)
    if (!anywhere) return yield* this.#upTo(reader, parts[parts.length - 1]!.end, false)
    // compressed bytes cannot be reread, and with quoted CSV bytes after the part have been read
    const goesBack = !this.#zipped || reader.border
    for (const part of goesBack ? parts : [{...parts[0]!, end: parts[parts.length - 1]!.end, sureEnd: false}]) {
      if (goesBack) this.#wanted = [part]
      this.#from = part.start
      if (part.start === 0 || (await this.#goTo(reader, part))) yield* this.#upTo(reader, part.end, part.sureEnd)
      else reader.drop()
      // the last record of the file has not been emitted yet
      if (this.#ended) return
      this.#closePiece(part.end)
    }
  }

  /**
   * The bytes up to `end`, or to the end of the record that spans it; `sure`: a record begins at `end`. That alone does not
   * decide where to stop: if a quote is wrong, the extent of a CSV record may depend on the bytes after it.
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

  /** Moves the reader to the first record of a part; false if the part has none. */
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
   * Reads byte order mark and header line by line, so that the reader takes no more than these and one record, and as much
   * as it needs to detect how lines end. What is not part of the header is given back.
   */
  async #readHead(reader: PartReader): Promise<{at: number; line: number} | undefined> {
    if (this.#head) return this.#head
    const cursor = this.#cursor
    const from = cursor.at
    const taken: Buffer[] = []
    while (reader.recordsFrom === undefined || reader.knowsLineEnds === false) {
      const bytes = await cursor.next()
      if (!bytes) {
        // a file so short that only its end shows how lines end
        if (reader.knowsLineEnds === false && reader.end) readToEnd(reader.end())
        break
      }
      // a byte order mark byte by byte: without a header a record follows
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
    // after a byte order mark there is no line yet; after a header that was read together with more, the count is unknown
    this.#head = {at, line: at === reader.offset ? reader.line : at <= MARK ? 0 : Number.NaN}
    return this.#head
  }

  /** Peeks at the first bytes; false for an empty file. */
  async #look(): Promise<boolean> {
    const bytes = await this.#cursor.next()
    if (!bytes) return this.#end()
    this.#cursor.giveBack(bytes)
    const {head} = this.#file.stored
    this.#zipped = head !== undefined && !sameBeginning(head, bytes)
    if (!this.#zipped || !this.#range) return true
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${this.#file.file.path} is compressed, so no part of it can be read on its own: leave out the option \`range\`, or ` +
        'store the file uncompressed',
    )
  }

  /** Everything before `offset` has been emitted; what comes after the part may have been skipped. */
  #closePiece(offset: number): void {
    const end = Math.min(offset, this.#wanted[this.#wanted.length - 1]!.end)
    if (end <= this.#from) return
    const {offset: at, line: lines} = this.#reader!
    const line = end === at && !Number.isNaN(lines) ? lines : undefined
    if (this.#span) this.#span.close(end, line)
    // only a header, or blank lines
    else this.#commits?.add({start: this.#from, end, line})
    this.#span = undefined
    this.#from = end
  }
}

/** A lazy reader takes the bytes only as its records are consumed. */
function readToEnd(given: object): void {
  if (Symbol.iterator in given) for (const _ of given as Iterable<unknown>);
}
