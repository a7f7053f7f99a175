import {messageOf} from '../../../errors/index.ts'
import {isOpaque} from '../../../formats/index.ts'
import type {FieldType, TableField, TableSchema} from '../schema/schema-types.ts'
import {encodeGeography, encodeJson} from './encode-json.ts'
import {encodeBoolean, encodeFloat, encodeInteger, encodeNumeric} from './encode-number.ts'
import {
  encodeBytes,
  encodeDateOnly,
  encodeDatetime,
  encodeString,
  encodeTextual,
  encodeTime,
  encodeTimestamp,
} from './encode-text.ts'
import {type Encode, Unencodable, unfit} from './unencodable.ts'

const SCALARS: Record<Exclude<FieldType, 'RECORD' | 'RANGE'>, Encode> = {
  STRING: encodeString,
  BYTES: encodeBytes,
  INTEGER: encodeInteger,
  FLOAT: encodeFloat,
  NUMERIC: encodeNumeric,
  BIGNUMERIC: encodeNumeric,
  BOOLEAN: encodeBoolean,
  TIMESTAMP: encodeTimestamp,
  DATE: encodeDateOnly,
  TIME: encodeTime,
  DATETIME: encodeDatetime,
  GEOGRAPHY: encodeGeography,
  JSON: encodeJson,
  INTERVAL: encodeTextual("an interval in text such as '1-2 3 4:5:6'"),
}

/**
 * Compiles a schema into a function that encodes a row as the JSON text of insertAll, or reports which field cannot be sent
 * and why.
 *
 * `undefined` is an absent field; column names ignore case, as in BigQuery. Text is sent as it is for every type: BigQuery
 * parses it, and reports in its answer if it cannot.
 *
 * Fields that the schema lacks are reported; with `ignoreUnknown` they are left out, and it is called for each.
 */
export function compileRowEncoder(schema: TableSchema, ignoreUnknown?: (name: string) => void): Encode {
  const record = compileRecord(schema.fields, ignoreUnknown)
  return row => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return unfit(row, 'a row; give an object')
    const text = record(row)
    return text === '{}' && isOpaque(row) ? unfit(row, 'a row; give an object with the fields of the table') : text
  }
}

type IgnoreUnknown = ((name: string) => void) | undefined

interface CompiledField {
  readonly name: string
  /** `"name":` */
  readonly key: string
  readonly encode: Encode
  readonly required: boolean
  readonly index: number
  readonly repeated: boolean
}

function compileField(field: TableField, index: number, ignoreUnknown: IgnoreUnknown): CompiledField {
  const one = compileOne(field, ignoreUnknown)
  const repeated = field.mode === 'REPEATED'
  return {
    name: field.name,
    key: `${JSON.stringify(field.name)}:`,
    encode: repeated ? compileRepeated(one) : one,
    required: field.mode === 'REQUIRED' && field.defaultValueExpression === undefined,
    index,
    repeated,
  }
}

function compileRecord(list: readonly TableField[], ignoreUnknown: IgnoreUnknown): Encode {
  const fields = list.map((field, index) => compileField(field, index, ignoreUnknown))
  const byName = new Map(fields.map(field => [field.name, field]))
  const byLowerName = new Map(fields.map(field => [field.name.toLowerCase(), field]))
  const required = fields.filter(field => field.required).length

  return value => {
    const row = value as Record<string, unknown>
    let out = ''
    let guess = 0
    let requiredSeen = 0
    let reading = ''
    let spellings: ReadonlyMap<string, number> | undefined
    // getters, and methods such as toISOString(), are user code
    try {
      for (const key of Object.keys(row)) {
        reading = key
        const inner = row[key]
        if (inner === undefined) continue
        // most rows have their keys in the order of the columns: checking the next one saves the look-up
        let field = fields[guess]
        if (field === undefined || field.name !== key) {
          field = byName.get(key)
          if (field === undefined) {
            // once a row: doing it for each key would be quadratic
            spellings ??= spellingsOf(row)
            field = spellings.get(key.toLowerCase()) === 1 ? byLowerName.get(key.toLowerCase()) : undefined
          }
          if (field === undefined) {
            if (!ignoreUnknown) return new Unencodable(`no such field: ${key}`, key, true)
            ignoreUnknown(key)
            continue
          }
        }
        guess = field.index + 1
        let text: string | Unencodable
        if (inner !== null) text = field.encode(inner)
        else if (field.required) return new Unencodable('null in a REQUIRED field', key)
        // BigQuery has no NULL arrays, and stores empty ones
        else text = field.repeated ? '[]' : 'null'
        if (typeof text !== 'string') return text.within(key)
        if (field.required) requiredSeen++
        out += out === '' ? field.key + text : `,${field.key}${text}`
      }
    } catch (error) {
      return new Unencodable(`reading it threw: ${messageOf(error)}`, reading)
    }
    return requiredSeen < required ? missingRequired(fields, row) : `{${out}}`
  }
}

