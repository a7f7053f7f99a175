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

/** What of a failure is shown beside its message. */
export interface FailureOptions {
  /** Whether the element that could not be processed is. */
  elements?: boolean
  /** The stack of where the step was made that failed: all there is when what was thrown is no Error. */
  madeAt?: string | undefined
}

/** What a document or a log says of a failure. */
export interface FailureFacts {
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

/** The first place in the user's own code that an error came by. */
export function placeOf(error: unknown): FailureFacts['at'] {
  return placed(userFrame(error))
}

/** The same for the text of a stack. */
export function placeOfStack(stack: string): FailureFacts['at'] {
  return placed(userFrameOf(stack))
}

function placed(frame: Frame | undefined): FailureFacts['at'] {
  if (!frame) return undefined
  const expression = expressionAt(frame)
  return expression === undefined ? sourceFrame(frame) : {...frame, expression}
}

/** `orders.ts:12:9`, as terminals and editors make a link of it; of a function in the command line its text too. */
export function placeText({file, line, column, expression}: NonNullable<FailureFacts['at']>): string {
  const near = relative('', file)
  const name = expression !== undefined || near.startsWith('..') || near === '' ? file : near
  return `${name}:${line}:${column}${expression === undefined ? '' : `: ${expression}`}`
}

/** Codes of what user code does wrong, with or without a stack of its own. */
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

/** `--stack` holds from the first module that is loaded on, before flags are read. */
export function stackWanted(): boolean {
  return process.argv.includes('--stack')
}

/** What more of a stack to show. */
export function indented(text: string): string {
  return text.replace(/^/gm, '    ')
}
