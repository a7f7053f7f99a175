import type {RowError} from '../../../batching/index.ts'
import {type Bundle, originOf, type RecordOrigin, Sink} from '../../../core/index.ts'
import {placeOfStack, placeText} from '../../report/failure.ts'
import {shellWords} from '../../report/shell-words.ts'
import {sourceStack} from '../../report/source-position.ts'
import type {Reject, RejectLog} from './reject-log.ts'

type Found = Pick<Reject, 'error' | 'element' | 'line' | 'at' | 'stack'>

/** Receives everything a step sets aside: dead letters, the reader's rejects, rows refused by the table. */
export class RejectSink extends Sink<unknown> {
  readonly #log: Pick<RejectLog, 'add'>
  readonly #step: string
  readonly #tag: string

  /** @param tag the tagged output of the step that feeds this sink */
  constructor(log: Pick<RejectLog, 'add'>, step: string, tag: string) {
    super({name: `${step} ${tag}`})
    this.#log = log
    this.#step = step
    this.#tag = tag
  }

  override async writeBundle({values, ids}: Bundle<unknown>): Promise<void> {
    await this.#log.add(values.map((value, i) => this.#reject(value, originOf(ids, i))))
  }

  override commit(): void {}

  #reject(value: unknown, origin: RecordOrigin | undefined): Reject {
    let found: Found | undefined
    try {
      found = partsOf(value, origin)
    } catch {
      // a user-defined tag may carry anything
    }
    found ??= {error: `it came out of the output '${this.#tag}'`, element: value}
    return {step: this.#step, origin, ...found, error: shellWords(found.error)}
  }
}

type Fields = Readonly<Record<string, unknown>>

function partsOf(value: unknown, origin: RecordOrigin | undefined): Found | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const {raw, line, byteOffset, row, errors, error, element, stack} = value as Fields
  if (Array.isArray(errors)) return {error: (errors as RowError[]).map(reasonOf).join('; '), element: row}
  if (typeof error !== 'string') return undefined
  if ('element' in value) return {error, element, ...thrownAt(stack)}
  // a step's `line` may count something other than lines of the file
  return {error, element: raw, ...(byteOffset === origin?.offset && {line: line as number})}
}

/** The frame in the user's own code where a step threw. */
function thrownAt(stack: unknown): Pick<Reject, 'at' | 'stack'> {
  const at = typeof stack === 'string' && stack !== '' ? placeOfStack(stack) : undefined
  return at ? {at: placeText(at), stack: sourceStack(stack as string)} : {}
}

function reasonOf({location, message, reason}: RowError): string {
  return `${location === '' ? '' : `field '${location}': `}${message || reason}`
}
