import {SluiceError} from '../../errors/index.ts'
import {BY_OPTION, type Codec, isDeflateName, SNIFFED} from './codecs.ts'

/**
 * `'auto'`: gzip, zstd and bzip2 are recognised by their first bytes, whatever the file's name, and deflate by a name that
 * ends in `.deflate` or `.zz`. The name of a codec: the file must be in that format. `'none'`: bytes as stored.
 */
export type Compression = 'auto' | 'none' | 'gzip' | 'deflate' | 'zstd' | 'bzip2'

/** What {@link Compression} may be. */
export const COMPRESSIONS = ['auto', 'none', 'gzip', 'deflate', 'zstd', 'bzip2'] as const

/**
 * The content of a file: decompressed if it is compressed.
 *
 * Concatenated members are all read (`cat a.gz b.gz`; zstd and bzip2 as well), and so is compression within compression (a
 * `.gz` file that was uploaded with `Content-Encoding: gzip`). Data that is damaged, truncated or followed by other bytes
 * fails with ERR_SLUICE_ENCODING, which names file and codec. Decompression runs only as fast as the consumer reads.
 */
export async function* decompress(
  bytes: AsyncIterable<Buffer>,
  compression: Compression,
  file: string,
): AsyncGenerator<Buffer> {
  if (compression === 'none') return yield* bytes
  if (compression !== 'auto') return yield* decodeAs(bytes, compression, file)
  yield* decodeSniffed(bytes, file, isDeflateName(file) ? BY_OPTION.deflate : [])
}

async function* decodeAs(
  bytes: AsyncIterable<Buffer>,
  compression: keyof typeof BY_OPTION,
  file: string,
): AsyncGenerator<Buffer> {
  const codecs = BY_OPTION[compression]
  const {head, rest, codec} = await peek(bytes, codecs)
  if (!codec && head.length > 0) {
    await rest.return?.()
    const {begin} = codecs[0]!
    throw new SluiceError(
      'ERR_SLUICE_ENCODING',
      `${file} is not ${compression} (it begins with ${head.subarray(0, 10).toString('hex')}, not ${begin}); leave out ` +
        'the option `compression` to have gzip, zstd and bzip2 recognised by their first bytes',
    )
  }
  yield* decode(codec, head, rest, file, [])
}

/** @param deflate the kinds of deflate that the file may be, by its name */
async function* decodeSniffed(
  bytes: AsyncIterable<Buffer>,
  file: string,
  deflate: readonly Codec[],
): AsyncGenerator<Buffer> {
  const {head, rest, codec} = await peek(bytes, [...SNIFFED, ...deflate])
  yield* decode(codec, head, rest, file, deflate)
}

/** The result may be compressed again; no text begins like that. */
async function* decode(
  codec: Codec | undefined,
  head: Buffer,
  rest: AsyncIterator<Buffer>,
  file: string,
  deflate: readonly Codec[],
): AsyncGenerator<Buffer> {
  const whole = chain(head, rest)
  if (!codec || head.length === 0) return yield* whole
  // bare deflate is recognised by the name alone, and the name belongs to the outer file
  const inner = codec.name === 'deflate' ? [] : deflate.slice(0, 1)
  yield* decodeSniffed(codec.decode(whole, file), file, inner)
}

/** The first bytes, no more than it takes to recognise the codec, and an iterator over the rest. */
async function peek(
  bytes: AsyncIterable<Buffer>,
  codecs: readonly Codec[],
): Promise<{head: Buffer; rest: AsyncIterator<Buffer>; codec: Codec | undefined}> {
  const rest = bytes[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  for (;;) {
    const next = await rest.next()
    const {done} = next
    if (!done) head = head.length === 0 ? next.value : Buffer.concat([head, next.value])
    if (head.length === 0 && !done) continue
    const known = codecs.map(codec => codec.knows(head))
    const first = known.findIndex(knows => knows !== false)
    if (first < 0 || known[first] || done) return {head, rest, codec: codecs[known.indexOf(true)]}
  }
}

async function* chain(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
