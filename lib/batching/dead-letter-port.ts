import type {Writable} from 'node:stream'
import type {Logger} from '../core/index.ts'
import {badOption} from '../errors/index.ts'
import type {Duration} from '../util/index.ts'

/**
 * Every form of the option `deadLetter`. A room that knows a form adds it here by declaration merging, so that the option of
 * one connector may name a table or topic of another without importing it.
 */
export interface DeadLetterTargets {
  stream: Writable
}

/**
 * Where a sink puts the rows that it could not write: a table, a topic, a file, or a Writable in object mode (any sink),
 * which gets them as {@link FailedRow}. The sink ends it, so each sink needs one of its own.
 */
export type DeadLetterTarget = DeadLetterTargets[keyof DeadLetterTargets]

/** Options that a dead-letter sink inherits from the sink it serves, unless it has its own. */
interface InheritedOptions {
  client?: unknown
  logger?: Logger
  allowMixedTargets?: boolean
  requestTimeout?: Duration
  retryFor?: Duration | 'forever'
}

/** A dead-letter target to open for a sink. */
export interface DeadLetterRequest {
  /** Name of the sink, for errors. */
  readonly where: string
  readonly target: Exclude<DeadLetterTarget, Writable>
  /** The service of `inherited.client`: a dead-letter sink of another service makes a client of its own. */
  readonly service: string
  readonly inherited: InheritedOptions
}

/** Opens the sink that a target describes. */
type OpenDeadLetter = (request: DeadLetterRequest) => Writable

let open: OpenDeadLetter | undefined

/** Fills the port: `lib/dead-letters`, one level above the connectors, does. */
export function fillDeadLetterPort(opener: OpenDeadLetter): void {
  open = opener
}

type Given = InheritedOptions & {name?: string; deadLetter?: DeadLetterTarget}
type Resolved<O> = Omit<O, 'deadLetter'> & {deadLetter?: Writable}

const FORMS = "a sink, another Writable in object mode, {table: 'dataset.table'}, {topic: 'name'} or {file: 'path'}"

/**
 * The options of a sink, with a stream for `deadLetter`.
 *
 * @param verb name of the sink unless the options have one
 * @param service the service of the sink's `client`
 * @throws SluiceError `ERR_SLUICE_OPTION`
 */
export function withDeadLetter<O extends Given>(verb: string, service: string, options: O): Resolved<O> {
  // the sink itself reports options that are not an object
  if (options?.deadLetter === undefined) return options as Resolved<O>
  const {name, client, logger, allowMixedTargets, requestTimeout, retryFor, deadLetter: target} = options
  const where = typeof name === 'string' && name ? name : verb
  if (typeof target !== 'object' || target === null) throw badDeadLetter(where, target)
  if (isWritable(target)) {
    if (target.writableObjectMode) return {...options, deadLetter: target}
    throw badOption(where, 'deadLetter', target, `${FORMS}; this stream is not in object mode`)
  }
  if (!open) throw badOption(where, 'deadLetter', target, 'a sink, or another Writable in object mode')
  const inherited = {client, logger, allowMixedTargets, requestTimeout, retryFor} as InheritedOptions
  return {...options, deadLetter: open({where, target, service, inherited: defined(inherited)})}
}

/** The error for what is not a dead-letter target. */
export function badDeadLetter(where: string, given: unknown): Error {
  return badOption(where, 'deadLetter', given, FORMS)
}

function isWritable(target: object): target is Writable {
  return 'write' in target && typeof target.write === 'function'
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}
