import type {Source} from '../../core/index.ts'
import type {PubSubMessage} from './messages/pubsub-message.ts'
import type {ManualMessage} from './read/decoder.ts'
import {type PubSubReadOptions, parseReadOptions} from './read/options.ts'
import {PubSubSource} from './read/pubsub-source.ts'
import type {PubSubTags} from './read/rejects.ts'
import {ReplaySource} from './read/replay-source.ts'

/** The type that the option `decode` makes of a message's data. */
type Data<O> = O extends {decode: infer D}
  ? D extends (data: Buffer, message: PubSubMessage) => infer T
    ? T
    : D extends 'text'
      ? string
      : D extends 'json'
        ? unknown
        : Buffer
  : Buffer

/** The element type, given the options `ack` and `withAttributes`. */
type Shape<O, T> = O extends {ack: 'manual'}
  ? ManualMessage<T>
  : O extends {withAttributes: true}
    ? PubSubMessage<T>
    : T

/** Whether there can be rejects. */
type Tags<O> = O extends {timestampAttribute: string}
  ? PubSubTags
  : O extends {decode: infer D}
    ? D extends 'buffer'
      ? {}
      : PubSubTags
    : {}

/**
 * Reads a Pub/Sub subscription, and acknowledges each message only when everything derived from it is committed, set aside in a
 * dead letter, or dropped by a filter.
 *
 * Elements are the data as Buffers; `decode` turns them into text, JSON or anything else, and `withAttributes: true` emits
 * {@link PubSubMessage}s. Messages that can't be decoded, or have no valid timestamp, go to `tagged('rejects')`, an output that
 * must then be read. The event time is the publish time, or `timestampAttribute`. The watermark is the smallest timestamp of
 * the last minute; it is unknown for a minute after the start (`restartHold`), does not pass a message that is unacknowledged
 * or was given back, and follows the clock while the subscription is idle. Ids are the message ids (or `idAttribute`), so
 * `writeToBigQuery` gives a message that is delivered twice the same insertId.
 *
 * It never ends by itself: `drain()`, a run's `drain()`, or an AbortSignal stops it. It requests nothing until it is read.
 *
 * **Delivery**: at least once. No message is lost, however the process ends. A message is processed twice if the service
 * redelivers it after its acknowledgement was lost, after the process ended, or after its lease could not be extended; within
 * one process such copies are recognised for 10 minutes (`dedupWindow`). With `ack: 'on-read'`, at most once. Leases are
 * extended, up to `maxLease`; at most `maxOutstanding` messages are outstanding. With ordering keys, messages arrive in the
 * order of their key, and stages keep it (except with `ordered: false`).
 *
 * Permissions: `pubsub.subscriptions.consume` on the subscription; with `topic` also `pubsub.subscriptions.create` and
 * `.delete`, and `pubsub.topics.attachSubscription`.
 *
 * Metrics: `received`, `acked`, `nacked`, `duplicates`, `redelivered`, `rejected`, `leasesGivenUp`, `lostAcks`, `streams`,
 * `streamsReplaced`, `retries`; current values: `outstanding`, `outstandingBytes`, `backlog` (received but not handed on),
 * `oldestUnackedMs`, `ackDeadlineSeconds`.
 *
 * @param options `subscription`, `topic` (a temporary subscription, deleted at the end) or `replay` (files of messages); for the
 * other options and their defaults see {@link PubSubReadOptions}
 * @throws {SluiceError} at construction `ERR_SLUICE_OPTION`; `ERR_SLUICE_LEASE` when it is connected to a stream that can't
 * carry acknowledgements; during the run `ERR_SLUICE_NOT_FOUND`, `ERR_SLUICE_PERMISSION`, `ERR_SLUICE_CREDENTIALS`,
 * `ERR_SLUICE_PUBSUB`, `ERR_SLUICE_UNCLAIMED_DEAD_LETTER` (a reject while `rejects` is not read), `ERR_SLUICE_DRAIN`. Transient
 * failures are retried indefinitely, with occasional warnings.
 *
 * @example
 * const source = readFromPubSub({subscription: 'projects/my-project/subscriptions/my-subscription'})
 * process.once('SIGTERM', () => source.drain({deadline: '8s'}))
 * await chain(
 *   source,
 *   map(data => ({text: data.toString()})),
 *   writeToBigQuery({table: 'my-table', dataset: 'my_dataset', schema: 'text:STRING'}),
 * )
 */
export function readFromPubSub<T>(
  options: PubSubReadOptions & {decode: 'json'; ack: 'manual'},
): Source<ManualMessage<T>, PubSubTags>
export function readFromPubSub<T>(
  options: PubSubReadOptions & {decode: 'json'; withAttributes: true; ack?: 'on-commit' | 'on-read' | undefined},
): Source<PubSubMessage<T>, PubSubTags>
export function readFromPubSub<T>(
  options: PubSubReadOptions & {
    decode: 'json'
    withAttributes?: false | undefined
    ack?: 'on-commit' | 'on-read' | undefined
  },
): Source<T, PubSubTags>
export function readFromPubSub<const O extends PubSubReadOptions>(
  // makes unknown option names errors, which a type parameter alone would accept
  options: O & Readonly<Record<Exclude<keyof O, keyof PubSubReadOptions>, never>>,
): Source<Shape<O, Data<O>>, Tags<O>>
export function readFromPubSub(options: PubSubReadOptions): unknown {
  const config = parseReadOptions(options)
  return options.replay === undefined
    ? new PubSubSource<unknown, PubSubTags>(config)
    : new ReplaySource<unknown, PubSubTags>(config)
}
