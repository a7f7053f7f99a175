import type {Writable} from 'node:stream'
import type {Logger} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import type {Duration} from '../util/index.ts'
import {type DeadLetterFile, DeadLetterFileSink} from './dead-letter-file.ts'
import {type DeadLetterTable, DeadLetterTableSink} from './dead-letter-table.ts'
import {type DeadLetterTopic, DeadLetterTopicSink} from './dead-letter-topic.ts'

/**
 * Where a sink puts the rows that it could not write: a table, a topic, a file, or a Writable in object mode (any sink), which gets
 * them as {@link FailedRow}. It is ended with the sink, so each sink needs its own.
 */
export type DeadLetterTarget = Writable | DeadLetterTable | DeadLetterTopic | DeadLetterFile

/** Options of a sink that its dead-letter sink shares, unless it has its own. */
interface Shared {
  client?: unknown
  logger?: Logger
  allowMixedTargets?: boolean
  requestTimeout?: Duration
  retryFor?: Duration | 'forever'
}

/** Options of a sink as the user gives them, and as the sink takes them. */
type Given = Shared & {name?: string; deadLetter?: DeadLetterTarget}
type Resolved<O> = Omit<O, 'deadLetter'> & {deadLetter?: Writable}

const ALLOWED = "a sink, another Writable in object mode, {table: 'dataset.table'}, {topic: 'name'} or {file: 'path'}"

/**
 * The options of a sink, with the stream for `deadLetter` in them.
 *
 * @param verb name of the sink unless the options have one
 * @param service whose `client` the sink has: the dead-letter sink uses it if it needs the same service
 * @throws SluiceError `ERR_SLUICE_OPTION`
 */
export function withDeadLetter<O extends Given>(verb: string, service: 'bigquery' | 'pubsub', options: O): Resolved<O> {
  // what is no options object is told by the sink
  if (options?.deadLetter === undefined) return options as Resolved<O>
  const {name, client, logger, allowMixedTargets, requestTimeout, retryFor, deadLetter} = options
  const where = typeof name === 'string' && name ? name : verb
  const shared = {client, logger, allowMixedTargets, requestTimeout, retryFor} as Shared
  return {...options, deadLetter: resolveDeadLetter(where, deadLetter, service, shared)}
}

function resolveDeadLetter(
  where: string,
  given: DeadLetterTarget,
  service: 'bigquery' | 'pubsub',
  shared: Shared,
): Writable {
  const name = `${where}.deadLetter`
  if (typeof given !== 'object' || given === null) throw badOption(where, 'deadLetter', given, ALLOWED)
  if ('write' in given && typeof given.write === 'function') {
    if (given.writableObjectMode) return given
    throw badOption(where, 'deadLetter', given, `${ALLOWED}; this stream is not in object mode`)
  }
  const kinds = (['table', 'topic', 'file'] as const).filter(kind => (given as {[kind]?: unknown})[kind] !== undefined)
  if (kinds.length !== 1) throw badOption(where, 'deadLetter', given, ALLOWED)
  const {client, logger, ...rest} = defined(shared)
  const inherited = (of: typeof service) => ({...rest, ...(logger && {logger}), ...(of === service && {client})})
  if ('table' in given) return new DeadLetterTableSink(name, given, inherited('bigquery') as object)
  if ('topic' in given) return new DeadLetterTopicSink(name, given, inherited('pubsub') as object)
  return new DeadLetterFileSink(name, given as DeadLetterFile, logger)
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
