import type {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api'
import {invalidQuery} from '../model/errors.ts'
import {dateText, datetimeText, timeText} from './civil-time.ts'
import type {Duck} from './duckdb.ts'
import {decimalText, floatText} from './numbers.ts'

/** A cell on the wire: text, null, `[{v}]` for REPEATED, `{f: [{v}]}` for RECORD. */
type Cell = string | null | {v: Cell}[] | {f: {v: Cell}[]}
export interface WireRow {
  f: {v: Cell}[]
}

/** How a request wants its TIMESTAMPs. */
export type TimestampFormat = 'int64' | 'float' | 'iso'

/** Reads `formatOptions` of a request: of its query parameters, or of its body. */
export function timestampFormat(get: (name: string) => unknown): TimestampFormat {
  const format = get('timestampOutputFormat')
  if (format === 'ISO8601_STRING') return 'iso'
  if (format === 'INT64' || String(get('useInt64Timestamp')) === 'true') return 'int64'
  return 'float'
}

type Encode = (value: DuckDBValue) => Cell

/** Makes the encoder of a column by its DuckDB type. */
export function cellEncoder(duck: Duck, type: DuckDBType, timestamps: TimestampFormat): Encode {
  const id = duck.DuckDBTypeId
  switch (type.typeId) {
    case id.LIST:
    case id.ARRAY:
      return listEncoder(cellEncoder(duck, type.valueType, timestamps))
    case id.STRUCT:
      return structEncoder(
        type.entryNames.map((name, i) => ({
          name,
          encode: cellEncoder(duck, type.entryTypes[i] as DuckDBType, timestamps),
        })),
      )
    default:
      return scalarEncoder(duck, type, timestamps)
  }
}

function listEncoder(element: Encode): Encode {
  return value =>
    value === null
      ? []
      : (value as DuckDBListValue).items.map(item => {
          if (item === null)
            throw invalidQuery('Array cannot have a null element; error in writing a field of the result')
          return {v: element(item)}
        })
}

function structEncoder(entries: readonly {name: string; encode: Encode}[]): Encode {
  return orNull(value => ({
    f: entries.map(({name, encode}) => ({v: encode((value as DuckDBStructValue).entries[name] ?? null)})),
  }))
}

function orNull(encode: Encode): Encode {
  return value => (value === null ? null : encode(value))
}

function scalarEncoder(duck: Duck, type: DuckDBType, timestamps: TimestampFormat): Encode {
  const id = duck.DuckDBTypeId
  switch (type.typeId) {
    case id.FLOAT:
    case id.DOUBLE:
      return orNull(value => floatText(value as number))
    case id.DECIMAL:
      return orNull(value => decimalText((value as DuckDBDecimalValue).value, (value as DuckDBDecimalValue).scale))
    case id.BLOB:
      return orNull(value => Buffer.from((value as DuckDBBlobValue).bytes).toString('base64'))
    case id.DATE:
      return orNull(value => dateText((value as DuckDBDateValue).days))
    case id.TIME:
      return orNull(value => timeText((value as DuckDBTimeValue).micros))
    case id.TIMESTAMP:
      return orNull(value => datetimeText((value as DuckDBTimestampValue).micros))
    case id.TIMESTAMP_S:
      return orNull(value => datetimeText((value as DuckDBTimestampSecondsValue).seconds * 1_000_000n))
    case id.TIMESTAMP_MS:
      return orNull(value => datetimeText((value as DuckDBTimestampMillisecondsValue).millis * 1000n))
    case id.TIMESTAMP_NS:
      return orNull(value => datetimeText((value as DuckDBTimestampNanosecondsValue).nanos / 1000n))
    case id.TIMESTAMP_TZ:
      return orNull(value => timestampText((value as DuckDBTimestampTZValue).micros, timestamps))
    case id.INTERVAL:
      return orNull(value => intervalText(value as DuckDBIntervalValue))
    default:
      return orNull(String)
  }
}

function timestampText(micros: bigint, format: TimestampFormat): string {
  if (format === 'int64') return String(micros)
  if (format === 'iso') return `${datetimeText(micros)}Z`
  return decimalText(micros, 6)
}

/** `Y-M D H:M:S[.F]`. */
function intervalText(value: DuckDBIntervalValue): string {
  const months = Math.abs(value.months)
  const micros = value.micros < 0n ? -value.micros : value.micros
  const [hours, rest] = [micros / 3_600_000_000n, micros % 3_600_000_000n]
  const [, minutes = '', seconds = '', fraction = ''] = /^00:(\d\d):(\d\d)(?:\.(\d+))?$/.exec(timeText(rest)) ?? []
  const time = `${hours}:${Number(minutes)}:${Number(seconds)}${fraction && `.${fraction}`}`
  return `${value.months < 0 ? '-' : ''}${Math.floor(months / 12)}-${months % 12} ${value.days} ${value.micros < 0n ? '-' : ''}${time}`
}
