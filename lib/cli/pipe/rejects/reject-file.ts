import {appendFile, open} from 'node:fs/promises'
import type {SourceHeader, SourceRecord} from '../../../core/index.ts'
import {reasonsFile} from './reject-names.ts'

const LF = 10
const CR = 13
const UTF8_MARK = Buffer.from('\ufeff')
const ARRAY_END = Buffer.from('\n]\n')
/** The first bytes, as Latin-1, of files that are UTF-16 or UTF-32, compressed, or begin with a byte order mark. */
const NO_TEXT = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff|\0\0\xfe\xff|\x1f\x8b|\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18|BZh)/

/** A file of rejects: records exactly as they were read, below their own header. */
export class RejectFile {
  readonly path: string
  readonly header: SourceHeader | undefined
  #begun = false
  /** The bytes of the last record. */
  #end: Buffer | undefined
  /** The line end to add to records that have none. */
  #lineEnd = '\n'
  /** The size of the array so far, without its closing bracket. */
  #arrayBytes = 0

  constructor(path: string, header: SourceHeader | undefined) {
    this.path = path
    this.header = header
  }

  /** Appends records, and for each a line of JSON with the reason. */
  async add(records: readonly SourceRecord[], reasons: readonly string[]): Promise<void> {
    if (records[0]?.element) await this.#addElements(records)
    else {
      // never touch a file of that name that another program has created
      const flag = this.#begun ? 'a' : 'ax'
      await appendFile(this.path, Buffer.concat(records.flatMap(record => this.#parts(record))), {flag})
    }
    await appendFile(reasonsFile(this.path), reasons.map(reason => `${reason}\n`).join(''), {flag: 'a'})
  }

  /** Overwrites the closing bracket with the elements and a new bracket: the file is a valid array whenever the run ends. */
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
    // without a mark of ours, such a beginning would be misread, or its own mark stripped
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
