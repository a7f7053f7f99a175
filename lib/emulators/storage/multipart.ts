import {createWriteStream} from 'node:fs'
import {pipeline} from 'node:stream/promises'
import {parseJson} from '../local-request.ts'
import {ApiError} from '../service.ts'

/** Room for the metadata part; the media part has no limit. */
const HEAD_LIMIT = 2 ** 20

/** What a `multipart/related` upload says besides its media. */
export interface MultipartHead {
  metadata: Record<string, unknown>
  /** `Content-Type` of the media part. */
  mediaType: string | undefined
}

/** Receives a `multipart/related` body: the JSON of the first part is returned, the bytes of the second go to `file`. */
export async function receiveMultipart(
  body: AsyncIterable<Buffer>,
  contentType: string | undefined,
  file: string,
): Promise<MultipartHead> {
  const boundary = /^multipart\/related\b.*;\s*boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType ?? '')
  if (!boundary) throw malformed('no multipart/related content type with a boundary')
  const delimiter = Buffer.from(`\r\n--${boundary[1] ?? boundary[2] ?? boundary[3]}`)
  const parts = new PartReader(body)
  await parts.until(delimiter.subarray(2))
  await parts.until(HEADERS_END)
  const metadata = parseJson((await parts.until(delimiter)).toString() || '{}')
  const headers = (await parts.until(HEADERS_END)).toString()
  await pipeline(parts.streamUntil(delimiter), createWriteStream(file))
  return {metadata, mediaType: /^content-type:\s*(.+?)\s*$/im.exec(headers)?.[1]}
}

const HEADERS_END = Buffer.from('\r\n\r\n')

/** Reads a body up to one delimiter after the other, wherever chunks are cut. */
class PartReader {
  readonly #chunks: AsyncIterator<Buffer>
  #buffered: Buffer = Buffer.alloc(0)

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]()
  }

  /** The bytes before the next delimiter, which is dropped. */
  async until(delimiter: Buffer): Promise<Buffer> {
    for (;;) {
      const at = this.#buffered.indexOf(delimiter)
      if (at >= 0) return this.#take(at, delimiter)
      if (this.#buffered.length > HEAD_LIMIT) throw malformed(`a part head of more than ${HEAD_LIMIT} bytes`)
      await this.#more()
    }
  }

  /** The same in chunks; holds back no more than could be the start of a delimiter. */
  async *streamUntil(delimiter: Buffer): AsyncIterable<Buffer> {
    for (;;) {
      const at = this.#buffered.indexOf(delimiter)
      if (at >= 0) {
        yield this.#take(at, delimiter)
        return
      }
      const sure = this.#buffered.length - delimiter.length + 1
      if (sure > 0) {
        yield this.#buffered.subarray(0, sure)
        this.#buffered = this.#buffered.subarray(sure)
      }
      await this.#more()
    }
  }

  #take(at: number, delimiter: Buffer): Buffer {
    const before = this.#buffered.subarray(0, at)
    this.#buffered = this.#buffered.subarray(at + delimiter.length)
    return before
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next()
    if (next.done) throw malformed('it ends before its closing boundary')
    this.#buffered = this.#buffered.length === 0 ? next.value : Buffer.concat([this.#buffered, next.value])
  }
}

function malformed(what: string): ApiError {
  return new ApiError(400, 'badRequest', `Failed to parse multipart body: ${what}`)
}
