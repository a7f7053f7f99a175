import type {Source} from '../../core/index.ts'
import type {PubSubMessage} from './messages/pubsub-message.ts'
import type {ManualMessage} from './read/decoder.ts'
import {type PubSubReadOptions, parseReadOptions} from './read/options.ts'
import {PubSubSource} from './read/pubsub-source.ts'
import type {PubSubTags} from './read/rejects.ts'
import {ReplaySource} from './read/replay-source.ts'

/** What the data of a message is decoded to, by the option `decode`. */
type Data<O> = O extends {decode: infer D}
  ? D extends (data: Buffer, message: PubSubMessage) => infer T
    ? T
    : D extends 'text'
      ? string
      : D extends 'json'
        ? unknown
        : Buffer
  : Buffer

/** What an element is, by the options `ack` and `withAttributes`. */
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
 * A source of the messages of a Pub/Sub subscription, each acknowledged when everything derived from it is committed (or set
 * aside in a dead letter, or dropped by a filter), and not before.
 *
 * Elements are the data as Buffers; `decode` makes text, JSON or anything else of them, `withAttributes: true` gives
 * {@link PubSubMessage}s. What can't be decoded, or has no valid timestamp, goes to `tagged('rejects')` with its message:
 * that output must be read. Event time is the time of publishing, or `timestampAttribute`. The watermark is the
 * smallest timestamp of the last minute; it is unknown for a minute after the start (`restartHold`), does not pass a message that is
 * not acknowledged or was given back, and follows the clock while nothing comes. Ids are the message ids (or
 * `idAttribute`), so `writeToBigQuery` gives a message that is delivered twice the same insertId.
 *
 * It never ends by itself: `drain()`, a run's `drain()`, or an AbortSignal stops it. Nothing is requested before it is read.
 *
 * **Delivery**: at least once. No message is lost, in whatever way the process ends. A message is processed twice when the
 * service delivers it again after its acknowledgement was lost, after the process ended, or after its lease could not be
 * extended; within one process such copies are recognised for 10 minutes (`dedupWindow`). With `ack: 'on-read'` at most once.
 * Leases are extended, up to `maxLease`; never more than `maxOutstanding` messages are out. With ordering keys, messages come
 * in the order of their key, and stages keep it (but for `ordered: false`).
 *
 * Permissions: `pubsub.subscriptions.consume` on the subscription; with `topic` also `pubsub.subscriptions.create` and
 * `.delete`, and `pubsub.topics.attachSubscription`.
 *
 * Metrics: `received`, `acked`, `nacked`, `duplicates`, `redelivered`, `rejected`, `leasesGivenUp`, `lostAcks`, `streams`,
 * `streamsReplaced`, `retries`, and as they are now `outstanding`, `outstandingBytes`, `backlog` (received and not handed
 * on), `oldestUnackedMs`, `ackDeadlineSeconds`.
 *
 * @param options `subscription`, `topic` (a temporary subscription, deleted at the end) or `replay` (files of messages), and
 * everything else with its default: see {@link PubSubReadOptions}
 * @throws {SluiceError} at construction `ERR_SLUICE_OPTION`; `ERR_SLUICE_LEASE` when it is connected to a stream that can't
 * carry acknowledgements; in the run `ERR_SLUICE_NOT_FOUND`, `ERR_SLUICE_PERMISSION`, `ERR_SLUICE_CREDENTIALS`,
 * `ERR_SLUICE_PUBSUB`, `ERR_SLUICE_UNCLAIMED_DEAD_LETTER` (a reject that nobody reads), `ERR_SLUICE_DRAIN`. What may pass is
 * ridden out for ever, with a warning every now and then.
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
  // option names that do not exist are errors, which a type parameter alone would let pass
  options: O & Readonly<Record<Exclude<keyof O, keyof PubSubReadOptions>, never>>,
): Source<Shape<O, Data<O>>, Tags<O>>
export function readFromPubSub(options: PubSubReadOptions): unknown {
  const config = parseReadOptions(options)
  return options.replay === undefined
    ? new PubSubSource<unknown, PubSubTags>(config)
    : new ReplaySource<unknown, PubSubTags>(config)
}
