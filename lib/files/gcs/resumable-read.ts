import {SluiceError} from '../../errors/index.ts'
import {Crc32c, onAbort} from '../../util/index.ts'
import type {FileInfo} from '../system/file-system.ts'
import {classifyError, type GcsFailure, isRetried} from './classify-error.ts'
import type {GcsBody, GcsClient} from './gcs-client.ts'
import {changedError} from './gcs-errors.ts'
import {checkMedia, foreignError} from './gcs-media-answer.ts'
import {parseGcsPath} from './gcs-path.ts'
import {type Contact, type ReadPolicy, Retries} from './read-policy.ts'
import {toSluiceError} from './to-sluice-error.ts'

/**
 * The bytes of an object from `start` on, complete or an error. A body that breaks off is resumed at the byte reached, at
 * the same generation. A connection that delivers nothing for `stallTimeout` while bytes are wanted is replaced. The size
 * is checked, and the CRC32C too if the read starts at the beginning.
 *
 * A consumer may pause for any time: no timer runs while it does not ask.
 */
export async function* resumableRead(
  client: GcsClient,
  file: FileInfo,
  start: number,
  signal: AbortSignal,
  policy: ReadPolicy,
  contact: Contact,
): AsyncGenerator<Buffer> {
  const retries = new Retries(file.path, policy, contact)
  const checksum = start === 0 && file.crc32c ? new Crc32c() : undefined
  let at = start
  while (at < file.size) {
    const from = at
    let failure: GcsFailure
    const body = client.media(parseGcsPath(file.path), file.generation, at)
    const forget = onAbort(signal, () => body.destroy())
    try {
      for await (const chunk of chunks(body, file, from, signal, policy)) {
        at += chunk.length
        if (at > file.size) throw sizeError(file, at)
        checksum?.update(chunk)
        retries.progress()
        yield chunk
      }
      failure = classifyError(
        Object.assign(new Error(`the body ended after ${at} of ${file.size} bytes`), {code: 'EPIPE'}),
      )
    } catch (error) {
      signal.throwIfAborted()
      failure = failureOf(error, body, file)
    } finally {
      forget()
      body.destroy()
    }
    if (at < file.size) await retries.wait(failure, signal, at > from)
  }
  if (checksum && checksum.base64() !== file.crc32c) throw checksumError(file, checksum.base64())
}

/** The chunks of one body, after its reply has been checked. */
async function* chunks(body: GcsBody, file: FileInfo, from: number, signal: AbortSignal, policy: ReadPolicy) {
  const iterator = body.stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let skip: number | undefined
  for (;;) {
    signal.throwIfAborted()
    const next = await within(policy, iterator.next())
    if (skip === undefined) {
      const reply = body.reply()
      skip = reply ? checkMedia(reply, file, from, next.value ?? Buffer.alloc(0)) : 0
    }
    if (next.done) return
    const chunk = skip > 0 ? next.value.subarray(skip) : next.value
    skip -= next.value.length - chunk.length
    if (chunk.length > 0) yield chunk
  }
}

/** `promise`, or a failure after `stallTimeout`. The timer keeps the process alive, which a dead connection would not. */
function within<T>({clock, stallTimeout}: ReadPolicy, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stalled = () => reject(Object.assign(new Error(`no byte came for ${stallTimeout} ms`), {code: 'ETIMEDOUT'}))
    const timer = clock.setTimeout(stalled, stallTimeout, true)
    promise.finally(() => timer.cancel()).then(resolve, reject)
  })
}

/** Classifies the error of a body; throws if it is final. */
function failureOf(error: unknown, body: GcsBody, file: FileInfo): GcsFailure {
  if (error instanceof SluiceError) throw error
  const reply = body.reply()
  const failure = classifyError((reply && foreignError(reply, file, error)) ?? error, reply?.headers['retry-after'])
  if (isRetried(failure)) return failure
  // the generation existed when the file was matched
  if (failure.kind === 'not-found') throw changedError(file.path, file.generation, error)
  throw toSluiceError(failure, {doing: 'read', path: parseGcsPath(file.path)})
}

function sizeError(file: FileInfo, got: number): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKSUM',
    `${file.path}: more bytes came (${got}) than the object has (${file.size}). If there is a proxy or another server ` +
      'in between, it must not decompress or change the body',
  )
}

function checksumError(file: FileInfo, got: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKSUM',
    `${file.path}: the bytes read have CRC32C ${got}, the object has ${file.crc32c}: they were damaged on the way. ` +
      'Run again; if it persists, look for a proxy that changes bodies, or check the machine',
  )
}
