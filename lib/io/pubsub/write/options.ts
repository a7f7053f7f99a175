import type {Writable} from 'node:stream'
import type {PubSub} from '@google-cloud/pubsub'
import {
  BATCH_OPTION_NAMES,
  type BatchOptions,
  type BatchPolicy,
  batchPolicy,
  RETRY_POLICY,
  retryForOption,
} from '../../../batching/index.ts'
import {DEFAULTS, STAGE_OPTION_NAMES, type StageOptions} from '../../../core/index.ts'
import {badOption, booleanOption, checkOptionNames, durationOption} from '../../../errors/index.ts'
import {DURATION_FORMS, type Duration} from '../../../util/index.ts'
import {LONGEST_PUBLISH} from '../service/publish-call.ts'
import {checkPubSubClient} from '../service/pubsub-client.ts'
import {checkName, projectOf} from '../service/resource-names.ts'
import {SHORTEST_PAUSE} from '../service/to-sluice-error.ts'
import {PUBLISH_LIMITS} from './publish-limits.ts'

/** Options of the sink behind `writeToPubSub`. */
export interface PubSubSinkOptions<Row = unknown> extends StageOptions {
  /** `'projects/p/topics/t'`, or `'t'` in the default project; or a function that returns either for each row. */
  topic: string | ((row: Row) => string)
  /** Project for short names; default: that of the client, the environment or the credentials. */
  project?: string | undefined
  /**
   * The ordering key of a row, `''` for none. Default: the key of a row that is a {@link PubSubMessage}, otherwise none.
   * Messages with the same key are published in the order of their rows, one request at a time.
   */
  orderingKey?: ((row: Row) => string) | undefined
  /** The attributes of a row; if the row is a {@link PubSubMessage}, they are added to its own, and override them. */
  attributes?: ((row: Row) => Readonly<Record<string, string>>) | undefined
  /** The data of a row. Default: bytes and text as they are, the data of a {@link PubSubMessage}, everything else as JSON. */
  encode?: ((row: Row) => Uint8Array | string) | undefined
  /**
   * Attribute to hold an id, derived from the input's ids before the first try. It is the same in a retried publish and, for
   * input with ids, in another run, so readers with this `idAttribute` can drop duplicates. Default: none.
   */
  idAttribute?: string | undefined
  /** When a batch is published, and how many concurrently: `{maxRows: 500, maxBytes: '1MiB', maxDelay: '10ms', maxInFlight: 16}`. */
  batch?: BatchOptions | undefined
  /** An object-mode Writable that receives the rows that can't be published, as `{row, errors, insertId?}`. */
  deadLetter?: Writable | undefined
  /** Deadline of each request; default 60 s, at most 10 min. */
  requestTimeout?: Duration | undefined
  /** Total time for which a batch is tried; default 15 min. `'forever'` for jobs that never end. */
  retryFor?: Duration | 'forever' | undefined
  /** A client to use; default: one made from Application Default Credentials and the environment. */
  client?: PubSub | undefined
  /** Allows a job that reads from an emulator and writes to Google Cloud, or vice versa; default false. */
  allowMixedTargets?: boolean | undefined
}

const NAMES = [
  'topic',
  'project',
  'orderingKey',
  'attributes',
  'encode',
  'idAttribute',
  'batch',
  'deadLetter',
  'requestTimeout',
  'retryFor',
  'client',
  'allowMixedTargets',
] as const

/** Bytes reserved in a request for the topic's name. */
const ENVELOPE = 512
/** Google's client also starts at 100 ms: a brief failure must not cost a second of latency. */
const PUBLISH_RETRY = {...RETRY_POLICY, firstDelay: SHORTEST_PAUSE}

/** The checked options, in the forms that the sink works with. */
export type PubSubSinkConfig<Row> = ReturnType<typeof parseSinkOptions<Row>>

/** Checks the options and reports everything that can be found wrong before the first request. */
export function parseSinkOptions<Row>(options: PubSubSinkOptions<Row>) {
  const where = typeof options?.name === 'string' && options.name ? options.name : 'writeToPubSub'
  if (options === undefined) throw badOption(where, 'options', options, "an object such as {topic: 'my-topic'}")
  checkOptionNames(where, options, [...NAMES, ...STAGE_OPTION_NAMES])
  const {topic, project, deadLetter, requestTimeout} = options
  if (typeof topic !== 'function') checkName(where, 'topic', 'topics', topic)
  if (project !== undefined && (typeof project !== 'string' || !/^[a-z][a-z0-9.:-]*[a-z0-9]$/.test(project)))
    throw badOption(where, 'project', project, "a project id, such as 'my-project'")
  const named = typeof topic === 'string' ? projectOf(topic) : undefined
  if (project !== undefined && named !== undefined && named !== project)
    throw badOption(where, 'project', project, `none with topic: '${topic}', which names its project`)
  for (const name of ['orderingKey', 'attributes', 'encode'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw badOption(where, name, options[name], 'a function of the row')
  checkIdAttribute(where, options.idAttribute)
  if (deadLetter !== undefined && !isObjectWritable(deadLetter))
    throw badOption(where, 'deadLetter', deadLetter, 'a sink, or another Writable in object mode')
  checkPubSubClient(where, options.client)
  const timeout = durationOption(where, 'requestTimeout', requestTimeout, PUBLISH_RETRY.requestTimeout, 1)
  if (timeout > LONGEST_PUBLISH)
    throw badOption(where, 'requestTimeout', requestTimeout, `${DURATION_FORMS}, at most ${LONGEST_PUBLISH} ms`)
  return {
    where,
    options,
    policy: parseBatch(where, options.batch),
    retry: {
      ...PUBLISH_RETRY,
      total: retryForOption(where, options.retryFor, PUBLISH_RETRY.total),
      requestTimeout: timeout,
    },
    allowMixedTargets: booleanOption(where, 'allowMixedTargets', options.allowMixedTargets, false),
  }
}

function parseBatch(where: string, batch: BatchOptions = {}): BatchPolicy {
  if (typeof batch !== 'object' || batch === null)
    throw badOption(where, 'batch', batch, "an object such as {maxRows: 500, maxDelay: '10ms'}")
  checkOptionNames(`${where}.batch`, batch, BATCH_OPTION_NAMES)
  const policy = batchPolicy(where, batch, {...PUBLISH_LIMITS, defaults: DEFAULTS.publish, prefix: 'batch.'})
  return {...policy, maxBytes: Math.min(policy.maxBytes, PUBLISH_LIMITS.maxBytes - ENVELOPE)}
}

function checkIdAttribute(where: string, name: unknown): void {
  if (name === undefined) return
  if (typeof name !== 'string' || name === '' || name.startsWith('goog') || Buffer.byteLength(name) > 256)
    throw badOption(where, 'idAttribute', name, "the key of an attribute: up to 256 bytes, not beginning with 'goog'")
}

function isObjectWritable(given: unknown): boolean {
  const {write, writableObjectMode} = (given ?? {}) as {write?: unknown; writableObjectMode?: unknown}
  return typeof write === 'function' && writableObjectMode === true
}
