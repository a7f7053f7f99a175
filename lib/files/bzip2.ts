import {createRequire} from 'node:module'
import {messageOf} from '../errors/index.ts'
import {damaged} from './encoding-error.ts'
import {CHUNK} from './zlib-stream.ts'

/**
 * The decoder within unbzip2-stream: one block a call. The stream around it knows no backpressure, reports truncation as a
 * TypeError, and decodes all that it holds at the end at once.
 */
interface Decoder {
  /** Reads the head of a stream; returns the size of its blocks in units of 100,000 bytes. */
  header(bits: ReadBits): number
  /** Decodes a block; returns the checksum so far, or null at the end of the stream, both checked. */
  decompress(
    bits: ReadBits,
    emit: (byte: number) => void,
    block: Int32Array,
    size: number,
    checksum: number,
  ): number | null
}

/** Reads bits as a number; with null, goes on to the next whole byte. */
type ReadBits = (count: number | null) => number

const UNIT = 100_000
/** What a block may take when it cannot be compressed, beyond its size; one that takes more is decoded again with more. */
const SPARE = 25_000

let loaded: Decoder | undefined
// The package has no types, and nobody who reads no bzip2 should load it.
const decoder = () => (loaded ??= createRequire(import.meta.url)('unbzip2-stream/lib/bzip2.js') as Decoder)

/** bzip2, streams one after the other included. Decodes a block (900,000 bytes as a rule) at a time, when it is wanted. */
export async function* bunzip2(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const library = decoder()
  const bits = new Bits(bytes[Symbol.asyncIterator]())
  let block = new Int32Array(0)
  try {
    for (let first = true; ; first = false) {
      if (!first && (await bits.atEnd())) return
      const level = await bits
        .attempt(4, read => library.header(read))
        .catch(error => {
          throw problem(file, error, first ? undefined : 'other bytes follow its end')
        })
      if (block.length < level * UNIT) block = new Int32Array(level * UNIT)
      for (let checksum: number | null = 0; checksum !== null; ) {
        const out = new ByteList()
        const before: number = checksum
        checksum = await bits
          .attempt(level * UNIT + SPARE, read => {
            out.length = 0
            return library.decompress(read, out.add, block, level * UNIT, before)
          })
          .catch(error => {
            throw problem(file, error)
          })
        const content = out.take()
        for (let at = 0; at < content.length; at += CHUNK) yield content.subarray(at, at + CHUNK)
      }
    }
  } finally {
    await bits.close()
  }
}

/** Thrown by {@link Bits} when there are no more bits. */
const RAN_OUT = new Error('it ends in the middle')

/** What the input failed with, which is not the data's fault. */
class InputError extends Error {}

function problem(file: string, error: unknown, what?: string): unknown {
  if (error instanceof InputError) return error.cause
  if (error === RAN_OUT) return damaged(file, 'bzip2', 'truncated', RAN_OUT.message)
  // what the decoder says is for its authors, but for the checksum
  const said = /crc32/.test(messageOf(error)) ? 'its checksum does not match' : 'its blocks make no sense'
  return damaged(file, 'bzip2', 'damaged', what ?? said, error)
}

/** The bits of an input; a part that runs out of them is done again when there are more. */
class Bits {
  readonly #input: AsyncIterator<Buffer>
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #bit = 0
  #ended = false

  constructor(input: AsyncIterator<Buffer>) {
    this.#input = input
  }

  /** Runs `part` with at least so many bytes at hand, if there are. */
  async attempt<T>(bytes: number, part: (read: ReadBits) => T): Promise<T> {
    for (let wanted = bytes; ; wanted *= 2) {
      await this.#fill(wanted)
      const [at, bit] = [this.#at, this.#bit]
      try {
        return part(this.#read)
      } catch (error) {
        if (error !== RAN_OUT || this.#ended) throw error
        this.#at = at
        this.#bit = bit
      }
    }
  }

  async atEnd(): Promise<boolean> {
    await this.#fill(1)
    return this.#at >= this.#bytes.length
  }

  async close(): Promise<void> {
    await this.#input.return?.()
  }

  async #fill(wanted: number): Promise<void> {
    let held = this.#bytes.length - this.#at
    if (this.#ended || held >= wanted) return
    const chunks = [this.#bytes.subarray(this.#at)]
    while (held < wanted && !this.#ended) {
      const next = await this.#input.next().catch(cause => {
        throw new InputError('', {cause})
      })
      if (next.done) this.#ended = true
      else held += chunks[chunks.push(next.value) - 1]!.length
    }
    this.#bytes = Buffer.concat(chunks)
    this.#at = 0
  }

  #read = (count: number | null): number => {
    if (count === null) {
      if (this.#bit > 0) this.#at++
      this.#bit = 0
      return 0
    }
    let result = 0
    for (let wanted = count; wanted > 0; ) {
      if (this.#at >= this.#bytes.length) throw RAN_OUT
      const left = 8 - this.#bit
      const taken = Math.min(wanted, left)
      result = (result << taken) | ((this.#bytes[this.#at]! >> (left - taken)) & ((1 << taken) - 1))
      this.#bit += taken
      wanted -= taken
      if (this.#bit === 8) {
        this.#bit = 0
        this.#at++
      }
    }
    return result
  }
}

/** Bytes that come one by one. */
class ByteList {
  #bytes = Buffer.allocUnsafeSlow(UNIT)
  length = 0

  add = (byte: number): void => {
    if (this.length === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], 2 * this.length)
    this.#bytes[this.length++] = byte
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.length)
  }
}
