import type {Writable} from 'node:stream'
import type {Logger} from '../core/index.ts'
import {badOption, booleanOption, checkOptionNames, elementText, enumOption} from '../errors/index.ts'
import {printable, printableJson} from '../util/index.ts'

/** Levels of {@link openLogger}, the least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** Options of {@link openLogger}. */
export interface LoggerOptions {
  /** `'json'` (default): a JSON object a line, as Cloud Logging takes it; `'pretty'`: lines for people. */
  format?: 'json' | 'pretty' | undefined
  /** The least important that is written; default `'info'`. */
  level?: (typeof LOG_LEVELS)[number] | undefined
  /** Where to; default: standard error, since standard output may be data. */
  destination?: Writable | undefined
  /** False leaves elements out, since they may be private; default true: each is cut at 1,024 bytes. */
  elements?: boolean | undefined
  /** A W3C `traceparent`, whose ids go with every line; default: the environment variable `TRACEPARENT`. */
  traceparent?: string | undefined
  /** Facts that go with every line. */
  facts?: Readonly<Record<string, unknown>> | undefined
  /** Colours of `'pretty'`; default false. */
  colors?: boolean | undefined
}

const OPTION_NAMES = ['format', 'level', 'destination', 'elements', 'traceparent', 'facts', 'colors']
const SEVERITIES = {debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR'} as const
/** Facts that are elements, or hold some. */
const PRIVATE = ['element', 'elements', 'row', 'rows', 'raw']

/**
 * A logger for a run, made by pino, which is loaded by this call: each line has the time, `severity`, `message`, the name of
 * the `step`, and `traceId` and `spanId` where there is a trace.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 *
 * @example
 * const p = new Pipeline({logger: await openLogger({format: 'json', elements: false})})
 */
export async function openLogger(options: LoggerOptions = {}): Promise<Logger> {
  const where = 'openLogger'
  checkOptionNames(where, options, OPTION_NAMES)
  const format = enumOption(where, 'format', options.format, 'json', ['json', 'pretty'] as const)
  const level = enumOption(where, 'level', options.level, 'info', LOG_LEVELS)
  const elements = booleanOption(where, 'elements', options.elements, true)
  const {destination = process.stderr, facts = {}} = options
  if (typeof destination?.write !== 'function')
    throw badOption(where, 'destination', destination, 'a Writable such as process.stderr')
  const traceparent = options.traceparent ?? process.env['TRACEPARENT']
  const {pino} = await import('pino')
  const log = pino(
    {
      level,
      base: {...traceOf(traceparent), ...facts},
      messageKey: 'message',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      // pino-pretty goes by pino's own levels
      ...(format === 'json' && {
        formatters: {level: label => ({severity: SEVERITIES[label as keyof typeof SEVERITIES]})},
      }),
    },
    format === 'json'
      ? {write: line => void destination.write(printableJson(line))}
      : await pretty(destination, options.colors === true),
  )
  const at = (name: (typeof LOG_LEVELS)[number]) => (message: string, given?: object) =>
    log[name](shown(given, elements), format === 'json' ? message : printable(message))
  return {debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error')}
}

async function pretty(destination: Writable, colorize: boolean) {
  const {default: prettyStream} = await import('pino-pretty')
  return prettyStream({destination, colorize, messageKey: 'message', translateTime: 'HH:MM:ss', singleLine: true})
}

/** Stages name themselves as `stage`, which is a step here; elements are cut or left out. */
function shown(facts: object | undefined, elements: boolean): Record<string, unknown> {
  const line: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts ?? {})) {
    if (name === 'stage') line['step'] = value
    else if (!PRIVATE.includes(name)) line[name] = value
    else if (elements && value !== undefined) line[name] = elementText(value)
  }
  return line
}

/** The ids of `00-TRACE-SPAN-FLAGS`; what is none is left alone. */
function traceOf(traceparent: string | undefined): {traceId?: string; spanId?: string} {
  const [, traceId, spanId] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent ?? '') ?? []
  return traceId === undefined || spanId === undefined ? {} : {traceId, spanId}
}
