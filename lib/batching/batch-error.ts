import {SluiceError} from '../errors/index.ts'
import type {RowError} from './batch-writer.ts'

/** A row that a sink could not write, with every reason that the service gave. */
export interface FailedRow<Row = unknown> {
  row: Row
  errors: RowError[]
  /** The id that the row was sent under. */
  insertId?: string | undefined
}

/**
 * Rows were refused, and no dead letter takes them: how many, the first 100 with their reasons, and how many rows had been
 * written by then.
 *
 * @example
 * try {
 *   await chain(readFromCsv('orders.csv'), writeToBigQuery({table: 'shop.orders'}))
 * } catch (error) {
 *   if (error instanceof BatchError) for (const {row, errors} of error.rows) console.error(row, errors)
 * }
 */
export class BatchError extends SluiceError {
  /** How many rows were refused. */
  readonly count: number
  /** The first 100 refused rows. Not enumerable, since rows may be private. */
  declare readonly rows: readonly FailedRow[]
  /** How many rows of this run had been written. */
  readonly written: number

  constructor(stage: string, target: string, facts: {count: number; rows: readonly FailedRow[]; written: number}) {
    const {count, rows, written} = facts
    super('ERR_SLUICE_BATCH', `${stage}: ${describe(target, count, rows)}. ${writtenNote(target, written)}`, {stage})
    this.count = count
    this.written = written
    Object.defineProperty(this, 'rows', {value: rows, enumerable: false, configurable: true})
  }
}

/** What matters to a re-run: "N rows are already in TABLE; running again appends them again". */
export function writtenNote(target: string, written: number): string {
  if (written === 0) return `No row of this run is in ${target} yet`
  const are = written === 1 ? 'row is' : 'rows are'
  return `${written} ${are} already in ${target}; running again appends ${written === 1 ? 'it' : 'them'} again`
}

function describe(target: string, count: number, rows: readonly FailedRow[]): string {
  const reasons = new Map<string, number>()
  for (const {errors} of rows) {
    const {reason, location, message} = errors[0] ?? {reason: 'unknown', location: '', message: ''}
    const text = `${location ? `field \`${location}\`: ` : ''}${message || reason}${message ? ` (${reason})` : ''}`
    reasons.set(text, (reasons.get(text) ?? 0) + 1)
  }
  const shown = [...reasons].slice(0, 3).map(([text, n]) => (n > 1 ? `${text}, ${n} times` : text))
  const more = reasons.size > 3 ? `; and ${reasons.size - 3} other reasons` : ''
  return (
    `${target} refused ${count} ${count === 1 ? 'row' : 'rows'}: ${shown.join('; ')}${more}. ` +
    'Read `failedRows()` or give `deadLetter: sink` to set such rows aside and continue'
  )
}
