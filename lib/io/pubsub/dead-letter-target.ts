import type {PubSubSinkOptions} from './write/options.ts'

/** The options of a dead-letter topic. */
export const DEAD_LETTER_TOPIC_OPTIONS = [
  'topic',
  'project',
  'idAttribute',
  'batch',
  'requestTimeout',
  'retryFor',
  'client',
] as const satisfies readonly (keyof PubSubSinkOptions)[]

/** The option `deadLetter` for a Pub/Sub topic: `topic`, and the request options of `writeToPubSub`. */
export interface DeadLetterTopic
  extends Pick<PubSubSinkOptions, Exclude<(typeof DEAD_LETTER_TOPIC_OPTIONS)[number], 'topic'>> {
  /** `'projects/p/topics/t'`, or `'t'` in the default project. It must exist. */
  topic: string
}

declare module '../../batching/dead-letter-port.ts' {
  interface DeadLetterTargets {
    topic: DeadLetterTopic
  }
}
