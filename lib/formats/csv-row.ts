import {SluiceError, show} from '../errors/index.ts'
import {type CsvCastFunction, castOf} from './csv-cast.ts'
import {type CsvColumns, type CsvSettings, isColumn} from './csv-options.ts'

/** Makes a fresh plain object of a record's fields; throws a {@link BadField} when a cast fails. */
export type RowMaker = (fields: string[]) => Record<string, unknown>

/** A cast that failed. */
export class BadField extends Error {}

/** The row maker of one file: of its header, or of the `columns` option. */
export function rowMaker(file: string, settings: CsvSettings, header: string[] | undefined): RowMaker {
  const names = columnNames(file, settings.columns, header)
  const casts = names.map(name => (typeof name === 'string' ? castOf(settings.cast, name) : undefined))
  checkCastColumns(file, settings, names)
  if (names.includes('__proto__') || names.some(name => typeof name !== 'string'))
    return carefulMaker(file, names, casts)
  return plainMaker(file, names as string[], casts)
}

function plainMaker(file: string, names: readonly string[], casts: readonly (CsvCastFunction | undefined)[]): RowMaker {
  const count = names.length
  const contexts = names.map((column, index) => ({file, column, index}))
  if (!casts.some(cast => cast !== undefined))
    return fields => {
      const row: Record<string, unknown> = {}
      for (let i = 0; i < count; i++) row[names[i]!] = fields[i]
      return row
    }
  return fields => {
    const row: Record<string, unknown> = {}
    for (let i = 0; i < count; i++) {
      const cast = casts[i]
      row[names[i]!] = cast === undefined ? fields[i] : apply(cast, fields[i]!, contexts[i]!)
    }
    return row
  }
}

/** The same for files with columns to leave out, or with one named `__proto__`, which an assignment would swallow. */
function carefulMaker(file: string, names: CsvColumns, casts: readonly (CsvCastFunction | undefined)[]): RowMaker {
  return fields => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < names.length; index++) {
      const column = names[index]
      if (typeof column !== 'string') continue
      const cast = casts[index]
      const value = cast === undefined ? fields[index] : apply(cast, fields[index]!, {file, column, index})
      Object.defineProperty(row, column, {value, enumerable: true, writable: true, configurable: true})
    }
    return row
  }
}

function apply(cast: CsvCastFunction, text: string, context: {file: string; column: string; index: number}): unknown {
  try {
    return cast(text, context)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : show(cause)
    throw new BadField(`column ${show(context.column)}: ${reason}`, {cause})
  }
}

function columnNames(file: string, columns: CsvSettings['columns'], header: string[] | undefined): CsvColumns {
  const names = typeof columns === 'function' ? columns([...header!]) : (columns ?? header!)
  if (!Array.isArray(names) || !names.every(isColumn))
    throw malformed(file, `\`columns\` returned ${show(names)}; return an array of names (null leaves a column out)`)
  if (header !== undefined && names.length !== header.length)
    throw malformed(
      file,
      `\`columns\` has ${names.length} names, but the header has ${header.length}: ${show(header)}. ` +
        'Give one for each column (null leaves a column out)',
    )
  const seen = new Set<unknown>()
  for (const name of names) {
    if (typeof name === 'string' && seen.has(name))
      throw malformed(file, `column ${show(name)} appears twice in ${show(names)}. Name the columns by \`columns\``)
    seen.add(name)
  }
  return names
}

function checkCastColumns(file: string, settings: CsvSettings, names: CsvColumns): void {
  if (typeof settings.cast !== 'object') return
  for (const name of Object.keys(settings.cast))
    if (!names.includes(name))
      throw malformed(file, `\`cast\` names column ${show(name)}, but the columns are ${show(names)}`)
}

function malformed(file: string, what: string): SluiceError {
  return new SluiceError('ERR_SLUICE_CSV', `${file}: ${what}`)
}
