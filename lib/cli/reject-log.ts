import {appendFile} from 'node:fs/promises'
import {complain} from './exit.ts'
import {type MaxRejects, reasonsFile} from './pipe-settings.ts'

/** A record that was set aside, and why. */
export interface Reject {
  /** The step that could not process it. */
  readonly step: string
  readonly error: string
  /** The record as a person mends it. */
  readonly raw: string
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly byteOffset?: number | undefined
}

/** What was set aside in a run: counted, and written to the file of rejects if there is one. */
export class RejectLog {
  count = 0
  /** Told once, when there are more than are allowed. */
  onTooMany: () => void = () => {}
  readonly #file: string | undefined
  readonly #max: MaxRejects
  #first: Reject | undefined
  /** The first line of the file of rejects, when its format has one. */
  #header: string | undefined
  #columns: readonly string[] | undefined
  #begun = false
  /** All that was added is in the file. */
  #kept = true
  #writing: Promise<void> = Promise.resolve()

  constructor(file: string | undefined, max: MaxRejects) {
    this.#file = file
    this.#max = max
  }

  /** Sets the columns of the records of the file of rejects, and the line that it begins with. The first call holds. */
  setColumns(columns: readonly string[], header: string | undefined): void {
    if (this.#columns) return
    this.#columns = columns
    this.#header = header
  }

  get columns(): readonly string[] | undefined {
    return this.#columns
  }

  /** More than so many were set aside; for a share, see {@link tooManyOf}. */
  get tooMany(): boolean {
    return 'count' in this.#max && this.count > this.#max.count
  }

  /** More were set aside than are allowed of so many records read. */
  tooManyOf(read: number): boolean {
    return 'percent' in this.#max ? this.count * 100 > this.#max.percent * read : this.tooMany
  }

  /** Resolves when they are written. */
  add(rejects: readonly Reject[]): Promise<void> {
    if (rejects.length === 0) return this.#writing
    const before = this.tooMany
    this.#first ??= rejects[0]
    this.count += rejects.length
    if (!before && this.tooMany) this.onTooMany()
    if (this.#file !== undefined)
      this.#writing = this.#writing.then(() => this.#write(this.#file!, rejects)).catch(error => this.#lost(error))
    return this.#writing
  }

  async #write(file: string, rejects: readonly Reject[]): Promise<void> {
    const header = this.#header === undefined || this.#begun ? '' : `${this.#header}\n`
    this.#begun = true
    const reasons = rejects.map(({raw: _, ...reason}) => `${JSON.stringify(reason)}\n`)
    await appendFile(file, header + rejects.map(({raw}) => `${raw}\n`).join(''))
    await appendFile(reasonsFile(file), reasons.join(''))
  }

  #lost(error: unknown): never {
    this.#kept = false
    throw error
  }

  /** Says on standard error what was set aside, if anything was. */
  report(read: number): void {
    const first = this.#first
    if (!first) return
    const many = this.count === 1 ? '1 record' : `${this.count} of ${read} records`
    const where = this.#file === undefined || !this.#kept ? 'could not be processed' : `set aside in ${this.#file}`
    const place = first.line === undefined ? '' : `, line ${first.line}`
    const raw = first.raw.length > 200 ? `${first.raw.slice(0, 199)}…` : first.raw
    complain(
      `${many} ${where}${this.count === 1 ? ': ' : '; the first: '}${first.step}: ${first.error}${place}: ${raw}`,
    )
  }
}
