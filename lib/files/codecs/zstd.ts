import * as zlib from 'node:zlib'
import {SluiceError} from '../../errors/index.ts'
import {damaged} from './encoding-error.ts'
import {CHUNK, type Engine, throughEngine} from './zlib-stream.ts'

const {createZstdDecompress} = zlib as {createZstdDecompress?: (options: {chunkSize: number}) => Engine}

/** Whether this Node can decompress zstd. */
export const HAS_ZSTD = createZstdDecompress !== undefined

/** Which versions of Node can. */
export const ZSTD_NODES = `this is Node ${process.version}; zstd comes with Node 22.15 and 24`

/** zstd, concatenated and skippable frames included. */
export function unzstd(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  if (!createZstdDecompress)
    throw new SluiceError(
      'ERR_SLUICE_ENCODING',
      `${file} is zstd data, which cannot be decompressed here: ${ZSTD_NODES}. Run the job there, or compress the file with gzip`,
    )
  return throughEngine(wholeFrames(bytes, file), createZstdDecompress({chunkSize: CHUNK}), 'zstd', file)
}

/**
 * The same bytes, in chunks in which a frame begins only at the start; fails if the last frame is incomplete.
 *
 * Node's decompressor drops what follows the end of a frame in the same chunk, and Node 22 reports nothing if the end of a
 * frame is missing.
 */
async function* wholeFrames(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const walk = frames(file)
  let wanted = walk.next().value
  let field = Buffer.alloc(0)
  for await (const chunk of bytes) {
    let from = 0
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(wanted.bytes - field.length, chunk.length - at)
      if (wanted.skip) wanted = {...wanted, bytes: wanted.bytes - taken}
      else field = Buffer.concat([field, chunk.subarray(at, at + taken)])
      at += taken
      if (field.length < wanted.bytes) continue
      wanted = walk.next(field).value
      field = Buffer.alloc(0)
      if (!wanted.begins) continue
      yield chunk.subarray(from, at)
      from = at
    }
    if (from < chunk.length) yield chunk.subarray(from)
  }
  if (!wanted.begins || field.length > 0) throw damaged(file, 'zstd', 'truncated', 'its last frame is incomplete')
}

/** The next bytes of a frame, to be read or only counted; `begins`: they are the first of a frame. */
interface Wanted {
  bytes: number
  skip?: true
  begins?: true
}

const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50

/** Walks over frames (RFC 8878, 3.1): yields which bytes it wants, and is passed them unless they are skipped. */
function* frames(file: string): Generator<Wanted, never, Buffer> {
  for (;;) {
    const magic = (yield {bytes: 4, begins: true}).readUInt32LE()
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      yield* skip((yield {bytes: 4}).readUInt32LE())
      continue
    }
    if (magic !== MAGIC) throw damaged(file, 'zstd', 'damaged', 'other bytes follow its end')
    const descriptor = (yield {bytes: 1})[0]!
    const single = (descriptor & 0x20) !== 0
    const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]!
    yield* skip((single ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]! + contentSize)
    for (let last = false; !last; ) {
      const block = (yield {bytes: 3}).readUIntLE(0, 3)
      last = (block & 1) === 1
      // a block that repeats one byte holds only that byte
      yield* skip(((block >> 1) & 3) === 1 ? 1 : block >> 3)
    }
    if ((descriptor & 4) !== 0) yield* skip(4)
  }
}

function* skip(bytes: number): Generator<Wanted, void, Buffer> {
  if (bytes > 0) yield {bytes, skip: true}
}
