import type {FailedRow, RowError} from '../batching/index.ts'
import {type Bundle, type DeadLetter, Sink} from '../core/index.ts'
import type {CsvReject} from '../formats/index.ts'
import type {Reject, RejectLog} from './reject-log.ts'

/** Takes whatever a step sets aside: dead letters, rejects of the reader, rows that the table refused. */
export class RejectSink extends Sink<unknown> {
  readonly #log: RejectLog
  readonly #step: string
  readonly #rawOf: (element: unknown) => string

  /** @param rawOf the element in the format of the input */
  constructor(log: RejectLog, step: string, rawOf: (element: unknown) => string) {
    super({name: `${step} rejects`})
    this.#log = log
    this.#step = step
    this.#rawOf = rawOf
  }

  override async writeBundle({values, ids}: Bundle<unknown>): Promise<void> {
    await this.#log.add(values.map((value, i) => ({step: this.#step, ...this.#reject(value), ...placeOf(ids, i)})))
  }

  override commit(): void {}

  #reject(value: unknown): Pick<Reject, 'error' | 'raw' | 'line'> {
    const given = value as Partial<CsvReject & DeadLetter<unknown> & FailedRow>
    if (typeof given.raw === 'string') return {error: String(given.error), raw: given.raw, line: given.line}
    if ('row' in given) return {error: (given.errors ?? []).map(reasonOf).join('; '), raw: this.#rawOf(given.row)}
    return {error: String(given.error), raw: this.#rawOf(given.element)}
  }
}

function reasonOf({location, message, reason}: RowError): string {
  return `${location === '' ? '' : `field '${location}': `}${message || reason}`
}

/** Ids begin with the byte at which the record began that the value was made of. */
function placeOf(ids: Bundle<unknown>['ids'], i: number): Pick<Reject, 'file' | 'byteOffset'> {
  if (!ids) return {}
  const offset = /^\d+/.exec(ids.at(i))?.[0]
  const hash = ids.prefix.lastIndexOf('#')
  if (offset === undefined || hash < 0) return {}
  return {file: ids.prefix.slice(0, hash), byteOffset: Number(offset)}
}
