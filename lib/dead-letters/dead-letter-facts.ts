import type {FailedRow} from '../batching/index.ts'
import type {DeadLetter} from '../core/index.ts'
import type {FileReject} from '../files/index.ts'
import {type CsvReject, plainJson} from '../formats/index.ts'
import {isPubSubMessage} from '../io/pubsub/index.ts'

/**
 * What a stage sets aside: the dead letter of a DoFn or of a message that could not be decoded, a row that a sink could not
 * write, or a record that a source of files could not read.
 */
export type SetAside = DeadLetter<unknown> | FailedRow | CsvReject | FileReject

/** What is kept of anything that a stage sets aside. */
export interface DeadLetterFacts {
  /** The element as bytes. */
  readonly payload: Buffer
  /** Attributes of an element that is a message; for a CSV record, `header` of its file; otherwise empty. */
  readonly attributes: readonly (readonly [key: string, value: string])[]
  /** Name of the stage and what went wrong; undefined if unknown. */
  readonly error: string | undefined
  readonly stack: string | undefined
  readonly stage: string | undefined
  readonly timestamp: Date
}

/** The facts of what was set aside. `stage` and `now` are used if it does not name its stage and time. */
export function factsOf(letter: unknown, now: Date, stage?: string): DeadLetterFacts {
  const {
    element,
    attributes,
    error,
    stack,
    stage: by = stage,
    timestamp,
  } = safely(() => partsOf(letter), {
    element: letter,
  })
  return {
    payload: safely(() => bytesOf(element), Buffer.from(UNREADABLE)),
    attributes: attributes ?? safely(() => attributesOf(element), []),
    error: error && (by ? `${by}: ${error}` : error),
    stack: stack || undefined,
    stage: by,
    timestamp: timestamp ?? now,
  }
}

type Parts = {element: unknown; timestamp?: Date; attributes?: DeadLetterFacts['attributes']} & Partial<
  Record<'error' | 'stack' | 'stage', string>
>

const UNREADABLE = '[unreadable]'

/** Setting aside must not fail, even for a value that throws when it is read. */
function safely<T>(look: () => T, otherwise: T): T {
  try {
    return look()
  } catch {
    return otherwise
  }
}

function partsOf(letter: unknown): Parts {
  if (typeof letter !== 'object' || letter === null) return {element: letter}
  if ('element' in letter && 'error' in letter) return letter as DeadLetter<unknown>
  if ('row' in letter && 'errors' in letter && Array.isArray(letter.errors)) {
    const {row, errors} = letter as FailedRow
    return {element: row, error: errors.map(reasonOf).join('; ')}
  }
  if ('raw' in letter && 'byteOffset' in letter) {
    const {raw, rawBase64, header, file, line, error} = letter as CsvReject
    const attributes = header === undefined ? [] : [['header', header] as const]
    const element = rawBase64 === undefined ? raw : Buffer.from(rawBase64, 'base64')
    return {element, attributes, error: `${file}, line ${line}: ${error}`}
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

/** An element as bytes: the data of a message, bytes and text as they are, everything else as JSON. */
function bytesOf(element: unknown): Buffer {
  if (isPubSubMessage(element)) return bytesOf(element.data)
  if (ArrayBuffer.isView(element)) return Buffer.from(element.buffer, element.byteOffset, element.byteLength)
  if (element instanceof ArrayBuffer) return Buffer.from(element)
  return Buffer.from(typeof element === 'string' ? element : textOf(element))
}

/** JSON; for a value without a JSON form, text that shows what it was. */
function textOf(element: unknown): string {
  if (element === undefined || typeof element === 'symbol' || typeof element === 'function') return String(element)
  return plainJson(element)
}

/** Replaces half surrogate pairs, which have no UTF-8 form: the dead letter would be refused itself. */
function wellFormed(text: string): string {
  return /[\ud800-\udfff]/.test(text) ? Buffer.from(text).toString() : text
}

/** Cuts text to at most `maxBytes` of UTF-8, with an ellipsis. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return wellFormed(text)
  const bytes = Buffer.from(text)
  return bytes.length <= maxBytes ? wellFormed(text) : `${cutBytes(bytes, maxBytes - 3)}…`
}

/** The first bytes, at most `max`, without half a character at the end. */
export function cutBytes(bytes: Buffer, max: number): Buffer {
  if (bytes.length <= max) return bytes
  let end = max
  while (end > max - 3 && (bytes[end]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end)
}
