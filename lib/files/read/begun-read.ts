import {onAbort} from '../../util/index.ts'
import type {FileInfo, FileSystem} from '../system/file-system.ts'

/** The most that is read of a file ahead of its turn: a small file is read to its end, which frees its connection. */
const AHEAD = 64 * 1024

/** The bytes of a file, whose first ones are read before they are requested. An error is reported when their turn comes. */
export class BegunRead implements AsyncIterable<Buffer> {
  readonly #input: AsyncIterator<Buffer>
  readonly #abort = new AbortController()
  readonly #forget: () => void
  readonly #begun: Promise<void>
  #chunks: Buffer[] = []
  #ended = false
  #failure: {error: unknown} | undefined
  /** Its turn has come: the rest is read on demand. */
  #taken = false

  /** @param signal ends the read at once */
  constructor(files: Pick<FileSystem, 'open'>, file: FileInfo, signal: AbortSignal) {
    this.#forget = onAbort(signal, reason => this.#abort.abort(reason))
    this.#input = files.open(file, {signal: this.#abort.signal})[Symbol.asyncIterator]()
    // opening a pipe blocks until it has a writer, which may be waiting for us to read another
    this.#begun = this.#begin(file.pipe ? 0 : AHEAD)
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

  /** Stops reading, if it has begun. */
  drop(): void {
    this.#taken = true
    this.#chunks = []
    this.#forget()
    // this ends a read that hangs; `return` ends one that waits to be asked
    this.#abort.abort()
    this.#input.return?.().then(undefined, () => {})
  }
}

/** Opens a file; the first time from its beginning, with what was begun ahead, if anything was. */
export function once(
  begun: AsyncIterable<Buffer> | undefined,
  open: (start: number) => AsyncIterable<Buffer>,
): (start: number) => AsyncIterable<Buffer> {
  let first = begun
  return start => {
    if (start > 0 || !first) return open(start)
    const taken = first
    first = undefined
    return taken
  }
}
