import {badOption, isNativeError, messageOf, noteStage, SluiceError, stackOf} from '../../../errors/index.ts'
import type {Lease} from '../../bundle/lease.ts'
import type {Host} from '../ports/host.ts'

/** What an element that failed becomes on a dead-letter output. */
export interface DeadLetter<I> {
  /** The element, as it was when it failed. */
  element: I
  /** The error's message. */
  error: string
  /** The error's stack, if it had one. */
  stack: string
  /** Name of the stage. */
  stage: string
  /** When it failed. */
  timestamp: Date
}

/**
 * `onError` of a DoFn: fail the run, give the element's message back to its source (which delivers it again after a pause of
 * 1 to 60 s, and whose own dead-letter policy may set it aside), or send the element to a tagged output.
 */
export type OnError<Tag extends string = string> = 'fail' | 'nack' | DeadLetterPolicy<Tag>

/** Made by {@link deadLetter}. */
export interface DeadLetterPolicy<Tag extends string = string> {
  readonly deadLetter: Tag
}

/**
 * Error policy that sends an element whose `process` throws to the tagged output `tag`, as a {@link DeadLetter}.
 * What the element had already emitted is discarded. The tag must be read: unclaimed, the first such element fails the run.
 *
 * @example
 * const parse = map((line: string) => JSON.parse(line), {onError: deadLetter('bad')})
 * parse.tagged('bad').pipe(writeToStdout({stream: process.stderr}))
 * await chain(readFromText('orders.jsonl'), parse, writeToStdout())
 */
export function deadLetter<const Tag extends string>(tag: Tag): DeadLetterPolicy<Tag> {
  if (typeof tag !== 'string' || tag === '') throw badOption('deadLetter', 'tag', tag, 'the name of an output tag')
  return {deadLetter: tag}
}

/** An error policy, checked: dead letters have a tag. */
export interface ErrorPolicy {
  readonly kind: 'fail' | 'nack' | 'dead-letter'
  /** The output for dead letters. */
  readonly tag: string | undefined
}

/** Checks the option `onError`. */
export function errorPolicy(where: string, onError: unknown): ErrorPolicy {
  if (onError === undefined || onError === 'fail') return {kind: 'fail', tag: undefined}
  if (onError === 'nack') return {kind: 'nack', tag: undefined}
  const tag = (onError as {deadLetter?: unknown} | null)?.deadLetter
  if (typeof tag === 'string') return {kind: 'dead-letter', tag}
  throw badOption(where, 'onError', onError, "'fail', 'nack' or deadLetter('tag')")
}

/**
 * Gives back the message of a failed element, for the policy 'nack'. The first is logged, and all are counted as `nacked`.
 * Returns false for an element without a message: then the run must fail.
 */
export function nackElement(
  host: Pick<Host, 'name' | 'metrics' | 'log'>,
  lease: Lease | undefined,
  error: unknown,
): boolean {
  if (!lease) return false
  const {metrics, name, log} = host
  metrics.failed++
  const count = (metrics.extra['nacked'] = (metrics.extra['nacked'] ?? 0) + 1)
  if (count === 1)
    log.warn(
      `${name} gave ${lease.describe?.() ?? 'a message'} back to its source, which will deliver it again: ` +
        `${messageOf(error)} (further ones are only counted, as 'nacked')`,
      {stage: name},
    )
  lease.nack(error)
  return true
}

/** The dead letter of an element. */
export function toDeadLetter<I>(element: I, error: unknown, stage: string, now: number): DeadLetter<I> {
  return {
    element,
    error: messageOf(error),
    stack: stackOf(error),
    stage,
    timestamp: new Date(now),
  }
}

/** The error that a run fails with when `process` throws; a SluiceError passes unchanged, except that stage and element are added. */
export function processError(
  error: unknown,
  element: unknown,
  stage: string,
  {kind}: ErrorPolicy,
  lease: Lease | undefined,
): SluiceError {
  if (error instanceof SluiceError) {
    return noteStage(error, stage, element)
  }
  const hint = frozenHint(error, element) + leaseHint(kind, lease)
  return new SluiceError('ERR_SLUICE_PROCESS', `${stage}: ${messageOf(error)}${hint}`, {
    stage,
    element,
    cause: error,
  })
}

/** A message that fails a run is delivered again and fails the next run, so the error has to mention it. */
function leaseHint(policy: ErrorPolicy['kind'], lease: Lease | undefined): string {
  if (policy === 'nack')
    return ". onError: 'nack' gives messages back to their source, and this element came without one: use deadLetter('tag')"
  if (!lease) return ''
  return (
    `. The element came from ${lease.describe?.() ?? 'a message'}, which will be delivered again and fail again; set such ` +
    "messages aside with onError: deadLetter('tag'), or give them back with onError: 'nack' so that the subscription's " +
    'own dead-letter policy takes them'
  )
}

const FROZEN = /read only|not extensible|Cannot (assign|add|delete|define|redefine)/

function frozenHint(error: unknown, element: unknown): string {
  if (!isNativeError(error) || !FROZEN.test(messageOf(error))) return ''
  if (typeof element !== 'object' || element === null || !Object.isFrozen(element)) return ''
  return '. The row is frozen because more than one consumer gets it; change a copy: put map(r => ({...r})) before this stage'
}
