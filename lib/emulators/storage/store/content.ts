import {closeSync, createReadStream, openSync, readSync} from 'node:fs'
import type {Readable} from 'node:stream'

const CHUNK = 256 * 1024

/** A part of content; both ends included. */
interface Span {
  start: number
  end: number
}

/** The content of an object, opened: it stays what it is when the object is overwritten. */
export class Content {
  readonly #fd: number

  constructor(file: string) {
    this.#fd = openSync(file, 'r')
  }

  /** Whether it has gzip's magic bytes. */
  get isGzip(): boolean {
    const magic = Buffer.alloc(2)
    return readSync(this.#fd, magic, 0, 2, 0) === 2 && magic.readUInt16BE() === 0x1f8b
  }

  /** Reads a part, which must be there, and closes: the whole of it at once if it is small. */
  read({start, end}: Span): Buffer | Readable {
    const size = end - start + 1
    if (size > CHUNK) return createReadStream('', {fd: this.#fd, start, end, highWaterMark: CHUNK})
    const bytes = Buffer.allocUnsafe(size)
    try {
      let at = 0
      while (at < size) {
        const read = readSync(this.#fd, bytes, at, size - at, start + at)
        if (read === 0) throw new Error('a file of the local cloud was made shorter while it was read')
        at += read
      }
    } finally {
      this.close()
    }
    return bytes
  }

  /** A stream of a part that leaves the content open. */
  stream({start, end}: Span): Readable {
    return createReadStream('', {fd: this.#fd, start, end, highWaterMark: CHUNK, autoClose: false})
  }

  close(): void {
    closeSync(this.#fd)
  }
}
