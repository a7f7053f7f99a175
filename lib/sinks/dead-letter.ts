import type {Writable} from 'node:stream'
import type {Logger} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import type {Duration} from '../util/index.ts'
import {type DeadLetterFile, DeadLetterFileSink} from './dead-letter-file.ts'
import {type DeadLetterTable, DeadLetterTableSink} from './dead-letter-table.ts'

/**
 * Where a sink puts the rows that it could not write: a table, a file, or a Writable in object mode (any sink), which gets
 * them as {@link FailedRow}. It is ended with the sink, so each sink needs its own.
 */
export type DeadLetterTarget = Writable | DeadLetterTable | DeadLetterFile

/** Options of a sink that its dead-letter sink shares, unless it has its own. */
interface Shared {
  client?: unknown
  logger?: Logger
  allowMixedTargets?: boolean
  requestTimeout?: Duration
  retryFor?: Duration | 'forever'
}

const ALLOWED = "a sink, another Writable in object mode, {table: 'dataset.table'} or {file: 'path'}"

/**
 * The stream behind the option `deadLetter` of a sink.
 *
 * @param where name of the sink, for messages
 * @param service whose `client` the sink has: the dead-letter sink uses it if it needs the same service
 * @throws SluiceError `ERR_SLUICE_OPTION`
 */
export function resolveDeadLetter(
  where: string,
  given: DeadLetterTarget | undefined,
  service: 'bigquery' | 'pubsub',
  shared: Shared,
): Writable | undefined {
  if (given === undefined) return undefined
  const name = `${where}.deadLetter`
  if (typeof given !== 'object' || given === null) throw badOption(where, 'deadLetter', given, ALLOWED)
  if ('write' in given && typeof given.write === 'function') {
    if (given.writableObjectMode) return given
    throw badOption(where, 'deadLetter', given, `${ALLOWED}; this stream is not in object mode`)
  }
  const kinds = ['table', 'file'].filter(kind => kind in given)
  if (kinds.length !== 1) throw badOption(where, 'deadLetter', given, ALLOWED)
  const {client, logger, ...rest} = defined(shared)
  const inherited = (of: typeof service) => ({...rest, ...(logger && {logger}), ...(of === service && {client})})
  if ('table' in given) return new DeadLetterTableSink(name, given, inherited('bigquery') as object)
  return new DeadLetterFileSink(name, given as DeadLetterFile, logger)
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
