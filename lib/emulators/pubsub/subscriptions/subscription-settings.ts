import {type PushConfig, readPushConfig, type WirePushConfig} from '../push/push-config.ts'
import {CODE, invalid, PubSubError, unsupported} from '../wire/grpc-code.ts'
import {checkName} from '../wire/names.ts'
import {fromMs, toMs, type WireSubscription} from '../wire/wire.ts'
import {type Filter, parseFilter} from './filter.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

/** A subscription's settings, checked, with defaults, times in milliseconds. */
export interface Settings {
  readonly ackDeadline: number
  readonly retention: number
  /** Undefined: it never expires. */
  readonly ttl: number | undefined
  readonly deadLetter: {topic: string; maxAttempts: number} | undefined
  readonly retry: {min: number; max: number} | undefined
  readonly filter: Filter | undefined
  readonly ordered: boolean
  readonly exactlyOnce: boolean
  readonly retainAcked: boolean
  /** Undefined: messages are pulled. */
  readonly push: PushConfig | undefined
  /** As `GetSubscription` answers it, with the defaults filled in. */
  readonly wire: WireSubscription
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  bigqueryConfig: 'a BigQuery subscription',
  cloudStorageConfig: 'a Cloud Storage subscription',
  bigtableConfig: 'a Bigtable subscription',
}

/** Checks a subscription as it was sent and fills in the service's defaults. */
export function readSettings(given: WireSubscription): Settings {
  checkName('subscriptions', given.name)
  const pushConfig = given['pushConfig'] as WirePushConfig | null | undefined
  const push = readPushConfig(pushConfig)
  if (push && given.enableExactlyOnceDelivery) throw invalid('A push subscription cannot have exactly-once delivery.')
  for (const [field, what] of Object.entries(UNSUPPORTED)) if (given[field]) throw unsupported(what)
  const transforms = given['messageTransforms']
  if (Array.isArray(transforms) && transforms.length > 0) throw unsupported('a message transform')
  const ackDeadline = range('ack_deadline_seconds', given.ackDeadlineSeconds || 10, 10, 600)
  const retention = toMs(given.messageRetentionDuration) || 7 * DAY
  range('message_retention_duration', retention / SECOND, (10 * MINUTE) / SECOND, (31 * DAY) / SECOND)
  const policy = given.expirationPolicy ?? {ttl: fromMs(31 * DAY)}
  const ttl = toMs(policy.ttl)
  if (ttl !== undefined) range('expiration_policy.ttl', ttl / SECOND, Math.max(DAY, retention) / SECOND)
  const deadLetter = readDeadLetter(given.deadLetterPolicy)
  const retry = readRetry(given.retryPolicy)
  return {
    ackDeadline: ackDeadline * SECOND,
    retention,
    ttl,
    deadLetter,
    retry,
    filter: parseFilter(given.filter),
    ordered: given.enableMessageOrdering,
    exactlyOnce: given.enableExactlyOnceDelivery,
    retainAcked: given.retainAckedMessages,
    push,
    wire: {
      ...given,
      pushConfig: pushConfig ?? {},
      ackDeadlineSeconds: ackDeadline,
      messageRetentionDuration: fromMs(retention),
      expirationPolicy: policy,
      deadLetterPolicy: deadLetter
        ? {deadLetterTopic: deadLetter.topic, maxDeliveryAttempts: deadLetter.maxAttempts}
        : null,
      retryPolicy: retry ? {minimumBackoff: fromMs(retry.min), maximumBackoff: fromMs(retry.max)} : null,
      state: 'ACTIVE',
    },
  }
}

const UPDATABLE = [
  'ackDeadlineSeconds',
  'pushConfig',
  'retainAckedMessages',
  'messageRetentionDuration',
  'labels',
  'expirationPolicy',
  'deadLetterPolicy',
  'retryPolicy',
  'enableExactlyOnceDelivery',
]

/** The settings after an update of the fields that the mask names. */
export function updateSettings(current: Settings, given: WireSubscription, mask: readonly string[]): Settings {
  return readSettings(applyMask(current.wire, given, mask, UPDATABLE))
}

/** A copy with the fields of a mask taken from `given`; a mask that is empty or names other fields is refused. */
export function applyMask<T extends Record<string, unknown>>(
  current: T,
  given: T,
  mask: readonly string[],
  updatable: readonly string[],
): T {
  if (mask.length === 0) throw invalid('The update_mask in the request must name at least one field.')
  const changed: Record<string, unknown> = {...current}
  for (const path of mask) {
    const [field = '', part] = path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()).split('.')
    if (!updatable.includes(field))
      throw invalid(`Invalid update_mask provided in the UpdateRequest: ${path} is unknown or cannot be changed.`)
    const inner = (value: unknown) => (value ?? {}) as Record<string, unknown>
    changed[field] =
      part === undefined ? given[field] : {...inner(changed[field]), [part]: inner(given[field])[part] ?? null}
  }
  return changed as T
}

function readDeadLetter(given: WireSubscription['deadLetterPolicy']): Settings['deadLetter'] {
  if (!given?.deadLetterTopic) return undefined
  checkName('topics', given.deadLetterTopic)
  const maxAttempts = range('dead_letter_policy.max_delivery_attempts', given.maxDeliveryAttempts || 5, 5, 100)
  return {topic: given.deadLetterTopic, maxAttempts}
}

function readRetry(given: WireSubscription['retryPolicy']): Settings['retry'] {
  if (!given) return undefined
  const min = toMs(given.minimumBackoff) ?? 10 * SECOND
  const max = toMs(given.maximumBackoff) ?? 600 * SECOND
  range('retry_policy.minimum_backoff', min / SECOND, 0, 600)
  range('retry_policy.maximum_backoff', max / SECOND, 0, 600)
  if (min > max) throw invalid('retry_policy.minimum_backoff is more than retry_policy.maximum_backoff.')
  return {min, max}
}

function range(field: string, value: number, min: number, max = Number.POSITIVE_INFINITY): number {
  if (value >= min && value <= max) return value
  const allowed = max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`
  throw new PubSubError(CODE.INVALID_ARGUMENT, `Invalid ${field}: ${value}. It must be ${allowed} (seconds or count).`)
}
