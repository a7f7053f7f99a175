import {closeSync, openSync, writeSync} from 'node:fs'
import {ContentHash, type Hashes} from '../store/stored-object.ts'

// Synchronous: what goes to the page cache takes microseconds, and the way through the thread pool a multiple of that.

/** A file that is written from a place on. */
export class FileWriter {
  readonly #fd: number
  /** Where the next bytes go. */
  position: number

  constructor(file: string, flags: 'w' | 'r+', position = 0) {
    this.#fd = openSync(file, flags)
    this.position = position
  }

  /** Writes all of the bytes; one call of the system may take fewer when the disk is nearly full. */
  write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(this.#fd, bytes, at, bytes.length - at, this.position)
      at += written
      this.position += written
    }
  }

  close(): void {
    closeSync(this.#fd)
  }
}

/** Writes what comes to a new file and gives its hashes. */
export async function receiveFile(chunks: AsyncIterable<Buffer>, file: string): Promise<Hashes> {
  const hash = new ContentHash()
  const writer = new FileWriter(file, 'w')
  try {
    for await (const chunk of chunks) {
      hash.update(chunk)
      writer.write(chunk)
    }
  } finally {
    writer.close()
  }
  return hash.digest()
}
