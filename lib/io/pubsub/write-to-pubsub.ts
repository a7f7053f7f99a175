import {type DeadLetterTarget, withDeadLetter} from '../../batching/index.ts'
import type {PubSubSinkOptions} from './write/options.ts'
import {PubSubSink} from './write/pubsub-sink.ts'

/** Options of {@link writeToPubSub}. */
export interface PubSubWriteOptions<Row = unknown> extends Omit<PubSubSinkOptions<Row>, 'deadLetter'> {
  /**
   * Where rows go that can't be published: `{topic: 'rejects'}`, `{table: 'my_dataset.rejects'}`, `{file: 'rejects.jsonl'}`, or
   * a sink of your own, which receives them as `{row, errors, insertId?}`. Default: the first such row fails the run.
   */
  deadLetter?: DeadLetterTarget | undefined
}

/**
 * Publishes rows to a Pub/Sub topic, or to the topic that a function chooses for each row.
 *
 * A row that is a {@link PubSubMessage} is published with its data, attributes and ordering key; a Buffer, Uint8Array or
 * string is the data as it is (text as UTF-8); everything else becomes JSON. A batch is sent when it reaches `batch.maxRows`
 * (500), `batch.maxBytes` (1 MiB) or `batch.maxDelay` (10 ms), with up to `batch.maxInFlight` (16) concurrent requests over all
 * topics and keys. Messages with the same ordering key are published in the order of their rows; others may land in any order.
 *
 * **Delivery**: at least once. `'finish'` (and a `pipeline()` that resolves) means that the service has confirmed every message,
 * or that its row was handed to the dead letter. Transient failures are retried for `retryFor` (15 min). If only the reply was
 * lost, the message is published twice, under two message ids. `idAttribute` stamps each message with an id made before the
 * first try, so that readers can recognise the copy.
 *
 * Rows that can't be published (too large, attributes or key beyond the limits, neither data nor attributes, no JSON
 * form, a bad topic name, refused by the service as invalid) go to `failedRows()` or to `deadLetter`; with neither, the
 * first of them fails the run with a `BatchError`. A refused row with an ordering key stops its key: later rows with the key are
 * refused too, until the end of the run, and the reason names the key and the first failure.
 *
 * @param options the topic; for the other options and their defaults see {@link PubSubWriteOptions}
 * @returns a Writable; it emits nothing but `failedRows()`, if that is called before the first row
 * @throws SluiceError at construction `ERR_SLUICE_OPTION`; during the run `ERR_SLUICE_BATCH` (rows were refused),
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
