import {badOption, SluiceError, show} from '../../../errors/index.ts'
import {FIELD_TYPE_NAMES} from '../../types/field-types.ts'
import {type CsvCasts, type CsvColumnCast, checkCast, typeCast} from './csv-cast.ts'
import type {CsvColumns, CsvHeader, CsvOptions} from './csv-options.ts'

/** The checked options that define the columns and their types. */
interface CsvNames {
  readonly header: CsvHeader
  readonly columns: CsvColumns | ((header: string[]) => CsvColumns) | undefined
  readonly optional: ReadonlySet<string>
  readonly casts: CsvCasts | undefined
}

/** Checks these options; throws ERR_SLUICE_OPTION. */
export function checkNames(where: string, options: CsvOptions): CsvNames {
  const header = checkHeader(where, options.header)
  const {schema} = options
  const casts = schema === undefined ? checkCast(where, options.cast) : checkSchema(where, options)
  const required = casts instanceof Map && schema !== undefined ? [...casts.keys()] : options.columns
  const columns = checkColumns(where, required, header)
  const optional = checkOptional(where, options, header, columns)
  const names = new Set<unknown>(Array.isArray(columns) ? columns : [])
  const known = Array.isArray(columns) ? [...columns, ...[...optional].filter(name => !names.has(name))] : columns
  if (casts instanceof Map && Array.isArray(known)) {
    for (const name of optional) names.add(name)
    const unknown = [...casts.keys()].find(name => !names.has(name))
    if (unknown !== undefined)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${where}: \`cast\` names column ${show(unknown)}, but the columns are ${show(known)}`,
        {stage: where},
      )
  }
  return {header, columns: known, optional, casts}
}

function checkHeader(where: string, given: unknown): CsvHeader {
  if (given === undefined || typeof given === 'boolean') return given ?? true
  if (given === 'replace') return given
  throw badOption(where, 'header', given, "true, false or 'replace'")
}

function checkColumns(where: string, given: unknown, header: CsvHeader): CsvNames['columns'] {
  if (given === undefined || typeof given === 'function') {
    if (header === true) return given as CsvNames['columns']
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: with \`header: ${show(header)}\` option \`columns\` is ${show(given)}; give the columns' names in order, ` +
        'as an array, or set `header: true`',
      {stage: where},
    )
  }
  const allowed =
    header === true
      ? 'an array of names from the header, or a function of the header. To name columns by position, or leave one out ' +
        "with null, set `header: 'replace'`, or `header: false` for files without one"
      : 'an array of names (null leaves a column out)'
  const may = header === true ? (name: unknown) => typeof name === 'string' : isColumn
  if (!Array.isArray(given) || given.length === 0 || !given.every(may))
    throw badOption(where, 'columns', given, allowed)
  const seen = new Set<unknown>()
  for (const name of given) {
    if (typeof name === 'string' && seen.has(name))
      throw badOption(where, 'columns', given, `each name once; ${show(name)} is there twice`)
    seen.add(name)
  }
  return given
}

/** True for a valid column name. */
export function isColumn(name: unknown): boolean {
  return typeof name === 'string' || name === null || name === undefined || name === false
}

function checkOptional(
  where: string,
  {optionalColumns: given}: CsvOptions,
  header: CsvHeader,
  columns: CsvNames['columns'],
): ReadonlySet<string> {
  if (given === undefined) return new Set()
  if (!Array.isArray(given) || !given.every(name => typeof name === 'string'))
    throw badOption(where, 'optionalColumns', given, 'an array of names')
  if (!Array.isArray(columns))
    throw badOption(where, 'optionalColumns', given, 'the required ones too, as an array in `columns`, or a `schema`')
  const known = new Set(columns)
  const stray = header === true ? undefined : given.find(name => !known.has(name))
  if (stray !== undefined)
    throw badOption(where, 'optionalColumns', given, 'names out of `columns`: columns by position are always there')
  return new Set(given)
}

function checkSchema(where: string, {schema, columns, cast}: CsvOptions): Map<string, CsvColumnCast> {
  for (const [name, other] of Object.entries({columns, cast}))
    if (other !== undefined)
      throw new SluiceError(
        'ERR_SLUICE_OPTION',
        `${where}: option \`schema\` already defines the columns and their types; leave \`${name}\` out`,
        {stage: where},
      )
  const forms = "'name:TYPE,name:TYPE', or an object of names and types"
  if (typeof schema !== 'string' && (typeof schema !== 'object' || schema === null || Array.isArray(schema)))
    throw badOption(where, 'schema', schema, forms)
  const pairs = typeof schema === 'string' ? schema.split(',').map(pairOf) : Object.entries(schema)
  if (pairs.length === 0) throw badOption(where, 'schema', schema, forms)
  const casts = new Map<string, CsvColumnCast>()
  for (const [name, type] of pairs) {
    if (name === '' || type === undefined) throw badOption(where, 'schema', schema, forms)
    if (casts.has(name)) throw badOption(where, 'schema', schema, `each column once; ${show(name)} is there twice`)
    const found = typeof type === 'string' ? typeCast(type) : undefined
    if (!found)
      throw badOption(where, 'schema', schema, `one of ${FIELD_TYPE_NAMES.join(', ')} to column ${show(name)}`)
    casts.set(name, found)
  }
  return casts
}

function pairOf(text: string): [name: string, type: string | undefined] {
  const colon = text.indexOf(':')
  return colon < 0 ? [text.trim(), undefined] : [text.slice(0, colon).trim(), text.slice(colon + 1).trim()]
}
