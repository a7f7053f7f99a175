import {messageOf} from '../../errors/index.ts'
import {UnexpectedAnswer} from '../../util/index.ts'
import type {FileInfo} from '../system/file-system.ts'
import {changedError} from './gcs-errors.ts'

/** Status and headers of an answer with an object's bytes. */
interface MediaReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Checks that an answer holds what was requested, the bytes of `file` from `from` on, before any of it is used.
 *
 * @param first the first bytes, which an error shows
 * @returns how many bytes of the body come before `from`: a server may ignore Range and send everything
 */
export function checkMedia({status, headers}: MediaReply, file: FileInfo, from: number, first: Buffer): number {
  const wrong = (problem: string) => unexpectedMedia({status, headers}, file, problem, first)
  const generation = headers['x-goog-generation']
  if (generation !== undefined && file.generation !== undefined && generation !== file.generation)
    throw changedError(file.path, file.generation, undefined)
  const crc32c = /(?:^|[\s,])crc32c=([A-Za-z\d+/]{6}==)/.exec(headers['x-goog-hash'] ?? '')?.[1]
  if (crc32c !== undefined && file.crc32c !== undefined && crc32c !== file.crc32c)
    throw wrong(`its CRC32C is ${crc32c}, but that of the object is ${file.crc32c}`)
  const stored = headers['x-goog-stored-content-encoding'] ?? 'identity'
  if (stored !== 'identity' && headers['content-encoding'] === undefined)
    throw wrong(`the bytes are stored with the encoding '${stored}' and were decompressed on the way`)
  if (isForeign(headers)) throw wrong('it is a page, and its headers do not come from Cloud Storage')
  const begin = beginOf(status, headers, file, from)
  if (begin === undefined) {
    const range = headers['content-range']
    const got = range === undefined ? `HTTP ${status} without a range` : `the range '${range}'`
    throw wrong(`the ${file.size} bytes from byte ${from} on were requested, but ${got} came`)
  }
  const length = headers['content-length']
  // a range may end early: the rest is requested next
  if (length !== undefined && status === 200 && Number(length) !== file.size)
    throw wrong(`it has ${length} bytes, but the object has ${file.size}`)
  return from - begin
}

/** The error for an answer that cannot be from Cloud Storage, and so says nothing about the object; otherwise undefined. */
export function foreignError(reply: MediaReply, file: FileInfo, error: unknown): UnexpectedAnswer | undefined {
  const {status, headers} = reply
  const said = messageOf(error)
  if (status >= 300 && status < 400) return unexpectedMedia(reply, file, 'it is a redirect', said, error)
  if (![401, 403, 404].includes(status) || !isForeign(headers) || !/^\s*</.test(said)) return undefined
  return unexpectedMedia(reply, file, 'it is a page, not an error of Cloud Storage', said, error)
}

function unexpectedMedia(
  {status, headers}: MediaReply,
  file: FileInfo,
  problem: string,
  body: unknown,
  cause?: unknown,
): UnexpectedAnswer {
  const reply = {status, contentType: headers['content-type'], body, redirect: headers['location']}
  return new UnexpectedAnswer(`Cloud Storage objects.get (media of ${file.path})`, problem, reply, cause)
}

/** Cloud Storage sends errors of media requests as HTML, too, but with headers of its own. */
function isForeign(headers: MediaReply['headers']): boolean {
  return (
    /html/i.test(headers['content-type'] ?? '') && !Object.keys(headers).some(name => /^x-g(oog|uploader)-/.test(name))
  )
}

/** The byte of the object at which the body begins; `undefined` if the answer does not say, or begins after `from`. */
function beginOf(status: number, headers: MediaReply['headers'], file: FileInfo, from: number): number | undefined {
  if (status === 200) return 0
  if (status !== 206) return undefined
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '')
  if (!range) return undefined
  const [begin, end, size] = [Number(range[1]), Number(range[2]), range[3] === '*' ? file.size : Number(range[3])]
  return begin === from && end >= begin && end < size && size === file.size ? begin : undefined
}
