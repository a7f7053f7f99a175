import {createGunzip, type Gunzip} from 'node:zlib'
import {messageOf, SluiceError} from '../errors/index.ts'

/** `'auto'`: gzip is recognised by its first bytes, whatever the file is called; `'gzip'`: must be gzip; `'none'`: bytes as stored. */
export type Compression = 'auto' | 'gzip' | 'none'

/** What {@link Compression} may be. */
export const COMPRESSIONS = ['auto', 'gzip', 'none'] as const

/** Decompressed bytes handed on at once. */
const CHUNK = 128 * 1024

/**
 * The content of a file: unzipped if it is gzip.
 *
 * Members one after the other (`cat a.gz b.gz`) are read through, and gzip within gzip too (a `.gz` file that was uploaded
 * with `Content-Encoding: gzip`). Damaged, truncated or followed by other bytes: ERR_SLUICE_ENCODING with the file's name.
 * It unzips only as fast as its consumer reads.
 */
export async function* decompress(
  bytes: AsyncIterable<Buffer>,
  compression: Compression,
  file: string,
): AsyncGenerator<Buffer> {
  if (compression === 'none') return yield* bytes
  const {head, rest} = await peek(bytes)
  const zipped = head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b
  if (!zipped && compression === 'gzip' && head.length > 0)
    throw new SluiceError(
      'ERR_SLUICE_ENCODING',
      `${file} is not gzip (it begins with ${head.subarray(0, 2).toString('hex')}, not 1f8b); leave out the option ` +
        '`compression`, and gzip is recognised by itself',
    )
  if (!zipped) return yield* chain(head, rest)
  // What comes out may be gzip again; text never begins like gzip.
  yield* decompress(gunzip(chain(head, rest), file), 'auto', file)
}

/** The first bytes, at least two if there are, and an iterator over what follows. */
async function peek(bytes: AsyncIterable<Buffer>): Promise<{head: Buffer; rest: AsyncIterator<Buffer>}> {
  const rest = bytes[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 2) {
    const next = await rest.next()
    if (next.done) break
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
  }
  return {head, rest}
}

async function* chain(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

async function* gunzip(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const unzip = createGunzip({chunkSize: CHUNK})
  const feeding = feed(bytes, unzip, file)
  // An error of the input ends the output too; without this it would also be an unhandled rejection.
  feeding.catch(error => unzip.destroy(error))
  try {
    yield* unzip as AsyncIterable<Buffer>
  } catch (cause) {
    if (!isZlibError(cause)) throw cause
    throw damaged(file, messageOf(cause), cause)
  } finally {
    unzip.destroy()
  }
  await feeding
}

/** Writes everything into `unzip`, each chunk when the one before has been taken. */
async function feed(bytes: AsyncIterable<Buffer>, unzip: Gunzip, file: string): Promise<void> {
  let fed = 0
  let padded = false
  for await (const chunk of bytes) {
    let unused = chunk
    if (!padded) {
      await write(unzip, chunk)
      fed += chunk.length
      unused = chunk.subarray(chunk.length - (fed - unzip.bytesWritten))
      padded = unused.length > 0
    }
    // zlib ends without a word at zero padding (tapes have it), also when another member follows, which would be lost.
    if (padded && unused.some(byte => byte !== 0)) throw damaged(file, 'other bytes follow its padding', undefined)
  }
  unzip.end()
}

function write(unzip: Gunzip, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // A write that is under way when the stream is destroyed is not always answered.
    const closed = () => reject(unzip.errored ?? new Error('the consumer stopped'))
    unzip.once('close', closed)
    unzip.write(chunk, error => {
      unzip.off('close', closed)
      if (error) reject(error)
      else resolve()
    })
  })
}

function isZlibError(error: unknown): boolean {
  const code = (error as {code?: unknown} | null)?.code
  return typeof code === 'string' && /^Z_[A-Z_]+$/.test(code)
}

function damaged(file: string, what: string, cause: unknown): SluiceError {
  const truncated = (cause as {code?: unknown} | undefined)?.code === 'Z_BUF_ERROR'
  const state = truncated ? 'truncated' : 'damaged'
  return new SluiceError(
    'ERR_SLUICE_ENCODING',
    `${file} is ${state} gzip data (${what}); write or upload it again. \`gzip -t\` checks a file`,
    {cause},
  )
}
