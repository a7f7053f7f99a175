import {type LineBatch, LineSplitter} from '../text/line-splitter.ts'
import {type ElementBatch, JsonArraySplitter} from './json-array-splitter.ts'
import {JsonValueSplitter} from './json-value-splitter.ts'

/**
 * What a JSON file holds: a value on each line, or one array. `'auto'`: an array if it begins with `[`, otherwise lines.
 * `'document'`: an array if it begins with `[`, otherwise concatenated values, each over any number of lines.
 */
export type JsonFormat = 'lines' | 'array' | 'auto' | 'document'

export const JSON_FORMATS = ['lines', 'array', 'auto', 'document'] as const

/** Texts of values; elements of an array carry their lines. */
export type JsonTextBatch = (LineBatch & {lines?: undefined; failure?: undefined}) | ElementBatch

/** Cuts the bytes of one JSON file into the texts of its values, however the bytes are cut into chunks. */
interface JsonTexts {
  push(chunk: Buffer): JsonTextBatch
  end(): JsonTextBatch
  /** Number of the last line emitted; NaN for a file that is an array. */
  readonly line: number
  /** Offset in the file of the first byte not yet emitted in a value. */
  readonly offset: number
  /** Drops the value that it holds: no more of the file is wanted. */
  drop(): void
}

/** The splitter of one file. */
export function jsonTexts(file: string, format: JsonFormat, maxLineBytes: number): JsonTexts {
  if (format === 'auto') return new AutoTexts(file, max => jsonTexts(file, 'lines', max), maxLineBytes)
  if (format === 'document') return new AutoTexts(file, max => new JsonValueSplitter(file, max), maxLineBytes)
  return format === 'array'
    ? new JsonArraySplitter(file, maxLineBytes)
    : new LineSplitter({file, maxLineBytes, checkUtf8: true})
}

/** The most leading blanks that are buffered until the first byte that shows what the file is. */
const MAX_BLANK = 64 * 1024
const UTF8_MARK = '\xef\xbb\xbf'
const NOTHING: JsonTextBatch = {values: [], offsets: []}

/** Chooses by the first byte that is not blank. */
class AutoTexts implements JsonTexts {
  readonly #file: string
  readonly #other: (max: number) => JsonTexts
  readonly #max: number
  #held: Buffer = Buffer.alloc(0)
  #texts: JsonTexts | undefined

  /** @param other the splitter for a file that is not an array */
  constructor(file: string, other: (max: number) => JsonTexts, max: number) {
    this.#file = file
    this.#other = other
    this.#max = max
  }

  get line(): number {
    return this.#texts?.line ?? Number.NaN
  }

  get offset(): number {
    return this.#texts?.offset ?? 0
  }

  drop(): void {
    this.#held = Buffer.alloc(0)
    this.#texts?.drop()
  }

  push(chunk: Buffer): JsonTextBatch {
    if (this.#texts) return this.#texts.push(chunk)
    this.#held = Buffer.concat([this.#held, chunk])
    const isArray = beginsArray(this.#held)
    return isArray === undefined ? NOTHING : this.#decide(isArray)
  }

  end(): JsonTextBatch {
    // a file of blanks only has no values
    if (!this.#texts) this.#decide(false)
    return this.#texts!.end()
  }

  #decide(isArray: boolean): JsonTextBatch {
    const held = this.#held
    this.#held = Buffer.alloc(0)
    this.#texts = isArray ? jsonTexts(this.#file, 'array', this.#max) : this.#other(this.#max)
    return this.#texts.push(held)
  }
}

/** Whether the first byte that is not blank, after a byte order mark, is a bracket; undefined until it has come. */
function beginsArray(bytes: Buffer): boolean | undefined {
  const text = bytes.toString('latin1', 0, MAX_BLANK)
  if (text.length < UTF8_MARK.length && UTF8_MARK.startsWith(text)) return undefined
  const begin = text.startsWith(UTF8_MARK) ? UTF8_MARK.length : 0
  const first = text.slice(begin).search(/[^ \t\r\n]/)
  if (first === -1) return bytes.length < MAX_BLANK ? undefined : false
  return text[begin + first] === '['
}
