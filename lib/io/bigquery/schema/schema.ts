import {readFileSync} from 'node:fs'
import {messageOf, SluiceError, show} from '../../../errors/index.ts'
import {type FieldType, type SchemaInput, type TableField, type TableSchema, TYPE_NAMES} from './schema-types.ts'

const MODES = ['NULLABLE', 'REQUIRED', 'REPEATED'] as const
const MAX_DEPTH = 15
const FORMS =
  "give 'name:TYPE,name:TYPE', the path of a JSON file, an array of fields, or {fields: [{name, type, mode}]}"

/**
 * Reads a table schema in any of its forms and normalizes type names and modes.
 *
 * @param where the name that its errors begin with
 * @param given the schema; a path is relative to the working directory, and the file is read at once
 * @throws SluiceError `ERR_SLUICE_SCHEMA`, naming the field that is wrong.
 *
 * @example
 * parseSchema('orders', 'id:INT64,total:NUMERIC(10,2)').fields[1]
 * // {name: 'total', type: 'NUMERIC', mode: 'NULLABLE', precision: '10', scale: '2'}
 */
export function parseSchema(where: string, given: SchemaInput): TableSchema {
  const fail: Fail = (problem, cause) => {
    throw new SluiceError('ERR_SLUICE_SCHEMA', `${where}: ${problem}`, {stage: where, cause})
  }
  return {fields: checkFields(listOf(typeof given === 'string' ? fromText(given, fail) : given, fail), '', 1, fail)}
}

type Fail = (problem: string, cause?: unknown) => never

function fromText(given: string, fail: Fail): unknown {
  const text = given.trim()
  if (text === '') fail(`the schema is empty; ${FORMS}`)
  if (/^[[{]/.test(text)) return fromJson(text, 'the schema given as JSON text', fail)
  if (!/\.json$/i.test(text)) return splitOutside(text).map(part => fromPair(part, fail))
  let content: string
  try {
    content = readFileSync(text, 'utf8')
  } catch (error) {
    return fail(`schema file ${show(text)} cannot be read: ${messageOf(error)}`, error)
  }
  return fromJson(content, `schema file ${show(text)}`, fail)
}

function fromJson(text: string, what: string, fail: Fail): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return fail(`${what} is not JSON: ${messageOf(error)}`, error)
  }
}

/** Splits at the commas that are not inside `(10,2)` or `<…>`. */
function splitOutside(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '(' || c === '<') depth++
    else if (c === ')' || c === '>') depth--
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  return [...parts, text.slice(start)]
}

function fromPair(part: string, fail: Fail): {name: string; type: string} {
  const colon = part.indexOf(':')
  if (colon < 0)
    fail(`schema part ${show(part.trim())} has no type; write 'name:TYPE' (the name of a schema file ends in .json)`)
  return {name: part.slice(0, colon).trim(), type: part.slice(colon + 1).trim()}
}

/** The array of fields in any of its JSON shapes; `bq show --format=json` prints a table with its `schema`. */
function listOf(given: unknown, fail: Fail): unknown[] {
  if (Array.isArray(given)) return given
  if (given !== null && typeof given === 'object') {
    if ('fields' in given && Array.isArray(given.fields)) return given.fields
    if ('schema' in given && given.schema !== null && typeof given.schema === 'object')
      return listOf(given.schema, fail)
  }
  return fail(`the schema is ${show(given)}; ${FORMS}`)
}

function checkFields(list: unknown[], parent: string, depth: number, fail: Fail): TableField[] {
  const of = parent ? `record \`${parent}\`` : 'the schema'
  if (list.length === 0) fail(`${of} has no fields`)
  if (depth > MAX_DEPTH) fail(`${of} is nested deeper than BigQuery's ${MAX_DEPTH} levels`)
  const seen = new Set<string>()
  return list.map(given => {
    const field = checkField(given, parent, depth, fail)
    const key = field.name.toLowerCase()
    if (seen.has(key)) fail(`${of} has the field \`${field.name}\` twice (names ignore case)`)
    seen.add(key)
    return field
  })
}

function checkField(given: unknown, parent: string, depth: number, fail: Fail): TableField {
  if (given === null || typeof given !== 'object' || Array.isArray(given))
    return fail(
      `${parent ? `record \`${parent}\`` : 'the schema'} has the field ${show(given)}; give {name, type, mode}`,
    )
  const {name, type, mode = 'NULLABLE', fields, ...rest} = given as Record<string, unknown>
  if (typeof name !== 'string' || name === '' || name.length > 300)
    return fail(
      `a field of ${parent ? `\`${parent}\`` : 'the schema'} has the name ${show(name)}; give 1 to 300 characters`,
    )
  if (/[!"$()*,./;?@[\\\]^`{}~]/.test(name)) fail(`field name ${show(name)} has a character that BigQuery forbids`)
  const path = parent ? `${parent}.${name}` : name
  const wantedMode = typeof mode === 'string' ? MODES.find(m => m === mode.toUpperCase()) : undefined
  if (!wantedMode) return fail(`field \`${path}\` has the mode ${show(mode)}; give ${MODES.join(', ')}`)
  const read = typeof type === 'string' ? readType(type) : undefined
  if (!read)
    return fail(`field \`${path}\` has the type ${show(type)}; give one of ${Object.keys(TYPE_NAMES).join(', ')}`)
  const field: TableField = {
    ...rest,
    name,
    type: read.type,
    mode: read.repeated ? 'REPEATED' : wantedMode,
    ...read.attributes,
  }
  if (read.type === 'RECORD') {
    if (!Array.isArray(fields)) return fail(`field \`${path}\` is a RECORD; give its \`fields\``)
    field.fields = checkFields(fields, path, depth + 1, fail)
  } else if (fields !== undefined && !(Array.isArray(fields) && fields.length === 0)) {
    fail(`field \`${path}\` is ${read.type} but has \`fields\`, which only a RECORD may have`)
  }
  return field
}

/** `NUMERIC(10, 2)`, `STRING(20)`, `RANGE<DATE>`, `ARRAY<INT64>` and plain names, in any case. */
function readType(text: string): {type: FieldType; repeated: boolean; attributes: Partial<TableField>} | undefined {
  const match = /^(\w+)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)|<(.+)>)?$/.exec(text.trim())
  if (!match) return undefined
  const [, word = '', first, second, inner] = match
  if (word.toUpperCase() === 'ARRAY' && inner !== undefined) {
    const element = readType(inner)
    return element && !element.repeated ? {...element, repeated: true} : undefined
  }
  const type = TYPE_NAMES[word.toUpperCase()]
  if (!type || (inner !== undefined && type !== 'RANGE')) return undefined
  return {type, repeated: false, attributes: typeAttributes(type, first, second, inner)}
}

function typeAttributes(type: FieldType, first?: string, second?: string, inner?: string): Partial<TableField> {
  if (inner !== undefined) return {rangeElementType: {type: inner.trim().toUpperCase()}}
  if (first === undefined) return {}
  if (type === 'STRING' || type === 'BYTES') return {maxLength: first}
  return second === undefined ? {precision: first} : {precision: first, scale: second}
}
