import {relative} from 'node:path'
import {
  causeMessages,
  elementText,
  type Frame,
  messageOf,
  SluiceError,
  type SluiceErrorCode,
  userFrame,
  userFrameOf,
  userStack,
} from '../../errors/index.ts'
import {expressionAt} from './expressions.ts'
import {sourceFrame, sourceStack} from './source-position.ts'

/** What to show of a failure beside its message. */
interface FailureOptions {
  /** Show the element that could not be processed. */
  elements?: boolean
  /** The stack of where the failed step was constructed: all there is when the thrown value is not an Error. */
  madeAt?: string | undefined
}

/** The facts of a failure, for a JSON document or a log. */
interface FailureFacts {
  code?: string | undefined
  stage?: string | undefined
  /** The first place in the user's own code. */
  at?: Frame & {expression?: string}
  stack?: string | undefined
  element?: string
}

/** A failure for people: its message, where the user's own code failed, the element, and with `--stack` the stack. */
export function failureText(error: unknown, options: FailureOptions = {}): string {
  const {element, at, stack} = failureFacts(error, options)
  const lines = [messageOf(error), ...causeMessages(error).map(message => `  caused by: ${message}`)]
  if (at) lines.push(`  at ${placeText(at)}${placeOf(error) ? '' : ', where the step is made'}`)
  if (element !== undefined) lines.push(`  element: ${element}`)
  if (stack !== undefined && stackWanted()) lines.push(indented(stack))
  return lines.join('\n')
}

export function failureFacts(error: unknown, {elements = false, madeAt}: FailureOptions = {}): FailureFacts {
  const {code, stage, element} = error instanceof SluiceError ? error : {}
  const at = placeOf(error) ?? (isUserCode(error) && madeAt !== undefined ? placeOfStack(madeAt) : undefined)
  const stack = userStack(error)
  return {
    code,
    stage,
    ...(at && {at}),
    ...(stack !== undefined && {stack: sourceStack(stack)}),
    ...(elements && element !== undefined && {element: elementText(element)}),
  }
}

/** The topmost frame of an error's stack that is in the user's own code. */
export function placeOf(error: unknown): FailureFacts['at'] {
  return placed(userFrame(error))
}

/** The same, for the text of a stack. */
export function placeOfStack(stack: string): FailureFacts['at'] {
  return placed(userFrameOf(stack))
}

function placed(frame: Frame | undefined): FailureFacts['at'] {
  if (!frame) return undefined
  const expression = expressionAt(frame)
  return expression === undefined ? sourceFrame(frame) : {...frame, expression}
}

/** `orders.ts:12:9`, which terminals and editors turn into a link; for a command-line function, its text too. */
export function placeText({file, line, column, expression}: NonNullable<FailureFacts['at']>): string {
  const near = relative('', file)
  const name = expression !== undefined || near.startsWith('..') || near === '' ? file : near
  return `${name}:${line}:${column}${expression === undefined ? '' : `: ${expression}`}`
}

/** Codes of errors caused by user code, whether or not they have a stack of their own. */
const USER_CODES: readonly SluiceErrorCode[] = [
  'ERR_SLUICE_PROCESS',
  'ERR_SLUICE_SETUP',
  'ERR_SLUICE_START_BUNDLE',
  'ERR_SLUICE_FINISH_BUNDLE',
  'ERR_SLUICE_TEARDOWN',
  'ERR_SLUICE_TIMEOUT',
  'ERR_SLUICE_OUTPUT_TYPE',
  'ERR_SLUICE_SIDE_INPUT',
  'ERR_SLUICE_TAG',
]

function isUserCode(error: unknown): boolean {
  return error instanceof SluiceError && USER_CODES.includes(error.code)
}

/** `--stack` counts from the first module loaded, before flags are parsed. */
export function stackWanted(): boolean {
  return process.argv.includes('--stack')
}

/** A stack as it is shown below a message. */
export function indented(text: string): string {
  return text.replace(/^/gm, '    ')
}
