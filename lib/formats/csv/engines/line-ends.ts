import {SluiceError} from '../../../errors/index.ts'
import {looksLikeUtf16} from '../../bytes/byte-order-mark.ts'
import type {CsvSettings} from '../options/check-csv-options.ts'

const LF = 10
const CR = 13
const SPACE = 32
const TAB = 9
const NOTHING: Buffer = Buffer.alloc(0)
/** How far after the first lone `\r` a `\n` is searched for. */
const FAR = 64 * 1024

/**
 * Recognises CSV files whose lines end with `\r` alone, as old spreadsheets for Mac write them, and replaces each by `\n`,
 * the only line end that readers need to know. Inside quotes a `\r` stays as it is.
 *
 * A file is recognised by a lone `\r` before any `\n`, with no `\n` within the following 64 KiB, not counting quoted ones;
 * bytes are held back only between these places. In such a file `\n` and `\r\n` end a line too. In any other file a lone
 * `\r` is data, except in the header, where it shows that line ends are mixed.
 */
export class LineEnds {
  readonly #file: string
  readonly #header: boolean
  /** -1: there is none. */
  readonly #quote: number
  readonly #escape: number
  /** The last bytes of delimiters, after which a field begins. */
  readonly #delimits = new Uint8Array(256)
  /** Blanks before a quote are not part of the field. */
  readonly #trims: boolean
  /** True if nothing needs to be detected: lines do not end with `\r`. */
  readonly #told: boolean
  /** Whether lines end with `\r`; undefined until it is known. */
  #mac: boolean | undefined
  #held: Buffer[] = []
  /** Bytes examined before it was known, and where the search ends. */
  #seen = 0
  #stop = Number.POSITIVE_INFINITY
  /** Restores the state before the held bytes. */
  #before: (() => void) | undefined
  #quoted = false
  /** True inside quotes if the next byte is escaped, or the quote just seen closes them. */
  #escaped = false
  #fieldBegins = true
  #previous = LF

  /** @param oneLine there may be just one record, in which a `\r` is more likely data */
  constructor(file: string, settings: CsvSettings, oneLine = false) {
    const {quote, delimiter, csvParse, header} = settings
    this.#file = file
    this.#header = header !== false
    this.#quote = quote?.charCodeAt(0) ?? -1
    this.#escape = settings.escape === quote ? -1 : (settings.escape?.charCodeAt(0) ?? -1)
    const delimiters = [delimiter, ...[csvParse.delimiter ?? []].flat()]
    for (const text of delimiters) this.#delimits[Buffer.from(text as string).at(-1)!] = 1
    this.#trims = csvParse.trim === true || csvParse.ltrim === true
    // a user who sets `record_delimiter` knows better
    this.#told = csvParse.record_delimiter !== undefined || oneLine
    this.reset()
  }

  /** True once it is known how lines end. */
  get decided(): boolean {
    return this.#mac !== undefined
  }

  /** True for a file whose lines end with `\r`. */
  get mac(): boolean {
    return this.#mac === true
  }

  /** The bytes with `\n` at the end of lines, without those held back. */
  push(bytes: Buffer): Buffer {
    if (this.#mac === false || bytes.length === 0) return bytes
    if (this.#mac) return this.#translate(bytes)
    if (this.#seen === 0 && isUtf16(bytes)) throw looksLikeUtf16(this.#file)
    if (this.#held.length === 0) this.#before = this.#snapshot()
    this.#look(bytes)
    if (this.#mac) return this.#asMac(bytes)
    if (this.#mac === false) return this.#release(bytes)
    if (this.#stop === Number.POSITIVE_INFINITY && this.#previous !== CR) return bytes
    this.#held.push(bytes)
    return NOTHING
  }

  /** Begins another file of the same kind. */
  reset(): void {
    this.drop()
    this.#mac = this.#told ? false : undefined
    this.#seen = 0
    this.#stop = Number.POSITIVE_INFINITY
  }

  /** What was held back, at the end of the file. */
  end(): Buffer {
    if (this.#mac !== undefined) return NOTHING
    this.#mac = this.#held.length > 0
    return this.#mac ? this.#asMac(NOTHING) : NOTHING
  }

  /** Drops what it holds, and continues at a record. */
  drop(): void {
    this.#held = []
    this.#quoted = this.#escaped = false
    this.#fieldBegins = true
    this.#previous = LF
  }

  /** Searches for the first `\n` outside quotes, and for a lone `\r` before it. */
  #look(bytes: Buffer): void {
    for (const byte of bytes) {
      const plain = this.#step(byte)
      this.#seen++
      if (this.#previous === CR && byte !== LF) this.#stop = Math.min(this.#stop, this.#seen + FAR)
      this.#previous = plain ? byte : 0
      if (plain && byte === LF) {
        this.#mac = false
        if (this.#stop < Number.POSITIVE_INFINITY && this.#header) throw this.#mixed()
        return
      }
      if (this.#seen === this.#stop) {
        this.#mac = true
        return
      }
    }
  }

  #snapshot(): () => void {
    const [quoted, escaped, fieldBegins] = [this.#quoted, this.#escaped, this.#fieldBegins]
    return () => {
      this.#quoted = quoted
      this.#escaped = escaped
      this.#fieldBegins = fieldBegins
    }
  }

  /** The held bytes and the new ones, now that lines are known to end with `\r`. */
  #asMac(bytes: Buffer): Buffer {
    this.#before?.()
    return this.#translate(this.#release(bytes))
  }

  #translate(bytes: Buffer): Buffer {
    if (!bytes.includes(CR) && this.#quote === -1) return bytes
    const text = Buffer.from(bytes)
    for (let at = 0; at < text.length; at++) if (this.#step(text[at]!) && text[at] === CR) text[at] = LF
    return text
  }

  /** Takes one byte; true if it is outside quotes. */
  #step(byte: number): boolean {
    if (this.#quoted) {
      if (this.#escaped) this.#escaped = false
      else if (byte === this.#escape) this.#escaped = true
      // the second quote of a doubled one reopens the quotes
      else if (byte === this.#quote) {
        this.#quoted = false
        this.#fieldBegins = this.#escape === -1
      }
      return false
    }
    if (byte === this.#quote && this.#fieldBegins) {
      this.#quoted = true
      return false
    }
    this.#fieldBegins =
      byte === LF ||
      byte === CR ||
      this.#delimits[byte] === 1 ||
      (this.#trims && this.#fieldBegins && (byte === SPACE || byte === TAB))
    return true
  }

  #release(bytes: Buffer): Buffer {
    if (this.#held.length === 0) return bytes
    const all = Buffer.concat([...this.#held, bytes])
    this.#held = []
    return all
  }

  #mixed(): SluiceError {
    return new SluiceError(
      'ERR_SLUICE_CSV',
      `${this.#file}, line 1: the header has a carriage return (\\r) without a line feed (\\n) in it, but later lines end with ` +
        "a line feed. Make all lines end the same way, for example with: tr '\\r' '\\n'",
    )
  }
}

/** True for ASCII characters of two bytes each. */
function isUtf16(bytes: Buffer): boolean {
  if (bytes.length < 4) return false
  const [a, b, c, d] = bytes as unknown as [number, number, number, number]
  return (b === 0 && d === 0 && a > 0 && c > 0) || (a === 0 && c === 0 && b > 0 && d > 0)
}
