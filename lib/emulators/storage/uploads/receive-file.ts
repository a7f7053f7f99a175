import {closeSync, openSync, writeSync} from 'node:fs'
import {ContentHash, type Hashes} from '../store/stored-object.ts'

// Synchronous: a write to the page cache takes microseconds, and a trip through the thread pool several times that.

/** A file that is written from an offset on. */
export class FileWriter {
  readonly #fd: number
  /** Where the next bytes go. */
  position: number

  constructor(file: string, flags: 'w' | 'r+', position = 0) {
    this.#fd = openSync(file, flags)
    this.position = position
  }

  /** Writes all of the bytes; a single system call may write fewer when the disk is nearly full. */
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

/** Writes the chunks to a new file and returns their hashes. */
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
