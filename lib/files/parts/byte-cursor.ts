const NOTHING: Buffer = Buffer.alloc(0)

/** Reads the bytes of a file from any offset: by opening the file there if it can be, otherwise by skipping bytes. */
export class ByteCursor {
  #chunks: AsyncIterator<Buffer>
  readonly #most: number
  #rest: Buffer = NOTHING
  #at = 0

  /** `content` is read from its beginning, at most `most` bytes at a time. */
  constructor(content: AsyncIterable<Buffer>, most: number) {
    this.#chunks = content[Symbol.asyncIterator]()
    this.#most = most
  }

  /** Offset of the byte at which `next()` begins. */
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

  /** Gives back the end of what `next()` returned. */
  giveBack(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([bytes, this.#rest])
    this.#at -= bytes.length
  }

  /** Moves to an offset: with `open`, or without it by skipping bytes, which works only forwards. */
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

  /** Stops reading. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}
