import {show} from '../errors/index.ts'
import type {RecordBatch} from './csv-batch.ts'
import type {CsvCastContext, CsvCastFunction} from './csv-cast.ts'
import type {CsvColumns} from './csv-options.ts'
import {CHARACTERS, COLUMNS} from './record-index.ts'
import type {PlainRecords} from './record-scanner.ts'

export type Casts = readonly (CsvCastFunction | undefined)[]
type Row = Record<string, unknown>

/** What makes rows. */
export interface RowCode {
  /** A row of a record's fields. */
  fromFields(fields: readonly string[], casts: Casts, contexts: readonly CsvCastContext[]): Row
  /**
   * Adds the rows of plain records, whose text is given, to a batch. `offset`: that of the place `origin` in the file. When a
   * cast fails, the batch has the rows before it.
   */
  addPlain(
    batch: RecordBatch,
    text: string,
    records: PlainRecords,
    offset: number,
    casts: Casts,
    contexts: readonly CsvCastContext[],
  ): void
}

/** A cast that failed. */
export class BadField extends Error {}

/** Calls a cast; what it throws becomes a {@link BadField}. */
export function applyCast(cast: CsvCastFunction, text: string, context: CsvCastContext): unknown {
  try {
    return cast(text, context)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : show(cause)
    throw new BadField(`column ${show(context.column)}: ${reason}`, {cause})
  }
}

/** With more columns than that the code would be longer than it is worth. */
const MAX_COMPILED = 500
/** Code that is kept: many files with the same header share it, and with it what the engine learns of their rows. */
const MAX_KEPT = 64
const kept = new Map<string, RowCode>()

/**
 * The code for rows of these columns. An object literal with the names in it gives all rows one shape and costs a few
 * nanoseconds a field; assignments by a name that varies cost ten times that. Where code may not be made of strings
 * (`--disallow-code-generation-from-strings`), there are the assignments.
 */
export function rowCode(names: CsvColumns, casts: Casts): RowCode {
  if (names.length > MAX_COMPILED) return interpreted(names)
  const key = JSON.stringify(names.map((name, i) => [typeof name === 'string' ? name : null, casts[i] !== undefined]))
  let code = kept.get(key)
  if (code === undefined) {
    code = compiled(names, casts) ?? interpreted(names)
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!)
    kept.set(key, code)
  }
  return code
}

function compiled(names: CsvColumns, casts: Casts): RowCode | undefined {
  const literal = (field: (index: number) => string) => {
    const members = names.map((name, i) => {
      if (typeof name !== 'string') return ''
      // In brackets it is a name like any other; without them it would set the prototype.
      const key = name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
      return `${key}: ${casts[i] ? `applyCast(casts[${i}], ${field(i)}, contexts[${i}])` : field(i)},`
    })
    return `{${members.join('')}}`
  }
  const fromText = literal(i => `text.slice(starts[first + ${i}] - begin, ends[first + ${i}] - begin)`)
  const fromFields = literal(i => `fields[${i}]`)
  try {
    return new Function(
      'applyCast',
      `return {
        fromFields(fields, casts, contexts) { return ${fromFields} },
        addPlain({values, offsets}, text, {starts, ends, table, record, stop}, offset, casts, contexts) {
          const begin = table[${COLUMNS} * record + ${CHARACTERS}]
          for (; record < stop; record++) {
            const first = table[${COLUMNS} * record + 1]
            values.push(${fromText})
            offsets.push(offset + table[${COLUMNS} * record])
          }
        },
      }`,
    )(applyCast) as RowCode
  } catch {
    return undefined
  }
}

function interpreted(names: CsvColumns): RowCode {
  const wanted = [...names.keys()].filter(index => typeof names[index] === 'string')
  const make = (field: (index: number) => string, casts: Casts, contexts: readonly CsvCastContext[]) => {
    const row: Row = {}
    for (const index of wanted) {
      const cast = casts[index]
      const name = names[index] as string
      const value = cast === undefined ? field(index) : applyCast(cast, field(index), contexts[index]!)
      if (name !== '__proto__') row[name] = value
      else Object.defineProperty(row, name, {value, enumerable: true, writable: true, configurable: true})
    }
    return row
  }
  return {
    fromFields: (fields, casts, contexts) => make(index => fields[index]!, casts, contexts),
    addPlain({values, offsets}, text, {starts, ends, table, record, stop}, offset, casts, contexts) {
      const begin = table[COLUMNS * record + CHARACTERS]!
      for (let at = record; at < stop; at++) {
        const first = table[COLUMNS * at + 1]!
        const field = (index: number) => text.slice(starts[first + index]! - begin, ends[first + index]! - begin)
        values.push(make(field, casts, contexts))
        offsets.push(offset + table[COLUMNS * at]!)
      }
    },
  }
}
