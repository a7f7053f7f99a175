import {badOption, messageOf, SluiceError} from '../errors/index.ts'

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

/** `onError` of a DoFn: fail the run, or send the element to a tagged output. */
export type OnError<Tag extends string = string> = 'fail' | DeadLetterPolicy<Tag>

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
 * parse.tagged('bad').pipe(writeToStdout())
 */
export function deadLetter<const Tag extends string>(tag: Tag): DeadLetterPolicy<Tag> {
  if (typeof tag !== 'string' || tag === '') throw badOption('deadLetter', 'tag', tag, 'the name of an output tag')
  return {deadLetter: tag}
}

/** The dead-letter tag of a policy, undefined for 'fail'; throws for anything else. */
export function deadLetterTag(where: string, onError: unknown): string | undefined {
  if (onError === undefined || onError === 'fail') return undefined
  const tag = (onError as {deadLetter?: unknown} | null)?.deadLetter
  if (typeof tag === 'string') return tag
  throw badOption(where, 'onError', onError, "'fail' or deadLetter('tag')")
}

/** The dead letter of an element. */
export function toDeadLetter<I>(element: I, error: unknown, stage: string, now: number): DeadLetter<I> {
  return {
    element,
    error: messageOf(error),
    stack: error instanceof Error ? (error.stack ?? '') : '',
    stage,
    timestamp: new Date(now),
  }
}

/** The error of a run for an element whose `process` threw; a SluiceError passes unchanged but for stage and element. */
export function processError(error: unknown, element: unknown, stage: string): SluiceError {
  if (error instanceof SluiceError) {
    error.stage ??= stage
    if (error.element === undefined) Object.defineProperty(error, 'element', {value: element, configurable: true})
    return error
  }
  return new SluiceError('ERR_SLUICE_PROCESS', `${stage}: ${messageOf(error)}${frozenHint(error, element)}`, {
    stage,
    element,
    cause: error,
  })
}

const FROZEN = /read only|not extensible|Cannot (assign|add|delete|define|redefine)/

function frozenHint(error: unknown, element: unknown): string {
  if (!(error instanceof TypeError) || !FROZEN.test(error.message)) return ''
  if (typeof element !== 'object' || element === null || !Object.isFrozen(element)) return ''
  return '. The row is frozen because more than one consumer gets it; change a copy: put map(r => ({...r})) before this stage'
}
