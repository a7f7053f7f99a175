import {cutText} from './dead-letter-facts.ts'

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const MAX_ATTRIBUTES = 100
const MAX_KEY = 256
/** Most bytes of a value. */
export const MAX_VALUE = 1024

type Pair = readonly [key: string, value: string]

/** Cuts attributes to Pub/Sub's limits for a message, leaving `room` for others; `note` reports that some were cut. */
export function fitAttributes(given: readonly Pair[], room = 0): {attributes: Pair[]; note: string | undefined} {
  const attributes = given
    .slice(0, MAX_ATTRIBUTES - room)
    .map(([key, value]): Pair => [cutText(key, MAX_KEY), cutText(value, MAX_VALUE)])
  const cut =
    attributes.length < given.length ||
    attributes.some(([key, value], i) => key.length < given[i]![0].length || value.length < given[i]![1].length)
  return {attributes, note: cut ? `attributes are cut: ${given.length} were too many or too long` : undefined}
}
