import {declareTotal} from '../core/index.ts'
import type {TableFieldInput} from '../io/bigquery/index.ts'
import {fitAttributes} from './dead-letter-attributes.ts'
import {cutBytes, cutText, type DeadLetterFacts, factsOf, type SetAside} from './dead-letter-facts.ts'

/** A row of a dead-letter table, as {@link DEAD_LETTER_SCHEMA} describes it. */
export interface DeadLetterRow {
  timestamp: Date
  /** The payload as text; bytes that are not UTF-8 become U+FFFD. */
  payloadString: string
  payloadBytes: Buffer
  attributes: {key: string; value: string}[]
  errorMessage: string | null
  stacktrace: string | null
}

/**
 * The schema of the tables in which Dataflow's templates keep dead letters; give it to `writeToBigQuery` together with
 * {@link deadLetterRow}.
 */
export const DEAD_LETTER_SCHEMA: {readonly fields: readonly TableFieldInput[]} = {
  fields: [
    {name: 'timestamp', type: 'TIMESTAMP', mode: 'REQUIRED'},
    {name: 'payloadString', type: 'STRING', mode: 'REQUIRED'},
    {name: 'payloadBytes', type: 'BYTES', mode: 'REQUIRED'},
    {
      name: 'attributes',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        {name: 'key', type: 'STRING', mode: 'NULLABLE'},
        {name: 'value', type: 'STRING', mode: 'NULLABLE'},
      ],
    },
    {name: 'errorMessage', type: 'STRING', mode: 'NULLABLE'},
    {name: 'stacktrace', type: 'STRING', mode: 'NULLABLE'},
  ],
}

/** Most bytes of errorMessage and of stacktrace. */
const MAX_TEXT = 32 * 1024
/** Most bytes of an encoded payload: insertAll takes 10 MiB in a request, and the other fields need room too. */
const MAX_ENCODED = 8 * 1024 * 1024
/** Bytes kept of a payload that is too large. They always fit: a byte is encoded as 7.4 at most. */
const KEPT = 1024 * 1024

/**
 * Makes a row of a dead-letter table of what a stage has set aside.
 *
 * The payload is the element: the data of a Pub/Sub message (whose attributes become `attributes`), bytes and text as they
 * are, everything else as JSON. `errorMessage` begins with the name of the stage if that is known; it and `stacktrace` are
 * cut at 32 KiB, attributes at Pub/Sub's limits. A payload that would not fit into a request to BigQuery (8 MiB of JSON: from
 * 1 MiB of unprintable bytes to 3.4 MiB of plain text) is cut to 1 MiB, and `errorMessage` reports it.
 *
 * @param letter a DoFn's `DeadLetter`, a sink's `FailedRow`, or a reject of a source
 * @returns the row; it never throws
 *
 * @example
 * const parse = map((line: string) => JSON.parse(line), {onError: deadLetter('bad')})
 * parse.tagged('bad').pipe(map(deadLetterRow)).pipe(writeToBigQuery({table: 'my_dataset.bad', schema: DEAD_LETTER_SCHEMA}))
 */
export function deadLetterRow(letter: SetAside): DeadLetterRow {
  return toRow(factsOf(letter, new Date()))
}
declareTotal(deadLetterRow)

/** The facts as a row, cut to what BigQuery takes unless `whole`. */
export function toRow(facts: DeadLetterFacts, whole = false): DeadLetterRow {
  const {timestamp, stack} = facts
  const notes: string[] = []
  const {attributes, note} = fitAttributes(facts.attributes)
  if (note) notes.push(note)
  let {payload} = facts
  let text = payload.toString()
  if (!whole && payload.length > KEPT && encodedBytes(payload, text) > MAX_ENCODED) {
    notes.push(`of the ${payload.length} bytes of the payload the first ${KEPT} are kept`)
    payload = cutBytes(payload, KEPT)
    text = payload.toString()
  }
  return {
    timestamp,
    payloadString: text,
    payloadBytes: payload,
    attributes: attributes.map(([key, value]) => ({key, value})),
    errorMessage: errorText(facts.error, notes, MAX_TEXT),
    stacktrace: stack === undefined ? null : cutText(stack, MAX_TEXT),
  }
}

/** The error with notes on what was cut; the notes themselves are never cut. */
export function errorText(error: string | undefined, notes: readonly string[], maxBytes: number): string | null {
  const added = notes.length > 0 ? ` [${notes.join('; ')}]` : ''
  if (error === undefined) return added.trimStart() || null
  return cutText(error, maxBytes - Buffer.byteLength(added)) + added
}

function encodedBytes(payload: Buffer, text: string): number {
  return payload.length * (4 / 3) + Buffer.byteLength(JSON.stringify(text))
}
