import {constants} from 'node:os'
import {CommanderError} from 'commander'
import {messageOf, SluiceError, stackOf} from '../errors/index.ts'

/** Exit codes; after a signal it is 128 and the signal's number. */
export const EXIT = {done: 0, failed: 1, usage: 2, rejects: 3, unsettled: 13, closedPipe: 141} as const

/** A command that was called in a way that makes no sense: exit code 2. */
export class UsageError extends Error {}

/** The exit code of what was thrown before anything was read, after saying it on standard error. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  if (error instanceof UsageError || error instanceof SluiceError) {
    complain(error.message)
    return isUsage(error) ? EXIT.usage : EXIT.failed
  }
  complain(stackOf(error) || messageOf(error))
  return EXIT.failed
}

/** The exit code of a failed run, after saying why on standard error. */
export function reportFailure(error: unknown): number {
  complain(messageOf(error))
  return failureCode(error)
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
  return `sluice: ${message}\n`
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

function isUsage(error: Error): boolean {
  const codes = ['ERR_SLUICE_OPTION', 'ERR_SLUICE_SCHEMA', 'ERR_SLUICE_GRAPH']
  return error instanceof UsageError || (error instanceof SluiceError && codes.includes(error.code))
}
