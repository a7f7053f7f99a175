import {constants} from 'node:os'
import {CommanderError} from 'commander'
import {messageOf, SluiceError, userStack} from '../../errors/index.ts'
import {printable} from '../../util/index.ts'
import {failureText, placeOf} from './failure.ts'

/** Exit codes; after a signal it is 128 and the signal's number. */
export const EXIT = {done: 0, failed: 1, usage: 2, rejects: 3, unsettled: 13, closedPipe: 141} as const

/** A command that was called in a way that makes no sense: exit code 2. */
export class UsageError extends Error {}

/** Where commander complains: it quotes arguments, and those may be data. */
export const COMMANDER_OUTPUT = {writeErr: (text: string) => void process.stderr.write(printable(text))}

/** The exit code of what was thrown before anything was read, after saying it on standard error. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  complain(isOurs(error) ? (userStack(error) ?? messageOf(error)) : failureText(error))
  return startCode(error)
}

/** The exit code of what was thrown before anything was read. */
export function startCode(error: unknown): number {
  return isUsage(error) ? EXIT.usage : EXIT.failed
}

/** The exit code of a failed run. */
export function failureCode(error: unknown): number {
  return error instanceof SluiceError && error.code === 'ERR_SLUICE_GRAPH' ? EXIT.usage : EXIT.failed
}

/** One message to standard error. */
export function complain(message: string): void {
  process.stderr.write(complaint(message))
}

/** A message as a line of standard error. */
export function complaint(message: string): string {
  return `sluice: ${printable(message)}\n`
}

/** How long a process stays after a run that failed, or was drained: teardown, and messages given back, take a moment, ms. */
const GRACE = 1500

/**
 * Ends the process soon with its exit code, though something may still hold it: a socket of the job's, a timer. With nothing
 * open it ends earlier, by itself.
 */
export function exitSoon(): void {
  const timer = setTimeout(() => {
    // what was written there is still to be read
    if (process.stdout.writableLength > 0) process.stdout.write('', () => process.exit())
    else process.exit()
  }, GRACE)
  timer.unref()
}

/** The exit code that tells of a signal. */
export function signalCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}

/** A mistake of this package: neither the user's code nor the system has a part in it, and the stack is what to report. */
function isOurs(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof UsageError || error instanceof SluiceError) return false
  return !('code' in error) && placeOf(error) === undefined
}

function isUsage(error: unknown): boolean {
  const codes = ['ERR_SLUICE_OPTION', 'ERR_SLUICE_SCHEMA', 'ERR_SLUICE_GRAPH']
  return error instanceof UsageError || (error instanceof SluiceError && codes.includes(error.code))
}
