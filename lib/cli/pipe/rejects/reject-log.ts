import type {RecordKeeper, RecordOrigin, SourceRecord} from '../../../core/index.ts'
import {plainJson} from '../../../formats/index.ts'
import {complain} from '../../report/exit.ts'
import {indented, stackWanted} from '../../report/failure.ts'
import type {MaxRejects} from '../pipe-settings.ts'
import {RejectFiles, type Reorder, type Written} from './reject-files.ts'

/** An element that was set aside, and why. */
export interface Reject {
  /** The step that could not process it. */
  readonly step: string
  readonly error: string
  /** Where the user's own code threw. */
  readonly at?: string
  /** Shown with `--stack`. */
  readonly stack?: string
  /** The element as the step received it. */
  readonly element: unknown
  /** The input record that it derives from; undefined if there is not exactly one. */
  readonly origin: RecordOrigin | undefined
  readonly line?: number | undefined
}

/** Counts the rejects of a run, and writes them to files if requested. */
export class RejectLog {
  /** Rejected records; each counts once, however many elements derived from it failed. */
  count = 0
  /** Called once, when more are rejected than allowed. */
  onTooMany: () => void = () => {}
  readonly #files: RejectFiles | undefined
  readonly #max: MaxRejects
  #first: string | undefined
  /** Records already set aside, per batch of kept records. */
  readonly #taken = new WeakMap<RecordKeeper, Set<number>>()
  /** Rejects without an input record of their own. */
  #unread = 0
  /** True while everything added so far is in the files. */
  #kept = true
  #writing: Promise<void> = Promise.resolve()

  constructor(file: string | undefined, max: MaxRejects, reorder: Reorder) {
    this.#files = file === undefined ? undefined : new RejectFiles(file, reorder)
    this.#max = max
  }

  /** Whether the count was exceeded; for a share, see {@link tooManyOf}. */
  get tooMany(): boolean {
    return 'count' in this.#max && this.count > this.#max.count
  }

  /** Whether more were set aside than allowed, given the number of records read. */
  tooManyOf(read: number): boolean {
    return 'percent' in this.#max ? this.count * 100 > this.#max.percent * read : this.tooMany
  }

  /** Adds rejects; resolves when they are written. */
  add(rejects: readonly Reject[]): Promise<void> {
    const written = rejects.flatMap(reject => this.#take(reject))
    if (written.length === 0) return this.#writing
    const before = this.tooMany
    this.count += written.length
    if (!before && this.tooMany) this.onTooMany()
    const files = this.#files
    if (files) this.#writing = this.#writing.then(() => files.write(written)).catch(error => this.#lost(error))
    return this.#writing
  }

  /** What to write for a reject: nothing if its record was already set aside. */
  #take({step, error, element, origin, line, at, stack}: Reject): Written[] {
    const record = origin?.keeper.recordAt(origin.offset)
    if (record) {
      const {keeper, offset} = origin!
      const taken = this.#taken.get(keeper) ?? new Set()
      if (taken.has(offset)) return []
      this.#taken.set(keeper, taken.add(offset))
    } else this.#unread++
    const thrown = `${at === undefined ? '' : `\n  at ${at}`}${stack === undefined || !stackWanted() ? '' : `\n${indented(stack)}`}`
    this.#first ??= `${step}: ${error}${line ? `, line ${line}` : ''}: ${shown(record, element)}${thrown}`
    if (!this.#files) return [{record, reason: ''}]
    const place = record && {file: record.file, line: line || undefined, byteOffset: origin!.offset}
    const reason = JSON.stringify({step, error, at, ...place})
    if (record) return [{record, reason}]
    return [{record, reason: `${reason.slice(0, -1)},"element":${plainJson(element)}}`}]
  }

  #lost(error: unknown): never {
    this.#kept = false
    throw error
  }

  /** Reports on standard error what was set aside, if anything. */
  report(read: number): void {
    if (this.#first === undefined) return
    const many = this.count === 1 ? '1 record' : `${this.count} of ${read} records`
    const kept = this.#kept ? this.#files : undefined
    const where = kept ? `set aside in ${kept.where(this.#unread)}` : 'could not be processed'
    complain(`${many} ${where}${this.count === 1 ? ': ' : '; the first: '}${this.#first}`)
  }
}

/** The record, shortened for the terminal. */
function shown(record: SourceRecord | undefined, element: unknown): string {
  const text = record ? record.bytes.toString('utf8', 0, 1000).replace(/\r?\n$/, '') : plainJson(element)
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
