import type {RowError} from '../batching/index.ts'
import {type Bundle, originOf, Sink} from '../core/index.ts'
import type {Reject, RejectLog} from './reject-log.ts'

type Found = Pick<Reject, 'error' | 'element' | 'line'>

/** Takes whatever a step sets aside: dead letters, rejects of the reader, rows that the table refused. */
export class RejectSink extends Sink<unknown> {
  readonly #log: RejectLog
  readonly #step: string
  readonly #tag: string

  /** @param tag the output of the step that it reads */
  constructor(log: RejectLog, step: string, tag: string) {
    super({name: `${step} ${tag}`})
    this.#log = log
    this.#step = step
    this.#tag = tag
  }

  override async writeBundle({values, ids}: Bundle<unknown>): Promise<void> {
    const rejects = values.map((value, i) => ({step: this.#step, origin: originOf(ids, i), ...this.#found(value)}))
    await this.#log.add(rejects)
  }

  override commit(): void {}

  #found(value: unknown): Found {
    try {
      const found = partsOf(value)
      if (found) return found
    } catch {
      // an output of a step of the user's may be anything
    }
    return {error: `it came out of the output '${this.#tag}'`, element: value}
  }
}

type Fields = Readonly<Record<string, unknown>>

function partsOf(value: unknown): Found | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const {raw, rawBytes, line, row, errors, error, element} = value as Fields
  if (Array.isArray(errors)) return {error: (errors as RowError[]).map(reasonOf).join('; '), element: row}
  if (typeof error !== 'string') return undefined
  if ('element' in value) return {error, element}
  return {error, element: rawBytes ?? raw, ...(typeof line === 'number' && {line})}
}

function reasonOf({location, message, reason}: RowError): string {
  return `${location === '' ? '' : `field '${location}': `}${message || reason}`
}
