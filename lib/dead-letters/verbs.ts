import {fillDeadLetterPort} from '../batching/index.ts'
import {writeToBigQuery as bigQueryVerb} from '../io/bigquery/index.ts'
import {writeToPubSub as pubSubVerb} from '../io/pubsub/index.ts'
import {openDeadLetter} from './open-dead-letter.ts'

// The verbs as the package exports them, with the dead-letter port filled. Each call fills it: package.json declares no side
// effects, so a bundler would drop an import that only fills the port, and a verb that is not used must not pull the connectors
// into a user's bundle.

export const writeToBigQuery: typeof bigQueryVerb = options => {
  fillDeadLetterPort(openDeadLetter)
  return bigQueryVerb(options)
}

export const writeToPubSub: typeof pubSubVerb = options => {
  fillDeadLetterPort(openDeadLetter)
  return pubSubVerb(options)
}
