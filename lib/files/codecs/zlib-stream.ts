import type {Transform} from 'node:stream'
import {createGunzip, createInflate, createInflateRaw} from 'node:zlib'
import {messageOf} from '../../errors/index.ts'
import {damaged} from './encoding-error.ts'

/** Decompressed bytes handed on at a time. */
export const CHUNK = 128 * 1024

/** A decompressor of `node:zlib`. */
export interface Engine extends Transform {
  /** Bytes that it has consumed. */
  readonly bytesWritten: number
}

/** gzip, concatenated members included. */
export function gunzip(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  return throughEngine(bytes, createGunzip({chunkSize: CHUNK}), 'gzip', file)
}

/** deflate in zlib's format, or bare. */
export function inflate(bytes: AsyncIterable<Buffer>, file: string, raw: boolean): AsyncGenerator<Buffer> {
  const engine = raw ? createInflateRaw({chunkSize: CHUNK}) : createInflate({chunkSize: CHUNK})
  return throughEngine(bytes, engine, 'deflate', file)
}

/** The output of a decompressor that is fed with `bytes`, only as fast as the consumer reads. */
export async function* throughEngine(
  bytes: AsyncIterable<Buffer>,
  engine: Engine,
  codec: string,
  file: string,
): AsyncGenerator<Buffer> {
  const feeding = feed(bytes, engine, codec, file)
  // an error of the input must end the output too, and must not be an unhandled rejection
  feeding.catch(error => engine.destroy(error))
  try {
    yield* engine as AsyncIterable<Buffer>
  } catch (cause) {
    const code = codeOf(cause)
    if (!/^(Z|ZSTD)_/.test(code)) throw cause
    throw damaged(file, codec, code === 'Z_BUF_ERROR' ? 'truncated' : 'damaged', messageOf(cause), cause)
  } finally {
    engine.destroy()
  }
  await feeding
}

/** Writes everything into `engine`, each chunk once the previous one has been taken. */
async function feed(bytes: AsyncIterable<Buffer>, engine: Engine, codec: string, file: string): Promise<void> {
  let fed = 0
  let ended = false
  for await (const chunk of bytes) {
    let unused = chunk
    if (!ended) {
      await write(engine, chunk)
      fed += chunk.length
      unused = chunk.subarray(chunk.length - (fed - engine.bytesWritten))
      ended = unused.length > 0
    }
    // zlib ends silently at zero padding (tapes have it), even if another member follows, which would be lost.
    if (ended && unused.some(byte => byte !== 0))
      throw damaged(file, codec, 'damaged', 'other bytes follow its end or padding')
  }
  engine.end()
}

function write(engine: Engine, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // the callback of a write in progress is not always called when the stream is destroyed
    const closed = () => reject(engine.errored ?? new Error('the consumer stopped'))
    engine.once('close', closed)
    engine.write(chunk, error => {
      engine.off('close', closed)
      if (error) reject(error)
      else resolve()
    })
  })
}

function codeOf(error: unknown): string {
  const code = (error as {code?: unknown} | null)?.code
  return typeof code === 'string' ? code : ''
}
