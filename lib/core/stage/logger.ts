import {messageOf, valueText} from '../../errors/index.ts'
import {printable} from '../../util/index.ts'

/** What stages log to; `console`, pino and winston fit. */
export interface Logger {
  debug(message: string, facts?: object): void
  info(message: string, facts?: object): void
  warn(message: string, facts?: object): void
  error(message: string, facts?: object): void
}

/** A logger that writes warnings and errors as lines of text, newline included. */
export function lineLogger(write: (line: string) => void): Logger {
  const at = (level: string) => (message: string, facts?: object) =>
    write(printable(`sluice ${level}: ${message}${facts ? ` ${valueText(facts)}` : ''}\n`))
  return {debug() {}, info() {}, warn: at('warn'), error: at('error')}
}

/** The default: warnings and errors as lines on standard error, since standard output may be data. */
export const stderrLogger: Logger = lineLogger(line => void process.stderr.write(line))

/** A logger that discards everything. */
export const silentLogger: Logger = {debug() {}, info() {}, warn() {}, error() {}}

const steadied = new WeakMap<Logger, Logger>()

/**
 * Wraps a user's logger so that it never throws: stages log from timers and events too, where an exception would end the process,
 * and logging must not stop the data. The first failure is reported on standard error.
 */
export function steadyLogger(logger: Logger): Logger {
  if (logger === stderrLogger || logger === silentLogger) return logger
  const known = steadied.get(logger)
  if (known) return known
  let told = false
  const failed = (cause: unknown) => {
    if (told) return
    told = true
    stderrLogger.error(`the given logger has failed: ${messageOf(cause)} (further failures are not reported)`)
  }
  const at = (level: keyof Logger) => (message: string, facts?: object) => {
    try {
      const answer: unknown = facts === undefined ? logger[level](message) : logger[level](message, facts)
      if (answer instanceof Promise) answer.catch(failed)
    } catch (cause) {
      failed(cause)
    }
  }
  const steady = {debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error')}
  steadied.set(logger, steady)
  steadied.set(steady, steady)
  return steady
}
