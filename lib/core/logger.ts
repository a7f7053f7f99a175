import {valueText} from '../errors/index.ts'
import {printable} from '../util/index.ts'

/** What stages log to; `console`, pino and winston fit. */
export interface Logger {
  debug(message: string, facts?: object): void
  info(message: string, facts?: object): void
  warn(message: string, facts?: object): void
  error(message: string, facts?: object): void
}

/** A logger that hands warnings and errors on as lines of text, with their line end. */
export function lineLogger(write: (line: string) => void): Logger {
  const at = (level: string) => (message: string, facts?: object) =>
    write(printable(`sluice ${level}: ${message}${facts ? ` ${valueText(facts)}` : ''}\n`))
  return {debug() {}, info() {}, warn: at('warn'), error: at('error')}
}

/** The default: warnings and errors as lines on standard error, since standard output may be data. */
export const stderrLogger: Logger = lineLogger(line => void process.stderr.write(line))

/** A logger that says nothing. */
export const silentLogger: Logger = {debug() {}, info() {}, warn() {}, error() {}}
