import type {Writable} from 'node:stream'
import type {BigQuery} from '@google-cloud/bigquery'
import {
  BATCH_OPTION_NAMES,
  type BatchOptions,
  batchPolicy,
  RETRY_POLICY,
  retryForOption,
} from '../../../batching/index.ts'
import {STAGE_OPTION_NAMES, type StageOptions} from '../../../core/index.ts'
import {
  badOption,
  booleanOption,
  checkOptionNames,
  durationOption,
  enumOption,
  SluiceError,
} from '../../../errors/index.ts'
import type {Duration} from '../../../util/index.ts'
import {parseSchema} from '../schema/schema.ts'
import type {SchemaInput} from '../schema/schema-types.ts'
import {checkClient} from '../service/bigquery-client.ts'
import {parseTableReference} from '../service/table-reference.ts'
import {type CreateOptions, checkCreateFields, parseCreateOptions} from '../tables/create-options.ts'

/** Options of the sink; `writeToBigQuery` takes further forms of `deadLetter`. */
export interface BigQuerySinkOptions<Row = object> extends StageOptions, BatchOptions {
  /** `'t'` (with `dataset`), `'d.t'`, `'p.d.t'` or `'p:d.t'`, with a partition decorator if need be: `'d.t$20240131'`. */
  table: string
  /** Dataset, when `table` names none. */
  dataset?: string | undefined
  /** Project, when `table` names none. Default: the project of the client, the environment or the credentials. */
  project?: string | undefined
  /** `'id:STRING,total:FLOAT'`, an array of fields, `{fields}`, or the path of a JSON file. Default: the existing table's. */
  schema?: SchemaInput | undefined
  /** `'CREATE_IF_NEEDED'` (default) creates a missing table from `schema`; `'CREATE_NEVER'` fails. */
  createDisposition?: 'CREATE_IF_NEEDED' | 'CREATE_NEVER' | undefined
  /** Partitioning, clustering, labels and expiry of a table that is created. */
  create?: CreateOptions | undefined
  /** Only `'WRITE_APPEND'`: streaming inserts can do nothing else. */
  writeDisposition?: 'WRITE_APPEND' | undefined
  /**
   * The id by which BigQuery recognizes a row that is sent again within a minute. Default: derived from the ids of the input,
   * the same in every run. A function of the row returns your own; `false` sends none, for a higher quota and more duplicates.
   */
  insertId?: ((row: Row) => string) | false | undefined
  /**
   * What happens to a row with a field that the table does not have: `'reject'` (default), or `'ignore'` the field. With
   * `schema` and `'CREATE_NEVER'` the table is not looked up, and `schema` counts as its schema.
   */
  onUnknownField?: 'reject' | 'ignore' | undefined
  /** A Writable in object mode that takes the rows BigQuery refuses, `{row, errors, insertId?}`. */
  deadLetter?: Writable | undefined
  /** Deadline of each request; default 60 s. */
  requestTimeout?: Duration | undefined
  /** How long a batch is retried; default 15 min. `'forever'` for jobs that never end. */
  retryFor?: Duration | 'forever' | undefined
  /** A ready client; default: one made from Application Default Credentials and the environment. */
  client?: BigQuery | undefined
  /** Allows a job that reads from an emulator and writes to Google Cloud, or the other way; default false. */
  allowMixedTargets?: boolean | undefined
}

const OWN_NAMES = [
  'table',
  'dataset',
  'project',
  'schema',
  'createDisposition',
  'create',
  'writeDisposition',
  'insertId',
  'onUnknownField',
  'deadLetter',
  'requestTimeout',
  'retryFor',
  'client',
  'allowMixedTargets',
] as const

/** insertAll takes 50,000 rows and 10 MiB in one request. */
export const REQUEST_LIMITS = {maxRows: 50_000, maxBytes: 10 * 1024 * 1024}

/** The options, checked and parsed. */
export type BigQueryWriteConfig<Row> = ReturnType<typeof parseOptions<Row>>

/** Checks the options: everything that can be wrong before the first request is reported here. */
export function parseOptions<Row>(options: BigQuerySinkOptions<Row>) {
  const where = typeof options?.name === 'string' && options.name ? options.name : 'writeToBigQuery'
  if (options === undefined)
    throw badOption(where, 'options', options, "an object such as {table: 'my_dataset.my_table'}")
  checkOptionNames(where, options, [...OWN_NAMES, ...BATCH_OPTION_NAMES, ...STAGE_OPTION_NAMES])
  checkWriteDisposition(where, options.writeDisposition)
  checkClient(where, options.client)
  const {insertId} = options
  if (insertId !== undefined && insertId !== false && typeof insertId !== 'function')
    throw badOption(where, 'insertId', insertId, 'a function of the row that returns a string, or false to send no ids')
  const reference = parseTableReference(where, options)
  const schema = options.schema === undefined ? undefined : parseSchema(where, options.schema)
  const createIfNeeded = parseCreateDisposition(where, options)
  const create = parseCreateOptions(where, options.create)
  if (schema) checkCreateFields(where, create, schema)
  return {
    where,
    options,
    reference,
    schema,
    createIfNeeded,
    create,
    ignoreUnknown:
      enumOption(where, 'onUnknownField', options.onUnknownField, 'reject', ['reject', 'ignore'] as const) === 'ignore',
    policy: batchPolicy(where, options, REQUEST_LIMITS),
    retry: {
      ...RETRY_POLICY,
      total: retryForOption(where, options.retryFor, RETRY_POLICY.total),
      requestTimeout: durationOption(where, 'requestTimeout', options.requestTimeout, RETRY_POLICY.requestTimeout, 1),
    },
    allowMixedTargets: booleanOption(where, 'allowMixedTargets', options.allowMixedTargets, false),
  }
}

function parseCreateDisposition<Row>(where: string, options: BigQuerySinkOptions<Row>): boolean {
  const names = ['CREATE_IF_NEEDED', 'CREATE_NEVER'] as const
  const wanted = enumOption(where, 'createDisposition', options.createDisposition, 'CREATE_IF_NEEDED', names)
  if (wanted === 'CREATE_NEVER' && options.create !== undefined)
    throw badOption(where, 'create', options.create, "`create` only with createDisposition: 'CREATE_IF_NEEDED'")
  return wanted === 'CREATE_IF_NEEDED'
}

function checkWriteDisposition(where: string, given: unknown): void {
  if (given === 'WRITE_TRUNCATE' || given === 'WRITE_EMPTY')
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: writeDisposition '${given}' is not possible: streaming inserts can only append rows, they can neither ` +
        'empty a table nor see whether it is empty. Leave the option out, and empty the table before the run ' +
        '(TRUNCATE TABLE in SQL; not right before it, for rows streamed into a table being emptied may be lost)',
      {stage: where},
    )
  if (given !== undefined && given !== 'WRITE_APPEND')
    throw badOption(where, 'writeDisposition', given, "'WRITE_APPEND': streaming inserts can do nothing else")
}
