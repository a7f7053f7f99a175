import {SluiceError} from '../../errors/index.ts'

const UTF8 = Buffer.from([0xef, 0xbb, 0xbf])
const NOTHING: Buffer = Buffer.alloc(0)

/** Marks of encodings that are refused; UTF-32LE begins with UTF-16LE's mark, so that one covers both. */
const REFUSED = [
  {bytes: Buffer.from([0xff, 0xfe]), name: 'UTF-16 or UTF-32 (little-endian)'},
  {bytes: Buffer.from([0xfe, 0xff]), name: 'UTF-16 (big-endian)'},
  {bytes: Buffer.from([0x00, 0x00, 0xfe, 0xff]), name: 'UTF-32 (big-endian)'},
]
const MARKS = [UTF8, ...REFUSED.map(mark => mark.bytes)]

/**
 * Removes the UTF-8 byte order mark from the beginning of a file, and refuses UTF-16 and UTF-32. It holds bytes back only
 * while they may still become a mark, so that a single typed line never has to wait.
 */
export class ByteOrderMark {
  /** Bytes removed: 0 or 3. */
  skipped = 0
  readonly #file: string
  #held: Buffer | undefined
  #decided = false

  constructor(file: string) {
    this.#file = file
  }

  /** True once it is known whether there is a mark. */
  get decided(): boolean {
    return this.#decided
  }

  /** The chunk without the mark; empty while undecided. */
  push(chunk: Buffer): Buffer {
    if (this.#decided || chunk.length === 0) return chunk
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk
    for (const mark of REFUSED) if (startsWith(bytes, mark.bytes)) throw notUtf8(this.#file, mark.name)
    if (MARKS.some(mark => bytes.length < mark.length && startsWith(mark, bytes))) {
      this.#held = bytes
      return NOTHING
    }
    this.#decided = true
    this.#held = undefined
    if (!startsWith(bytes, UTF8)) return bytes
    this.skipped = UTF8.length
    return bytes.subarray(UTF8.length)
  }

  /** What was held back, at the end of the file. */
  end(): Buffer {
    const rest = this.#held ?? NOTHING
    this.#decided = true
    this.#held = undefined
    return rest
  }
}

function startsWith(bytes: Buffer, head: Buffer): boolean {
  return bytes.length >= head.length && bytes.compare(head, 0, head.length, 0, head.length) === 0
}

/** The error for a file without a mark that has a zero byte where text has none. */
export function looksLikeUtf16(file: string): SluiceError {
  return notUtf8(file, 'UTF-16 or UTF-32')
}

function notUtf8(file: string, name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_ENCODING',
    `${file} is ${name} text, but only UTF-8 is read. Convert it first: iconv -t UTF-8 (or save it as UTF-8)`,
  )
}
