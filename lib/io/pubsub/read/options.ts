import type {PubSub} from '@google-cloud/pubsub'
import {nodeOptions, type StageOptions} from '../../../core/index.ts'
import {badOption, booleanOption, durationOption, enumOption, integerOption} from '../../../errors/index.ts'
import {JSON_NUMBERS, type JsonNumbers} from '../../../formats/index.ts'
import {type Duration, parseSize, SIZE_FORMS, type Size} from '../../../util/index.ts'
import type {PubSubMessage} from '../messages/pubsub-message.ts'
import {checkPubSubClient} from '../service/pubsub-client.ts'
import {checkName} from '../service/resource-names.ts'

/** How the data of a message becomes an element. */
export type Decode = 'buffer' | 'text' | 'json' | ((data: Buffer, message: PubSubMessage) => unknown)

/** When messages are acknowledged. */
export type AckMode = 'on-commit' | 'manual' | 'on-read'

/** Options of `readFromPubSub`. */
export interface PubSubReadOptions extends StageOptions {
  /** `'projects/p/subscriptions/s'`, or `'s'` in the default project. */
  subscription?: string | undefined
  /** `'projects/p/topics/t'`, or `'t'`: reads through a subscription that lasts as long as the run. */
  topic?: string | undefined
  /**
   * Reads messages from files instead, local or `gs://`: one JSON object a line, `{data (base64), attributes, messageId,
   * publishTime, orderingKey}`.
   */
  replay?: string | readonly string[] | undefined
  /** Project for short names; default: that of the client, the environment or the credentials. */
  project?: string | undefined
  /**
   * `'on-commit'` (default): when everything derived from the message is committed. `'manual'`: elements are messages with
   * `ack()` and `nack()`. `'on-read'`: as soon as the message is handed on; a crash loses messages in progress.
   */
  ack?: AckMode | undefined
  /** `'buffer'` (default), `'text'` (UTF-8), `'json'`, or a function of the data. Messages that can't be decoded go to `tagged('rejects')`. */
  decode?: Decode | undefined
  /**
   * How `decode: 'json'` reads numbers that a JavaScript number can't represent. `'exact'` (default): an integer beyond
   * ±(2^53 - 1) is a BigInt, and a message with a number that would be rounded is a reject. `'text'`: strings of their digits.
   * `'double'`: rounded.
   */
  numbers?: JsonNumbers | undefined
  /** Elements are {@link PubSubMessage}s; default false: the data alone. */
  withAttributes?: boolean | undefined
  /** Attribute that identifies duplicates and supplies the ids of elements; default: the message id. */
  idAttribute?: string | undefined
  /** Attribute that holds the event time, in milliseconds or RFC 3339; default: the publish time. */
  timestampAttribute?: string | undefined
  /** Maximum number of unsettled messages over all streams; default 1,000. */
  maxOutstanding?: number | undefined
  /** Maximum bytes of such messages; default 100 MB. A single larger message still passes, alone. */
  maxOutstandingBytes?: Size | undefined
  /** Longest time for which the lease of a message is extended; default 60 min. */
  maxLease?: Duration | undefined
  /** Number of concurrent streams; default 1. One stream carries about 10 MB/s. */
  streams?: number | undefined
  /** Acknowledged messages whose ids are remembered for 10 minutes, to recognise duplicates; default 100,000, 0 for none. */
  dedupWindow?: number | undefined
  /**
   * The watermark is the smallest timestamp of messages that arrived within this time; default 60 s, as in Beam. A longer window
   * tolerates more disorder, and makes windows close later.
   */
  watermarkWindow?: Duration | undefined
  /**
   * How long the watermark stays unknown after the start; default 60 s. Messages that an earlier process left unacknowledged are
   * redelivered when their ack deadline expires, and would otherwise be late. Give at least the longest `ackDeadlineSeconds` of
   * that process (at most 10 min), or 0 if there was no earlier process. With `topic` it is 0.
   */
  restartHold?: Duration | undefined
  /** A client to use; default: one made from Application Default Credentials and the environment. */
  client?: PubSub | undefined
  /** Allows a job that reads from an emulator and writes to Google Cloud, or vice versa; default false. */
  allowMixedTargets?: boolean | undefined
}

const NAMES = [
  'subscription',
  'topic',
  'replay',
  'project',
  'ack',
  'decode',
  'numbers',
  'withAttributes',
  'idAttribute',
  'timestampAttribute',
  'maxOutstanding',
  'maxOutstandingBytes',
  'maxLease',
  'streams',
  'dedupWindow',
  'watermarkWindow',
  'restartHold',
  'client',
  'allowMixedTargets',
] as const

