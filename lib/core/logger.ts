/** What stages log to; `console`, pino and winston fit. */
export interface Logger {
  debug(message: string, facts?: object): void
  info(message: string, facts?: object): void
  warn(message: string, facts?: object): void
  error(message: string, facts?: object): void
}

/** The default: warnings and errors as lines on standard error, since standard output may be data. */
export const stderrLogger: Logger = {
  debug() {},
  info() {},
  warn: (message, facts) => write('warn', message, facts),
  error: (message, facts) => write('error', message, facts),
}

function write(level: string, message: string, facts?: object): void {
  process.stderr.write(`sluice ${level}: ${message}${facts ? ` ${JSON.stringify(facts)}` : ''}\n`)
}

/** A logger that says nothing. */
export const silentLogger: Logger = {debug() {}, info() {}, warn() {}, error() {}}
