import type {Transform} from 'node:stream'
import zlib from 'node:zlib'
import {SluiceError} from '../../errors/index.ts'

/** `'auto'`: by the extension of the names (`.gz`, `.zst`, `.deflate`). `'none'`: uncompressed, whatever the names. */
export type WriteCompression = 'auto' | 'gzip' | 'zstd' | 'deflate' | 'none'

/** What {@link WriteCompression} may be. */
export const WRITE_COMPRESSIONS = ['auto', 'gzip', 'zstd', 'deflate', 'none'] as const

/** How the bytes of files are compressed. */
export interface Compressor {
  readonly contentType: string
  create(): Transform
}

/** The part of `node:zlib` that only newer versions have. */
const {createZstdCompress} = zlib as {createZstdCompress?: () => Transform}

const COMPRESSORS: Readonly<Record<Exclude<WriteCompression, 'auto' | 'none'>, Compressor>> = {
  gzip: {contentType: 'application/gzip', create: () => zlib.createGzip()},
  deflate: {contentType: 'application/zlib', create: () => zlib.createDeflate()},
  zstd: {contentType: 'application/zstd', create: () => createZstdCompress!()},
}

const ENDINGS: Readonly<Record<string, keyof typeof COMPRESSORS>> = {gz: 'gzip', zst: 'zstd', deflate: 'deflate'}

/** The compressor for a file called `name`, if it needs one. Throws for a codec that cannot be written. */
export function compressorOf(where: string, compression: WriteCompression, name: string): Compressor | undefined {
  if (compression === 'none') return undefined
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  if (compression === 'auto' && ending === 'bz2')
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: ${name}: bzip2 is read, but not written; let the names end in .gz, .zst or .deflate, or give ` +
        "`compression: 'none'` if the data is already compressed",
      {stage: where},
    )
  const kind = compression === 'auto' ? (Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined) : compression
  if (kind === undefined) return undefined
  if (kind === 'zstd' && !createZstdCompress)
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: ${name}: this Node (${process.version}) has no zstd, which came with 22.15 and 23.8. Use gzip (.gz), or a newer Node`,
      {stage: where},
    )
  return COMPRESSORS[kind]
}