/**
 * How many keys with a value each name has, ignoring case. A key that differs from a column only in case is that column,
 * unless the row has the other spelling too, which would give the column twice.
 */
function spellingsOf(row: Record<string, unknown>): Map<string, number> {
  const found = new Map<string, number>()
  for (const key of Object.keys(row)) {
    if (row[key] === undefined) continue
    const lower = key.toLowerCase()
    found.set(lower, (found.get(lower) ?? 0) + 1)
  }
  return found
}

function missingRequired(fields: readonly CompiledField[], row: Record<string, unknown>): Unencodable {
  const given = new Set(Object.keys(row).flatMap(key => (row[key] === undefined ? [] : [key.toLowerCase()])))
  const field = fields.find(f => f.required && !given.has(f.name.toLowerCase()))
  return new Unencodable('the REQUIRED field is missing', field?.name)
}

function compileOne(field: TableField, ignoreUnknown: IgnoreUnknown): Encode {
  if (field.type === 'RECORD') {
    const record = compileRecord(field.fields ?? [], ignoreUnknown)
    return value => {
      const usable = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
      const text = usable ? record(value) : undefined
      if (text !== undefined && !(text === '{}' && isOpaque(value as object))) return text
      return unfit(value, `a record; give an object with the fields of \`${field.name}\``)
    }
  }
  return field.type === 'RANGE' ? compileRange(field) : SCALARS[field.type]
}

const RANGE_TEXT = encodeTextual("a range; give text such as '[2024-01-01, 2024-02-01)' or {start, end}")

function compileRange(field: TableField): Encode {
  const element = field.rangeElementType?.type as 'DATE' | 'DATETIME' | 'TIMESTAMP' | undefined
  const bound = (element && SCALARS[element]) ?? encodeTextual('the bound of a range')
  return value => {
    const {
      start,
      end,
      value: text,
    } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
    if (typeof text === 'string' || (start === undefined && end === undefined)) return RANGE_TEXT(value)
    const from = start == null ? 'null' : bound(start)
    if (typeof from !== 'string') return from.within('start')
    const to = end == null ? 'null' : bound(end)
    return typeof to === 'string' ? `{"start":${from},"end":${to}}` : to.within('end')
  }
}

function compileRepeated(one: Encode): Encode {
  return value => {
    const list = listOf(value)
    if (!list) return unfit(value, 'an array, and the column is REPEATED')
    let out = ''
    for (let i = 0; i < list.length; i++) {
      const inner = list[i]
      if (inner == null) return new Unencodable(`${inner} in a REPEATED field; leave it out`, `[${i}]`)
      const text = one(inner)
      if (typeof text !== 'string') return text.within(`[${i}]`)
      out += i === 0 ? text : `,${text}`
    }
    return `[${out}]`
  }
}

function listOf(value: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(value)) return value
  if (value instanceof Set) return [...value]
  const typed = ArrayBuffer.isView(value) && !(value instanceof DataView) && !Buffer.isBuffer(value)
  return typed ? (value as unknown as ArrayLike<unknown>) : undefined
}
