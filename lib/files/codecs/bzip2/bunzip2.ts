import {damaged} from '../encoding-error.ts'
import {CHUNK} from '../zlib-stream.ts'
import {Bits, InputError, RAN_OUT} from './bits.ts'
import {BlockDecoder} from './block-decoder.ts'

const UNIT = 100_000
/**
 * Bytes that an incompressible block may take beyond its size; a block that takes more is decoded again with more bytes.
 */
const SPARE = 25_000
/** The marks of a block and of the end of a stream, in two halves: the digits of pi and of its square root. */
const BLOCK = [0x314159, 0x265359] as const
const END = [0x177245, 0x385090] as const

/** A block, or the end of a stream. */
interface Part {
  readonly content: Buffer | undefined
  readonly checksum: number
}

/**
 * Decompresses bzip2, concatenated streams included, one block (usually 900,000 bytes) at a time, on demand.
 *
 * The decoder is our own: Node has none, and the maintained packages decode whole files in memory.
 */
export async function* bunzip2(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const bits = new Bits(bytes[Symbol.asyncIterator]())
  let decoder: BlockDecoder | undefined
  let size = 0
  try {
    for (let first = true; ; first = false) {
      if (!first && (await bits.atEnd())) return
      const level = await bits.attempt(4, header).catch(error => {
        throw problem(file, error, first ? undefined : 'other bytes follow its end')
      })
      if (!decoder || size !== level * UNIT) decoder = new BlockDecoder(level * UNIT)
      size = level * UNIT
      for (let sum = 0; ; ) {
        const known: BlockDecoder = decoder
        const {content, checksum} = await bits
          .attempt(size + SPARE, (given): Part => part(given, known))
          .catch(error => {
            throw problem(file, error)
          })
        if (checksum !== (content ? crc32(content) : sum))
          throw damaged(file, 'bzip2', 'damaged', 'its checksum does not match')
        if (!content) break
        sum = (((sum << 1) | (sum >>> 31)) ^ checksum) >>> 0
        for (let at = 0; at < content.length; at += CHUNK) yield content.subarray(at, at + CHUNK)
      }
    }
  } finally {
    await bits.close()
  }
}

/** Reads the header of a stream; returns the size of its blocks in units of 100,000 bytes. */
function header(bits: Bits): number {
  if (bits.read(24) !== 0x425a68) throw new Error('no bzip2 signature')
  const level = bits.read(8) - 0x30
  if (level < 1 || level > 9) throw new Error('an invalid block size')
  return level
}

function part(bits: Bits, decoder: BlockDecoder): Part {
  const [high, low] = [bits.read(24), bits.read(24)]
  const checksum = bits.read32()
  if (high === BLOCK[0] && low === BLOCK[1]) return {content: decoder.decode(bits), checksum}
  if (high !== END[0] || low !== END[1]) throw new Error('neither a block nor the end of the stream')
  bits.align()
  return {content: undefined, checksum}
}

function problem(file: string, error: unknown, what?: string): unknown {
  if (error instanceof InputError) return error.cause
  if (error === RAN_OUT) return damaged(file, 'bzip2', 'truncated', RAN_OUT.message)
  return damaged(file, 'bzip2', 'damaged', what ?? `its blocks make no sense: ${(error as Error).message}`, error)
}

/** bzip2's CRC takes the bits of a byte in the opposite order to zlib's, with the same polynomial. */
const CRC_TABLE = Uint32Array.from({length: 256}, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = (crc << 8) ^ CRC_TABLE[((crc >>> 24) ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}
