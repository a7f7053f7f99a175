import {SluiceError, show} from '../../../errors/index.ts'
import type {CsvSettings} from '../options/check-csv-options.ts'
import {type CsvCastContext, type CsvCastFunction, type CsvColumnCast, castOf} from '../options/csv-cast.ts'
import {isColumn} from '../options/csv-names.ts'
import type {CsvColumns} from '../options/csv-options.ts'
import {missingColumns} from './missing-columns.ts'

/** A column of the rows. */
export interface CsvColumn {
  readonly name: string
  /** Its position in the file; -1: the file has no such column, and rows have null. */
  readonly index: number
  readonly cast: CsvCastFunction | undefined
  readonly context: CsvCastContext
}

/** The columns of one file. */
interface CsvFileColumns {
  /** The number of fields that a record must have. */
  readonly count: number
  /** The columns of the rows, in the order of their keys. */
  readonly columns: readonly CsvColumn[]
}

/** The columns of the rows of one file, from its header or the `columns` option. Throws ERR_SLUICE_CSV. */
export function fileColumns(file: string, settings: CsvSettings, header: string[] | undefined): CsvFileColumns {
  const places = placesOf(file, settings, header)
  const {casts} = settings
  if (casts instanceof Map)
    for (const name of casts.keys())
      if (!places.has(name))
        throw malformed(file, `\`cast\` names column ${show(name)}, but the columns are ${show([...places.keys()])}`)
  const columns = [...places].map(([name, index]): CsvColumn => {
    const cast = castOf(casts, name)
    return {name, index, cast: cast && strictly(cast, settings, name), context: {file, column: name, index}}
  })
  return {count: header?.length ?? (settings.columns as CsvColumns).length, columns}
}

type Places = Map<string, number>

function placesOf(file: string, settings: CsvSettings, header: string[] | undefined): Places {
  const {columns} = settings
  if (header === undefined) return byPosition(file, columns as CsvColumns)
  if (columns === undefined) return byPosition(file, header)
  if (typeof columns !== 'function')
    return settings.header === 'replace'
      ? byPosition(file, asMany(file, columns, header))
      : byName(file, settings, columns as readonly string[], header)
  const names: unknown = columns([...header])
  if (!Array.isArray(names) || !names.every(isColumn))
    throw malformed(file, `\`columns\` returned ${show(names)}; return an array of names (null leaves a column out)`)
  const known = new Set(header)
  // If all names are in the header, they select columns; otherwise they are new names, by position.
  return names.every(name => known.has(name))
    ? byName(file, settings, names, header)
    : byPosition(file, asMany(file, names, header))
}

function byName(file: string, settings: CsvSettings, names: readonly string[], header: readonly string[]): Places {
  const found: Places = new Map()
  const twice = new Set<string>()
  header.forEach((name, index) => {
    if (found.has(name)) twice.add(name)
    else found.set(name, index)
  })
  const missing = names.filter(name => !found.has(name) && !settings.optional.has(name))
  if (missing.length > 0) throw malformed(file, missingColumns(missing, header, settings.delimiter))
  const places: Places = new Map()
  for (const name of names) {
    if (twice.has(name) || places.has(name)) throw appearsTwice(file, name, twice.has(name) ? header : names)
    places.set(name, found.get(name) ?? -1)
  }
  return places
}

function byPosition(file: string, names: CsvColumns): Places {
  const places: Places = new Map()
  names.forEach((name, index) => {
    if (typeof name !== 'string') return
    if (places.has(name)) throw appearsTwice(file, name, names)
    places.set(name, index)
  })
  return places
}

function asMany(file: string, names: CsvColumns, header: readonly string[]): CsvColumns {
  if (names.length === header.length) return names
  throw malformed(
    file,
    `\`columns\` has ${names.length} names, but the header has ${header.length}: ${show(header)}. ` +
      'Give names from the header to read only those, or one for each column (null leaves a column out)',
  )
}

/** Refuses a blank field: the type of the rows promises a value in a requested column. */
function strictly({cast, type}: CsvColumnCast, {columns, optional}: CsvSettings, name: string): CsvCastFunction {
  const required = Array.isArray(columns) && !optional.has(name)
  if (!required || type === undefined || type.toUpperCase() === 'JSON') return cast
  return (text, context) => {
    const value = cast(text, context)
    if (value !== null) return value
    throw new Error(`it is blank, but the column is ${type}. Name the column in \`optionalColumns\` if it may be blank`)
  }
}

function appearsTwice(file: string, name: string, names: CsvColumns): SluiceError {
  return malformed(
    file,
    `column ${show(name)} appears twice in ${show(names)}. Name all columns by position: \`columns\` with \`header: 'replace'\``,
  )
}

function malformed(file: string, what: string): SluiceError {
  return new SluiceError('ERR_SLUICE_CSV', `${file}: ${what}`)
}
