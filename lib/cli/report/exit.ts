import {constants} from 'node:os'
import {CommanderError} from 'commander'
import {messageOf, SluiceError, userStack} from '../../errors/index.ts'
import {printable} from '../../util/index.ts'
import {failureText, placeOf} from './failure.ts'

/** Exit codes; after a signal, the code is 128 plus the signal's number. */
export const EXIT = {done: 0, failed: 1, usage: 2, rejects: 3, unsettled: 13, closedPipe: 141} as const

/** The command was called with wrong or contradictory arguments: exit code 2. */
export class UsageError extends Error {}

/** Where commander writes its errors: they quote arguments, which may be data with control characters. */
export const COMMANDER_OUTPUT = {writeErr: (text: string) => void process.stderr.write(printable(text))}

/** Reports an error thrown before anything was read; returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  complain(isOurs(error) ? (userStack(error) ?? messageOf(error)) : failureText(error))
  return startCode(error)
}

/** The exit code for an error thrown before anything was read. */
export function startCode(error: unknown): number {
  return isUsage(error) ? EXIT.usage : EXIT.failed
}

/** The exit code of a failed run. */
export function failureCode(error: unknown): number {
  return error instanceof SluiceError && error.code === 'ERR_SLUICE_GRAPH' ? EXIT.usage : EXIT.failed
}

/** Writes one message to standard error. */
export function complain(message: string): void {
  process.stderr.write(complaint(message))
}

/** A message as a line of standard error. */
export function complaint(message: string): string {
  return `sluice: ${printable(message)}\n`
}

/** How long the process stays alive after a failed or drained run, ms: teardown and nacks take a moment. */
const GRACE = 1500

/**
 * Ends the process soon with its exit code, even if the job left a socket or timer open. With nothing open it ends earlier, by
 * itself.
 */
export function exitSoon(): void {
  const timer = setTimeout(() => {
    // let buffered output reach its reader first
    if (process.stdout.writableLength > 0) process.stdout.write('', () => process.exit())
    else process.exit()
  }, GRACE)
  timer.unref()
}

/** The exit code after a signal. */
export function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/** A bug in this package: no user code and no system error is involved, so the stack is what the user should report. */
function isOurs(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof UsageError || error instanceof SluiceError) return false
  return !('code' in error) && placeOf(error) === undefined
}

function isUsage(error: unknown): boolean {
  const codes = ['ERR_SLUICE_OPTION', 'ERR_SLUICE_SCHEMA', 'ERR_SLUICE_GRAPH']
  return error instanceof UsageError || (error instanceof SluiceError && codes.includes(error.code))
}
