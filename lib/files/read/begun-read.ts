import {onAbort} from '../../util/index.ts'
import type {FileInfo, FileSystem} from '../system/file-system.ts'

/** A file ahead of its turn is read so far at most: a small one to its end, so that its connection is free again. */
const AHEAD = 64 * 1024

/** The bytes of a file, the first of which are read before anybody asks; an error of them is told when it is their turn. */
export class BegunRead implements AsyncIterable<Buffer> {
  readonly #input: AsyncIterator<Buffer>
  readonly #abort = new AbortController()
  readonly #forget: () => void
  readonly #begun: Promise<void>
  #chunks: Buffer[] = []
  #ended = false
  #failure: {error: unknown} | undefined
  /** It is its turn: the rest is read as it is asked for. */
  #taken = false

  /** @param signal ends the read at once */
  constructor(files: Pick<FileSystem, 'open'>, file: FileInfo, signal: AbortSignal) {
    this.#forget = onAbort(signal, reason => this.#abort.abort(reason))
    this.#input = files.open(file, {signal: this.#abort.signal})[Symbol.asyncIterator]()
    // the opening of a pipe waits for its writer, who may be waiting until we have read another
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

  /** It is read no further, if it was at all. */
  drop(): void {
    this.#taken = true
    this.#chunks = []
    this.#forget()
    // one that hangs ends by this, one that waits to be asked by its return
    this.#abort.abort()
    this.#input.return?.().then(undefined, () => {})
  }
}

/** Opens a file: the first time from its beginning it is what was begun, if anything was. */
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