/** Defaults of reading. */
const DEFAULT = {
  maxOutstanding: 1000,
  maxOutstandingBytes: 100_000_000,
  maxLease: 60 * 60_000,
  dedupWindow: 100_000,
  watermarkWindow: 60_000,
  restartHold: 60_000,
}

/** The checked options, with defaults filled in, in bytes and milliseconds. */
export type PubSubReadConfig = ReturnType<typeof parseReadOptions>

/** Checks the options and reports everything that can be found wrong before the first request. */
export function parseReadOptions(options: PubSubReadOptions) {
  const where = typeof options?.name === 'string' && options.name ? options.name : 'readFromPubSub'
  if (options === undefined) throw badOption(where, 'options', options, "an object such as {subscription: 'my-sub'}")
  nodeOptions(where, options, NAMES)
  checkOrigin(where, options)
  const ack = enumOption(where, 'ack', options.ack, 'on-commit', ['on-commit', 'manual', 'on-read'] as const)
  if (ack === 'manual' && options.withAttributes === false)
    throw badOption(
      where,
      'withAttributes',
      false,
      "true with ack: 'manual': elements are messages with ack() and nack()",
    )
  if (options.numbers !== undefined && options.decode !== 'json')
    throw badOption(where, 'numbers', options.numbers, "it only with decode: 'json'")
  const bytes = options.maxOutstandingBytes ?? DEFAULT.maxOutstandingBytes
  const maxOutstandingBytes = parseSize(bytes)
  if (!maxOutstandingBytes) throw badOption(where, 'maxOutstandingBytes', bytes, SIZE_FORMS)
  checkPubSubClient(where, options.client)
  return {
    where,
    options,
    ack,
    decode: decodeOption(where, options.decode),
    numbers: enumOption(where, 'numbers', options.numbers, 'exact', JSON_NUMBERS),
    withAttributes: booleanOption(where, 'withAttributes', options.withAttributes, false) || ack === 'manual',
    idAttribute: attributeOption(where, 'idAttribute', options.idAttribute),
    timestampAttribute: attributeOption(where, 'timestampAttribute', options.timestampAttribute),
    maxOutstanding: integerOption(where, 'maxOutstanding', options.maxOutstanding, DEFAULT.maxOutstanding, 1),
    maxOutstandingBytes,
    maxLease: durationOption(where, 'maxLease', options.maxLease, DEFAULT.maxLease, 1000),
    streams: integerOption(where, 'streams', options.streams, 1, 1, 100),
    dedupWindow: integerOption(where, 'dedupWindow', options.dedupWindow, DEFAULT.dedupWindow, 0),
    watermarkWindow: durationOption(where, 'watermarkWindow', options.watermarkWindow, DEFAULT.watermarkWindow, 1000),
    restartHold: durationOption(where, 'restartHold', options.restartHold, DEFAULT.restartHold, 0),
    allowMixedTargets: booleanOption(where, 'allowMixedTargets', options.allowMixedTargets, false),
  }
}

function checkOrigin(where: string, options: PubSubReadOptions): void {
  const given = (['subscription', 'topic', 'replay'] as const).filter(name => options[name] !== undefined)
  if (given.length !== 1)
    throw badOption(
      where,
      'subscription',
      options.subscription,
      `one of \`subscription\`, \`topic\` and \`replay\` (given: ${given.join(' and ') || 'none'})`,
    )
  if (options.subscription !== undefined) checkName(where, 'subscription', 'subscriptions', options.subscription)
  if (options.topic !== undefined) checkName(where, 'topic', 'topics', options.topic)
  const {project} = options
  if (project !== undefined && (typeof project !== 'string' || !/^[a-z][a-z0-9.:-]*[a-z0-9]$/.test(project)))
    throw badOption(where, 'project', project, "a project id, such as 'my-project'")
}

function decodeOption(where: string, decode: Decode | undefined): Decode {
  if (decode === undefined) return 'buffer'
  if (typeof decode === 'function' || ['buffer', 'text', 'json'].includes(decode)) return decode
  throw badOption(where, 'decode', decode, "'buffer', 'text', 'json', or a function of the data")
}

function attributeOption(where: string, option: string, name: string | undefined): string | undefined {
  if (name === undefined || (typeof name === 'string' && name !== '')) return name
  throw badOption(where, option, name, 'the name of an attribute')
}
