import type {Writable} from 'node:stream'
import type {Logger} from '../core/index.ts'
import {badOption, booleanOption, checkOptionNames, elementText, enumOption, messageOf} from '../errors/index.ts'
import {plainJson} from '../formats/index.ts'
import {printable, printableJson} from '../util/index.ts'

/** Levels of {@link openLogger}, the least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** Options of {@link openLogger}. */
export interface LoggerOptions {
  /** `'json'` (default): a JSON object a line, as Cloud Logging takes it; `'pretty'`: lines for people. */
  format?: 'json' | 'pretty' | undefined
  /** The lowest level that is written; default `'info'`. */
  level?: (typeof LOG_LEVELS)[number] | undefined
  /** Where lines are written; default: standard error, since standard output may be data. */
  destination?: Writable | undefined
  /** False leaves elements out, since they may be private; default true: each is cut at 1,024 bytes. */
  elements?: boolean | undefined
  /** A W3C `traceparent` whose ids are added to every line; default: the environment variable `TRACEPARENT`. */
  traceparent?: string | undefined
  /** Facts that are added to every line. */
  facts?: Readonly<Record<string, unknown>> | undefined
  /** Colours of `'pretty'`; default false. */
  colors?: boolean | undefined
}

const OPTION_NAMES = ['format', 'level', 'destination', 'elements', 'traceparent', 'facts', 'colors']
type Level = (typeof LOG_LEVELS)[number]
const COLORS = {debug: 34, info: 32, warn: 33, error: 31} as const
const SEVERITIES = {debug: 'DEBUG', info: 'INFO', warn: 'WARNING', error: 'ERROR'} as const
/** Facts that are elements or contain them. */
const PRIVATE = ['element', 'elements', 'row', 'rows', 'raw']

/**
 * A logger for a run: each line has the time, `severity`, `message`, the name of
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
  const base = {...traceOf(traceparent), ...facts}
  const line = format === 'json' ? jsonLine : prettyLine(options.colors === true)
  const at = (name: Level) =>
    LOG_LEVELS.indexOf(name) < LOG_LEVELS.indexOf(level)
      ? () => {}
      : (message: string, given?: object) =>
          void destination.write(`${line(name, message, {...base, ...shown(given, elements)})}\n`)
  return {debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error')}
}

function jsonLine(level: Level, message: string, facts: object): string {
  const time = new Date().toISOString()
  return printableJson(plainJson({severity: SEVERITIES[level], time, ...facts, message}))
}

/** `[12:00:00] WARN: message {"step":"Read"}`, in UTC. */
function prettyLine(colors: boolean): (level: Level, message: string, facts: object) => string {
  return (level, message, facts) => {
    const name = level.toUpperCase()
    const shownName = colors ? `\x1b[${COLORS[level]}m${name}\x1b[39m` : name
    const rest = Object.keys(facts).length > 0 ? ` ${printableJson(plainJson(facts))}` : ''
    return `[${new Date().toISOString().slice(11, 19)}] ${shownName}: ${printable(message)}${rest}`
  }
}

/** The facts of a stage as those of a step; elements are truncated or left out. */
function shown(facts: object | undefined, elements: boolean): Record<string, unknown> {
  const line: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(facts ?? {})) {
    if (name === 'stage') line['step'] = value
    else if (!PRIVATE.includes(name)) line[name] = value instanceof Error ? (value.stack ?? messageOf(value)) : value
    else if (elements && value !== undefined) line[name] = elementText(value)
  }
  return line
}

/** The ids of `00-TRACE-SPAN-FLAGS`; anything else is left alone. */
function traceOf(traceparent: string | undefined): {traceId?: string; spanId?: string} {
  const [, traceId, spanId] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(traceparent ?? '') ?? []
  return traceId === undefined || spanId === undefined ? {} : {traceId, spanId}
}
