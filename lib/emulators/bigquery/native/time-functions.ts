import type {DuckDBDateValue} from '@duckdb/node-api'
import {datetimeText, parseDate, parseDatetime, parseTime, parseTimestamp, timeText} from '../values/civil-time.ts'
import type {Native} from './define.ts'
import {formatTime} from './format-time.ts'
import {parseByFormat} from './parse-time.ts'
import {offsetMicros, offsetText} from './time-zones.ts'

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(what)
  return value
}

/** Seconds have no decimals, or three or six of them. */
function shortFraction(text: string): string {
  return text.replace(/(\.\d{3})000$/, '$1')
}

function instant(text: string, zone: string): bigint {
  const parsed = /^\s*[+-]?[\d.]+(e[+-]?\d+)?\s*$/i.test(text) ? undefined : parseTimestamp(text.trim())
  if (typeof parsed !== 'bigint') throw new Error(`Invalid timestamp: '${text}'`)
  const hasZone = !/^\d{4}-\d{1,2}-\d{1,2}([ Tt]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d*)?)?)?$/.test(text.trim())
  return hasZone || zone === 'UTC' ? parsed : parsed - offsetMicros(zone, parsed, true)
}

export const TIME_NATIVES: readonly Native[] = [
  {
    name: 'bq_to_date',
    takes: ['text'],
    gives: 'date',
    call: (text: string) => required(parseDate(text.trim()), `Invalid date: '${text}'`),
  },
  {
    name: 'bq_to_time',
    takes: ['text'],
    gives: 'time',
    call: (text: string) => required(parseTime(text.trim()), `Invalid time string "${text}"`),
  },
  {
    name: 'bq_to_datetime',
    takes: ['text'],
    gives: 'int',
    call: (text: string) => required(parseDatetime(text.trim()), `Invalid datetime string "${text}"`),
  },
  {name: 'bq_to_timestamp', takes: ['text', 'text'], gives: 'int', call: instant},
  {
    name: 'bq_date_in_range',
    takes: ['date'],
    gives: 'date',
    call(day: DuckDBDateValue) {
      if (day.days < -719_162 || day.days > 2_932_896) throw new Error('Date out of range: years 1 to 9999')
      return day.days
    },
  },
  {
    name: 'bq_micros_in_range',
    takes: ['int'],
    gives: 'int',
    call(micros: bigint) {
      if (micros < -62_135_596_800_000_000n || micros > 253_402_300_799_999_999n)
        throw new Error('Date and time out of range: years 1 to 9999')
      return micros
    },
  },
  {name: 'bq_time_text', takes: ['int'], gives: 'text', call: (micros: bigint) => shortFraction(timeText(micros))},
  {
    name: 'bq_datetime_text',
    takes: ['int'],
    gives: 'text',
    call: (micros: bigint) => shortFraction(datetimeText(micros).replace('T', ' ')),
  },
  {
    name: 'bq_timestamp_text',
    takes: ['int', 'text'],
    gives: 'text',
    call(micros: bigint, zone: string) {
      const offset = offsetMicros(zone, micros)
      return `${shortFraction(datetimeText(micros + offset).replace('T', ' '))}${offsetText(offset, ':').replace(/:00$/, '')}`
    },
  },
  {name: 'bq_format_time', takes: ['text', 'int', 'text', 'text'], gives: 'text', call: formatTime},
  {name: 'bq_parse_time', takes: ['text', 'text', 'text', 'text'], gives: 'int', call: parseByFormat},
]
