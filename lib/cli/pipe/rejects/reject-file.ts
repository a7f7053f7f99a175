import {appendFile, open} from 'node:fs/promises'
import type {SourceHeader, SourceRecord} from '../../../core/index.ts'
import {reasonsFile} from './reject-names.ts'

const LF = 10
const CR = 13
const UTF8_MARK = Buffer.from('\ufeff')
const ARRAY_END = Buffer.from('\n]\n')
/** What files begin with that are UTF-16 or UTF-32, compressed, or have a byte order mark, in Latin-1. */
const NO_TEXT = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\0\0\xfe\xff|\x1f\x8b|\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18|BZh)/

/** One of the files of rejects: records as they were read, below the header of theirs that names their fields. */
export class RejectFile {
  readonly path: string
  readonly header: SourceHeader | undefined
  #begun = false
  /** What the last record ends with. */
  #end: Buffer | undefined
  /** What lines end with that have no end of their own. */
  #lineEnd = '\n'
  /** Bytes of an array without its end. */
  #arrayBytes = 0

  constructor(path: string, header: SourceHeader | undefined) {
    this.path = path
    this.header = header
  }

  /** Appends records, each with the line of JSON that says why it is here. */
  async add(records: readonly SourceRecord[], reasons: readonly string[]): Promise<void> {
    if (records[0]?.element) await this.#addElements(records)
    else {
      // another program's file of that name is not to be touched
      const flag = this.#begun ? 'a' : 'ax'
      await appendFile(this.path, Buffer.concat(records.flatMap(record => this.#parts(record))), {flag})
    }
    await appendFile(reasonsFile(this.path), reasons.map(reason => `${reason}\n`).join(''), {flag: 'a'})
  }

  /** Writes elements over the end of the array, and the end behind them: the file is an array whenever the run ends. */
  async #addElements(records: readonly SourceRecord[]): Promise<void> {
    const file = await open(this.path, this.#begun ? 'r+' : 'wx')
    try {
      const parts = records.flatMap(({bytes}) => {
        const before = this.#begun ? ',\n' : '[\n'
        this.#begun = true
        return [Buffer.from(before), bytes]
      })
      const bytes = Buffer.concat([...parts, ARRAY_END])
      for (let at = 0; at < bytes.length; )
        at += (await file.write(bytes, at, bytes.length - at, this.#arrayBytes + at)).bytesWritten
      this.#arrayBytes += bytes.length - ARRAY_END.length
    } finally {
      await file.close()
    }
  }

  #parts(record: SourceRecord): Buffer[] {
    const parts = this.#begun ? [] : this.#beginning(record)
    this.#begun = true
    this.#push(parts, record.bytes)
    return parts
  }

  #beginning({bytes, marked}: SourceRecord): Buffer[] {
    const {header} = this
    const first = header?.bytes ?? bytes
    // without a mark, what begins so would be read as something else, or the mark taken off
    const parts = marked || NO_TEXT.test(first.toString('latin1', 0, 8)) ? [UTF8_MARK] : []
    if (header) this.#push(parts, header.bytes)
    return parts
  }

  #push(parts: Buffer[], bytes: Buffer): void {
    // the last record of a file may have no line end
    if (this.#end && this.#end.at(-1) !== LF) parts.push(Buffer.from(this.#lineEnd))
    parts.push(bytes)
    this.#end = bytes
    if (bytes.at(-1) === LF) this.#lineEnd = bytes.at(-2) === CR ? '\r\n' : '\n'
  }
}
