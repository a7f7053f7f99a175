import {type DeadLetterTarget, withDeadLetter} from '../../batching/index.ts'
import type {PubSubSinkOptions} from './write/options.ts'
import {PubSubSink} from './write/pubsub-sink.ts'

/** Options of {@link writeToPubSub}. */
export interface PubSubWriteOptions<Row = unknown> extends Omit<PubSubSinkOptions<Row>, 'deadLetter'> {
  /**
   * Where the rows go that can't be published: `{topic: 'rejects'}`, `{table: 'my_dataset.rejects'}`,
   * `{file: 'rejects.jsonl'}`, or a sink of your own, which gets them as `{row, errors, insertId?}`. Default: the first of
   * them fails the run.
   */
  deadLetter?: DeadLetterTarget | undefined
}

/**
 * A sink that publishes rows to a topic of Pub/Sub, or to the topic that a function gives for each row.
 *
 * A row that is a {@link PubSubMessage} is published with its data, attributes and ordering key; a Buffer, Uint8Array or
 * string is the data as it is (text as UTF-8); everything else becomes JSON. Messages are sent in batches of up to
 * `batch.maxRows` (500), `batch.maxBytes` (1 MiB) or `batch.maxDelay` (10 ms), `batch.maxInFlight` (16) requests at once over
 * all topics and keys. Messages with one ordering key are published in the order of their rows; others may land in any order.
 *
 * `'finish'` (and a `pipeline()` that resolves) means: the service has confirmed every message, or the row was handed to
 * the dead letter. At least once: what may pass is tried again for `retryFor` (15 min), and where only the reply was lost,
 * the message is published twice, under two message ids. `idAttribute` stamps each with an id made before the first try, by
 * which readers recognise the second.
 *
 * Rows that can't be published (too large, attributes or key beyond the limits, neither data nor attributes, no JSON
 * form, a bad topic name, refused by the service as invalid) go to `failedRows()` or to `deadLetter`; with neither, the
 * first of them fails the run with a `BatchError`. One with an ordering key stops its key: later rows with it are refused as
 * well, until the end of the run, and the reason names the key and the first failure.
 *
 * @param options the topic, and everything else with its default: see {@link PubSubWriteOptions}
 * @returns a Writable; it emits nothing but `failedRows()`, if that is called before the first row
 * @throws SluiceError at construction `ERR_SLUICE_OPTION`; in the run `ERR_SLUICE_BATCH` (rows were refused),
 * `ERR_SLUICE_NOT_FOUND`, `ERR_SLUICE_PERMISSION`, `ERR_SLUICE_CREDENTIALS`, `ERR_SLUICE_PUBSUB`, and `ERR_SLUICE_SINK`
 * when the dead letter ends too early.
 *
 * @example
 * await chain(
 *   readFromJson<{id: string; customer: string}>('gs://my-bucket/orders*.jsonl'),
 *   writeToPubSub({topic: 'orders', orderingKey: order => order.customer}),
 * )
 */
export function pubSubVerb<Row = unknown>(options: PubSubWriteOptions<Row>): PubSubSink<Row> {
  return new PubSubSink<Row>(withDeadLetter('writeToPubSub', 'pubsub', options))
}
