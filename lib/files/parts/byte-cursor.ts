const NOTHING: Buffer = Buffer.alloc(0)

/** The bytes of a file from wherever they are wanted: what can be opened anywhere is, of anything else bytes are passed over. */
export class ByteCursor {
  #chunks: AsyncIterator<Buffer>
  readonly #most: number
  #rest: Buffer = NOTHING
  #at = 0

  /** `content` is read from its beginning, at most `most` bytes at once. */
  constructor(content: AsyncIterable<Buffer>, most: number) {
    this.#chunks = content[Symbol.asyncIterator]()
    this.#most = most
  }

  /** Offset of the byte that `next()` begins with. */
  get at(): number {
    return this.#at
  }

  /** The next bytes; undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const {value, done} = await this.#chunks.next()
      if (done) return undefined
      this.#rest = value
    }
    const bytes = this.#rest.subarray(0, this.#most)
    this.#rest = this.#rest.subarray(bytes.length)
    this.#at += bytes.length
    return bytes
  }

  /** Puts the end of what `next()` gave back. */
  giveBack(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([bytes, this.#rest])
    this.#at -= bytes.length
  }

  /** Goes on elsewhere: by `open`, or without it by passing over bytes, which goes forward only. */
  async goTo(offset: number, open: ((start: number) => AsyncIterable<Buffer>) | undefined): Promise<void> {
    const ahead = offset - this.#at
    if (ahead >= 0 && ahead <= this.#rest.length) {
      this.#rest = this.#rest.subarray(ahead)
      this.#at = offset
      return
    }
    if (open) {
      await this.close()
      this.#chunks = open(offset)[Symbol.asyncIterator]()
      this.#rest = NOTHING
      this.#at = offset
      return
    }
    for (let bytes = await this.next(); bytes; bytes = await this.next()) {
      if (this.#at < offset) continue
      return this.giveBack(bytes.subarray(bytes.length - (this.#at - offset)))
    }
  }

  /** Nothing more is read. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
