import type {FileInfo} from './file-system.ts'

/** A file ahead of its turn is read so far at most: a small one to its end, so that its connection is free again. */
const AHEAD = 64 * 1024

/** The bytes of a file, the first of which are read before anybody asks; an error of them is told when it is their turn. */
export class BegunRead implements AsyncIterable<Buffer> {
  readonly #input: AsyncIterator<Buffer>
  readonly #begun: Promise<void>
  #chunks: Buffer[] = []
  #ended = false
  #failure: {error: unknown} | undefined
  /** It is its turn: the rest is read as it is asked for. */
  #taken = false

  constructor({pipe}: FileInfo, bytes: AsyncIterable<Buffer>) {
    this.#input = bytes[Symbol.asyncIterator]()
    // the opening of a pipe waits for its writer, who may be waiting until we have read another
    this.#begun = this.#begin(pipe ? 0 : AHEAD)
  }

  async #begin(limit: number): Promise<void> {
    try {
      for (let held = 0; held < limit && !this.#taken; ) {
        const next = await this.#input.next()
        if (next.done) {
          this.#ended = true
          return
        }
        this.#chunks.push(next.value)
        held += next.value.length
      }
    } catch (error) {
      this.#failure = {error}
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    this.#taken = true
    try {
      for (let first = true; first || this.#chunks.length > 0; first = false) {
        yield* this.#chunks.splice(0)
        await this.#begun
      }
      if (this.#failure) throw this.#failure.error
      if (this.#ended) return
      for (let next = await this.#input.next(); !next.done; next = await this.#input.next()) yield next.value
    } finally {
      this.drop()
    }
  }

  /** It is not read after all, or no further. */
  drop(): void {
    this.#taken = true
    this.#chunks = []
    // not awaited: a read that hangs would never answer; the signal of the stage ends it
    this.#input.return?.().then(undefined, () => {})
  }
}
