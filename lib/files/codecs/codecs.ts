import {bunzip2} from './bzip2/bunzip2.ts'
import {gunzip, inflate} from './zlib-stream.ts'
import {unzstd} from './zstd.ts'

/** How a compression is recognised by the first bytes of a file, and undone. */
export interface Codec {
  readonly name: string
  /** What its files begin with, for error messages. */
  readonly begin: string
  /** Whether a file that begins with these bytes is one; undefined: more bytes are needed. */
  knows(head: Buffer): boolean | undefined
  decode(bytes: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer>
}

const gzip: Codec = {
  name: 'gzip',
  begin: '1f8b',
  knows: head => startsWith(head, [0x1f, 0x8b]),
  decode: gunzip,
}

const zstd: Codec = {
  name: 'zstd',
  begin: '28b52ffd',
  knows: head => either(startsWith(head, [0x28, 0xb5, 0x2f, 0xfd]), startsWith(head, [[0x50, 0x5f], 0x2a, 0x4d, 0x18])),
  decode: unzstd,
}

/**
 * Many a text begins with 'BZh' and a digit, so the mark of a block must follow, or that of the end if the file is empty.
 */
const BZH = [0x42, 0x5a, 0x68, [0x31, 0x39]] as const
const bzip2: Codec = {
  name: 'bzip2',
  begin: '425a68, a digit and 314159265359',
  knows: head =>
    either(
      startsWith(head, [...BZH, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
      startsWith(head, [...BZH, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90]),
    ),
  decode: bunzip2,
}

const zlib: Codec = {name: 'deflate', begin: '78', knows: isZlib, decode: (bytes, file) => inflate(bytes, file, false)}
/** Bare deflate can begin with any byte. */
const bare: Codec = {name: 'deflate', begin: '', knows: () => true, decode: (bytes, file) => inflate(bytes, file, true)}

/** Codecs that are recognised in any file, whatever its name. */
export const SNIFFED: readonly Codec[] = [gzip, zstd, bzip2]
/**
 * By the option `compression`; the first codec that knows the file. Deflate has no mark of its own: the option or the name
 * decides.
 */
export const BY_OPTION: Readonly<Record<'gzip' | 'deflate' | 'zstd' | 'bzip2', readonly Codec[]>> = {
  gzip: [gzip],
  deflate: [zlib, bare],
  zstd: [zstd],
  bzip2: [bzip2],
}

/** Whether a file's name says that it is deflate. */
export function isDeflateName(file: string): boolean {
  return /\.(deflate|zz)$/i.test(file)
}

/** RFC 1950: method 8, a window of at most 32 KiB, no dictionary, and a check of both bytes. */
function isZlib(head: Buffer): boolean | undefined {
  const [method, flags] = head
  if (method === undefined) return undefined
  if ((method & 0x0f) !== 8 || method >> 4 > 7) return false
  return flags === undefined ? undefined : (flags & 0x20) === 0 && (method * 256 + flags) % 31 === 0
}

/** Compares with bytes or ranges of bytes; undefined if all bytes so far match but there are too few. */
function startsWith(head: Buffer, bytes: readonly (number | readonly [number, number])[]): boolean | undefined {
  for (const [i, byte] of bytes.entries()) {
    const given = head[i]
    if (given === undefined) return undefined
    const [from, to] = typeof byte === 'number' ? [byte, byte] : byte
    if (given < from || given > to) return false
  }
  return true
}

function either(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  if (a || b) return true
  return a === undefined || b === undefined ? undefined : false
}
