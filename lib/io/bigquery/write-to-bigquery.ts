import {type DeadLetterTarget, withDeadLetter} from '../../batching/index.ts'
import {BigQuerySink} from './bigquery-sink.ts'
import {type BigQuerySinkOptions, parseOptions} from './write/options.ts'

/** A row: an object other than an array, Map, Set or bytes, whose fields would not be columns. */
export type TableRow = object & {readonly [Symbol.iterator]?: never}

/** Options of {@link writeToBigQuery}. */
export interface BigQueryWriteOptions<Row extends TableRow = TableRow>
  extends Omit<BigQuerySinkOptions<Row>, 'deadLetter'> {
  /**
   * Where refused rows are written: `{table: 'my_dataset.rejects'}`, `{topic: 'rejects'}`, `{file: 'rejects.jsonl'}`, or a
   * sink of your own, which gets them as `{row, errors, insertId?}`. Default: the first refused row fails the run.
   */
  deadLetter?: DeadLetterTarget | undefined
}

/**
 * A sink that appends rows to a BigQuery table by streaming inserts (`insertAll`).
 *
 * Rows are plain objects; they are checked against the table's schema, sent in batches of `maxRows` (500), `maxBytes`
 * (9 MB) or `maxDelay` (1 s), with `maxInFlight` (4) requests in flight, and may land in any order. Transient failures are
 * retried for `retryFor` (15 min) under the same insertId. Rows that BigQuery refuses go to `failedRows()` or to `deadLetter`;
 * with neither, the first of them fails the run with a `BatchError`.
 *
 * `'finish'` (and a `pipeline()` that resolves) means that every row is in the table, or the dead letter has committed it. A
 * message is acknowledged once its rows are. At least once: BigQuery drops a row that it has seen under the same insertId
 * within the last minute, by best effort; a later re-run appends the rows again.
 *
 * @param options the table, and everything else with its default: see {@link BigQueryWriteOptions}
 * @returns a Writable; its only output is `failedRows()`, if that is called before the first row
 * @throws SluiceError at construction `ERR_SLUICE_OPTION`, `ERR_SLUICE_SCHEMA`; in the run `ERR_SLUICE_BATCH` (rows were
 * refused), `ERR_SLUICE_SCHEMA` (the table has none), `ERR_SLUICE_NOT_FOUND`, `ERR_SLUICE_PERMISSION`,
 * `ERR_SLUICE_CREDENTIALS`, `ERR_SLUICE_BIGQUERY`, and `ERR_SLUICE_SINK` when `insertId()` throws or the dead letter ends
 * too early. An error of the dead letter fails the sink, with a message that names both.
 *
 * @example
 * await chain(
 *   readFromCsv('gs://my-bucket/my-file*.csv', {cast: {total: 'number'}}),
 *   writeToBigQuery({table: 'my-table', dataset: 'my_dataset', schema: 'id:STRING,total:FLOAT'}),
 * )
 */
export function bigQueryVerb<Row extends TableRow = TableRow>(options: BigQueryWriteOptions<Row>): BigQuerySink<Row> {
  return new BigQuerySink<Row>(parseOptions(withDeadLetter('writeToBigQuery', 'bigquery', options)))
}
