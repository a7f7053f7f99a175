import type {NativeSlices} from './native-slices.ts'
import type {RecordScanner} from './record-scanner.ts'

/** Bytes decoded at once: fields are slices of such a text, and whoever keeps a field keeps no more than this alive. */
const BLOCK = 4 * 1024

/** The text of the records in some bytes, decoded in blocks of 4 KiB, or field by field where that does not do. */
export class RecordText {
  /** Decoded text and the place at which it begins. */
  text = ''
  base = 0
  /** The place after the last that `text` holds. */
  end = 0
  readonly #quote: string
  #bytes: Buffer & NativeSlices = Buffer.alloc(0) as Buffer & NativeSlices

  constructor(quote: string | null) {
    this.#quote = quote ?? ''
  }

  /** Takes new bytes. */
  open(bytes: Buffer): void {
    this.#bytes = bytes as Buffer & NativeSlices
    this.text = ''
    this.base = 0
    this.end = 0
  }

  /** Sees that `text` holds the bytes from `start` to `end`, one character for each, and a block of them at most up to `stop`. */
  cover(start: number, end: number, stop: number): void {
    if (end <= this.end && start >= this.base) return
    const bytes = this.#bytes
    this.base = start
    this.end = Math.max(end, Math.min(start + BLOCK, stop, bytes.length))
    this.text = bytes.latin1Slice(start, this.end)
  }

  /** The fields that were found in what is covered, whatever is in them; `''` for those that are not wanted. */
  fields(found: RecordScanner, wanted: readonly boolean[] | undefined): string[] {
    const {starts, ends, first, origin, count, escaped, ascii} = found
    const {text, base} = this
    const quote = this.#quote
    const quoteByte = quote.charCodeAt(0)
    const bytes = this.#bytes
    const fields: string[] = []
    for (let i = 0; i < count; i++) {
      let field = ''
      if (wanted === undefined || wanted[i]) {
        const start = starts[first + i]! + origin
        const end = ends[first + i]! + origin
        field =
          ascii || isAsciiBetween(bytes, start, end)
            ? text.slice(start - base, end - base)
            : bytes.utf8Slice(start, end)
        if (escaped && start > 0 && bytes[start - 1] === quoteByte && field.includes(quote))
          field = field.split(quote + quote).join(quote)
      }
      fields.push(field)
    }
    return fields
  }
}

function isAsciiBetween(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 127) return false
  return true
}
