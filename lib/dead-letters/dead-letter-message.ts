import {declareTotal} from '../core/index.ts'
import {PubSubMessage} from '../io/pubsub/index.ts'
import {fitAttributes, MAX_VALUE} from './dead-letter-attributes.ts'
import {cutBytes, cutText, type DeadLetterFacts, factsOf, type SetAside} from './dead-letter-facts.ts'
import {errorText} from './dead-letter-row.ts'

/** Most bytes of data; a publish takes 10 MB, attributes included: https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_DATA = 9_800_000
/** Attributes of a dead letter besides those of the message: `errorMessage`, `stage`, `timestamp`, the id of the sink. */
const OWN = 4

/**
 * Makes a Pub/Sub message of what a stage has set aside, for a dead-letter topic.
 *
 * The data is the element: the data of a message, bytes and text as they are, everything else as JSON. Attributes are those
 * of the message, and `errorMessage`, `stage` and `timestamp`; they are cut to Pub/Sub's limits (1,024 bytes a value, 100
 * attributes), and those that only Google may set (`goog…`) are left out. There is no ordering key. An element of more
 * than 9.8 MB is cut to 9.8 MB. `errorMessage` reports what was cut.
 *
 * @param letter a DoFn's `DeadLetter`, a sink's `FailedRow`, or a reject of a source
 * @returns the message; it never throws
 *
 * @example
 * const parse = map((line: string) => JSON.parse(line), {onError: deadLetter('bad')})
 * parse.tagged('bad').pipe(map(deadLetterMessage)).pipe(writeToPubSub({topic: 'rejects'}))
 */
export function deadLetterMessage(letter: SetAside): PubSubMessage {
  return toMessage(factsOf(letter, new Date()))
}
declareTotal(deadLetterMessage)

/** The facts as a message. */
export function toMessage({payload, error, stage, timestamp, ...facts}: DeadLetterFacts): PubSubMessage {
  const given = facts.attributes.filter(([key]) => key !== '' && !key.startsWith('goog'))
  const {attributes, note} = fitAttributes(given, OWN)
  const notes = note ? [note] : []
  if (payload.length > MAX_DATA)
    notes.push(`of the ${payload.length} bytes of the payload the first ${MAX_DATA} are kept`)
  const errorMessage = errorText(error, notes, MAX_VALUE)
  return new PubSubMessage({
    data: cutBytes(payload, MAX_DATA),
    attributes: {
      ...Object.fromEntries(attributes),
      ...(errorMessage !== null && {errorMessage}),
      ...(stage !== undefined && {stage: cutText(stage, MAX_VALUE)}),
      timestamp: timestamp.toISOString(),
    },
  })
}
