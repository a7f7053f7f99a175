import {inspect} from 'node:util'
import type {FailedRow} from '../batching/index.ts'
import type {DeadLetter} from '../core/index.ts'
import {type CsvReject, jsonLine} from '../formats/index.ts'
import {isPubSubMessage} from '../io/pubsub/index.ts'

/**
 * What stages set aside: the dead letter of a DoFn or of a message that could not be decoded, the row that a sink could not
 * write, the record that `readFromCsv` could not read.
 */
export type SetAside = DeadLetter<unknown> | FailedRow | CsvReject

/** What is kept of everything that is set aside, whichever stage did it. */
export interface DeadLetterFacts {
  /** The element, in bytes. */
  readonly payload: Buffer
  /** Of the message that the element is; else none. */
  readonly attributes: readonly (readonly [key: string, value: string])[]
  /** Name of the stage and what went wrong; undefined when nothing says so. */
  readonly error: string | undefined
  readonly stack: string | undefined
  readonly stage: string | undefined
  readonly timestamp: Date
}

/** Takes apart what was set aside. `stage` and `now` stand in where it does not say itself by whom and when. */
export function factsOf(letter: unknown, now: Date, stage?: string): DeadLetterFacts {
  const {element, error, stack, stage: by = stage, timestamp} = partsOf(letter)
  return {
    payload: bytesOf(element),
    attributes: attributesOf(element),
    error: error && (by ? `${by}: ${error}` : error),
    stack: stack || undefined,
    stage: by,
    timestamp: timestamp ?? now,
  }
}

type Parts = {element: unknown} & Partial<Record<'error' | 'stack' | 'stage', string>> & {timestamp?: Date}

function partsOf(letter: unknown): Parts {
  if (typeof letter !== 'object' || letter === null) return {element: letter}
  if ('element' in letter && 'error' in letter) return letter as DeadLetter<unknown>
  if ('row' in letter && 'errors' in letter && Array.isArray(letter.errors)) {
    const {row, errors} = letter as FailedRow
    return {element: row, error: errors.map(reasonOf).join('; ')}
  }
  if ('raw' in letter && 'byteOffset' in letter) {
    const {raw, file, line, error} = letter as CsvReject
    return {element: raw, error: `${file}, line ${line}: ${error}`}
  }
  return {element: letter}
}

function reasonOf({reason, location, message}: FailedRow['errors'][number]): string {
  return `${location ? `${location}: ` : ''}${message ? `${message} (${reason})` : reason}`
}

function attributesOf(element: unknown): DeadLetterFacts['attributes'] {
  if (!isPubSubMessage(element)) return []
  return Object.entries(element.attributes ?? {}).map(([key, value]) => [
    wellFormed(key),
    wellFormed(typeof value === 'string' ? value : textOf(value)),
  ])
}

/** An element in bytes: a message's data, bytes and text as they are, everything else as JSON. */
function bytesOf(element: unknown): Buffer {
  if (isPubSubMessage(element)) return bytesOf(element.data)
  if (ArrayBuffer.isView(element)) return Buffer.from(element.buffer, element.byteOffset, element.byteLength)
  if (element instanceof ArrayBuffer) return Buffer.from(element)
  return Buffer.from(typeof element === 'string' ? element : textOf(element))
}

/** JSON, or what `util.inspect` shows of a value that has none. */
function textOf(element: unknown): string {
  try {
    return jsonLine(element)
  } catch {
    // it has no exact form; one that shows what it was is better than none
  }
  try {
    const json = JSON.stringify(element, plain)
    if (json !== undefined) return json
  } catch {
    // a circle, or a toJSON() that throws
  }
  return inspect(element, {depth: 8, maxArrayLength: null, maxStringLength: null, customInspect: false})
}

/** Nothing may turn into null or {} here: it may be just what the row was refused for. */
function plain(this: unknown, key: string, given: unknown): unknown {
  // as it was before its toJSON()
  const value = (this as Record<string, unknown>)[key]
  if (ArrayBuffer.isView(value)) return bytesOf(value).toString('base64')
  if (value instanceof Date && Number.isNaN(value.getTime())) return 'Invalid Date'
  if (typeof given === 'bigint' || (typeof given === 'number' && !Number.isFinite(given))) return String(given)
  return given instanceof Map || given instanceof Set ? [...given] : given
}

/** Half a surrogate pair has no UTF-8 form, and would make the dead letter a reject itself. */
export function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? Buffer.from(text).toString() : text
}

/** Text of at most so many bytes of UTF-8, with an ellipsis where it was cut. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return wellFormed(text)
  const bytes = Buffer.from(text)
  return bytes.length <= maxBytes ? wellFormed(text) : `${cutBytes(bytes, maxBytes - 3)}…`
}

/** The first bytes, at most so many, not ending within a character. */
export function cutBytes(bytes: Buffer, max: number): Buffer {
  if (bytes.length <= max) return bytes
  let end = max
  while (end > max - 3 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}
