import {type Bundle, Sink} from 'sluice'

/** A record that did not become a row. */
export interface Reject {
  record: string
  reason: string
}

/** Longest text of a record or a reason in an answer. */
const LONGEST = 1000

/** Counts the rejects of an upload and keeps the first ones for the answer. */
export class Rejects extends Sink<Reject> {
  readonly #max: number
  readonly records: Reject[] = []
  count = 0

  constructor(max: number) {
    super()
    this.#max = max
  }

  override writeBundle({values}: Bundle<Reject>): void {
    this.count += values.length
    for (const {record, reason} of values.slice(0, this.#max - this.records.length))
      this.records.push({record: cut(record), reason: cut(reason)})
  }

  override commit(): void {}
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
