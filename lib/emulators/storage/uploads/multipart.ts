import {ApiError} from '../../service/api-error.ts'
import {parseJson} from '../../service/parse-json.ts'
import type {Hashes} from '../store/stored-object.ts'
import {receiveFile} from './receive-file.ts'

/** Room for the metadata part; the media part has no limit. */
const HEAD_LIMIT = 2 ** 20

/** What the head of a `multipart/related` upload says of the media that follows. */
export interface MultipartHead {
  metadata: Record<string, unknown>
  /** `Content-Type` of the media part. */
  mediaType: string | undefined
}

/**
 * Receives a `multipart/related` body: the JSON of the first part and the headers of the second are shown to `check`, which may
 * throw, and the bytes of the second go to `file`.
 */
export async function receiveMultipart(
  body: AsyncIterable<Buffer>,
  contentType: string | undefined,
  file: string,
  check: (head: MultipartHead) => void = () => {},
): Promise<MultipartHead & {hashes: Hashes}> {
  const boundary = /^multipart\/related\b.*;\s*boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType ?? '')
  if (!boundary) throw malformed('no multipart/related content type with a boundary')
  const dashes = `--${boundary[1] ?? boundary[2] ?? boundary[3]}`
  const chunks = body[Symbol.asyncIterator]()
  try {
    const parts = new PartReader(chunks)
    await parts.until(Buffer.from(dashes))
    // The standard wants CRLF; Google's own Python tools end lines in LF.
    const newline = (await parts.until(LF)).at(-1) === CR ? '\r\n' : '\n'
    const headersEnd = Buffer.from(newline + newline)
    const delimiter = Buffer.from(newline + dashes)
    // The line break that ends a delimiter may be the first of the two that end empty headers.
    parts.unread(Buffer.from(newline))
    await parts.until(headersEnd)
    const metadata = parseJson((await parts.until(delimiter)).toString().trim() || '{}')
    const headers = (await parts.until(headersEnd)).toString()
    const head = {metadata, mediaType: /^content-type:(.*)$/im.exec(headers)?.[1]?.trim() || undefined}
    check(head)
    return {...head, hashes: await receiveFile(parts.media(delimiter), file)}
  } finally {
    await chunks.return?.()
  }
}

const LF = Buffer.from('\n')
const CR = 13
const CLOSING = Buffer.from('--')

/** Reads a body up to one delimiter after the other, wherever chunks are cut. */
class PartReader {
  readonly #chunks: AsyncIterator<Buffer>
  /** What was read and not taken; it grows by doubling, so that a body that comes byte by byte is not copied for every byte. */
  #buffer: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0

  constructor(chunks: AsyncIterator<Buffer>) {
    this.#chunks = chunks
  }

  /** The bytes before the next delimiter, which is dropped. */
  async until(delimiter: Buffer): Promise<Buffer> {
    let searched = 0
    for (;;) {
      const at = this.#held.indexOf(delimiter, searched)
      const {length} = this.#held
      if ((at < 0 ? length : at) > HEAD_LIMIT) throw malformed(`its metadata has more than ${HEAD_LIMIT} bytes`)
      if (at >= 0) return this.#take(at, delimiter.length)
      searched = Math.max(0, length - delimiter.length + 1)
      await this.#more()
    }
  }

  /** Puts bytes back that were just taken. */
  unread(bytes: Buffer): void {
    this.#start -= bytes.length
  }

  /** The bytes before the closing delimiter in chunks; holds back only what may be a delimiter. */
  async *media(delimiter: Buffer): AsyncGenerator<Buffer> {
    // Two bytes after the delimiter tell whether it is one, or data that only looks like it.
    const length = delimiter.length + CLOSING.length
    for (;;) {
      let at = this.#held.indexOf(delimiter)
      while (at >= 0 && at + length <= this.#held.length) {
        const after = this.#held.subarray(at + delimiter.length, at + length)
        if (after.equals(CLOSING)) {
          const media = this.#take(at, length)
          if (media.length > 0) yield media
          return
        }
        if (after[0] === CR || after[0] === LF[0]) throw malformed('it has more than two parts')
        at = this.#held.indexOf(delimiter, at + 1)
      }
      const sure = at >= 0 ? at : this.#held.length - delimiter.length + 1
      if (sure > 0) yield this.#take(sure, 0)
      await this.#more()
    }
  }

  get #held(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end)
  }

  #take(length: number, dropped: number): Buffer {
    const taken = this.#buffer.subarray(this.#start, this.#start + length)
    this.#start += length + dropped
    return taken
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next()
    if (next.done) throw malformed('it ends before its closing boundary')
    const chunk = next.value
    if (this.#start === this.#end) {
      this.#buffer = chunk
      this.#start = 0
      this.#end = chunk.length
      return
    }
    const held = this.#held
    const length = held.length + chunk.length
    if (this.#end + chunk.length > this.#buffer.length) {
      // Always a new buffer: bytes are never moved within one, since slices that were handed out may still be in use.
      this.#buffer = Buffer.allocUnsafe(length * 2)
      held.copy(this.#buffer)
      this.#start = 0
      this.#end = held.length
    }
    chunk.copy(this.#buffer, this.#end)
    this.#end += chunk.length
  }
}

function malformed(what: string): ApiError {
  return new ApiError(400, 'badRequest', `Failed to parse multipart body: ${what}`)
}
