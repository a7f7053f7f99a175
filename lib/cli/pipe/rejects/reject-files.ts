import {appendFile} from 'node:fs/promises'
import type {SourceHeader, SourceRecord} from '../../../core/index.ts'
import {RejectFile} from './reject-file.ts'
import {reasonsFile, rejectsFile} from './reject-names.ts'

/** Rearranges a CSV record to the order of `columns`; undefined if the record cannot be parsed. */
export type Reorder = (record: SourceRecord, columns: readonly string[]) => Promise<SourceRecord | undefined>

/** A record to write, and the line of JSON with the reason. */
export interface Written {
  /** Undefined if the reject does not come from a single input record: then only the reason holds it. */
  readonly record: SourceRecord | undefined
  readonly reason: string
}

/**
 * The reject files of a run, one per header: below another file's header, a record's values would come back under the wrong
 * names.
 */
export class RejectFiles {
  readonly #path: string
  readonly #reorder: Reorder
  readonly #files: RejectFile[] = []

  constructor(path: string, reorder: Reorder) {
    this.#path = path
    this.#reorder = reorder
  }

  /** Names the files that hold the records; `unread` of them are only in the reasons. */
  where(unread: number): string {
    const paths = this.#files.map(({path}) => path)
    if (unread > 0) paths.push(reasonsFile(this.#path))
    return paths.length > 2 ? `${paths[0]}, ${paths[1]} and so on (${paths.length} files)` : paths.join(' and ')
  }

  async write(all: readonly Written[]): Promise<void> {
    const parts: {file: RejectFile; records: SourceRecord[]; reasons: string[]}[] = []
    for (const {record, reason} of all) {
      if (!record) {
        await appendFile(reasonsFile(this.#path), `${reason}\n`)
        continue
      }
      const [file, written] = await this.#place(record)
      let part = parts.at(-1)
      if (part?.file !== file) parts.push((part = {file, records: [], reasons: []}))
      part.records.push(written)
      part.reasons.push(reason)
    }
    for (const {file, records, reasons} of parts) await file.add(records, reasons)
  }

  /** The file for a record, and the record in that file's column order. */
  async #place(record: SourceRecord): Promise<[RejectFile, SourceRecord]> {
    const {header} = record
    const same = this.#files.find(file => haveSameNames(file.header, header))
    if (same) return [same, record]
    const permuted = this.#files.find(file => haveSameNames(sorted(file.header), sorted(header)))
    const moved = permuted && (await this.#reorder(record, permuted.header!.names))
    if (moved) return [permuted, moved]
    const file = new RejectFile(rejectsFile(this.#path, this.#files.length + 1), header)
    this.#files.push(file)
    return [file, record]
  }
}

function haveSameNames(a: SourceHeader | undefined, b: SourceHeader | undefined): boolean {
  return a === b || JSON.stringify(a?.names) === JSON.stringify(b?.names)
}

function sorted(header: SourceHeader | undefined): SourceHeader | undefined {
  return header && {...header, names: [...header.names].sort()}
}
