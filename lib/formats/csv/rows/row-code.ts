import {messageOf, show} from '../../../errors/index.ts'
import type {CsvCastContext, CsvCastFunction} from '../options/csv-cast.ts'
import {CHARACTERS, COLUMNS} from '../scan/record-index.ts'
import type {PlainRecords} from '../scan/record-scanner.ts'
import type {RecordBatch} from './csv-batch.ts'
import type {CsvColumn} from './csv-columns.ts'

type Row = Record<string, unknown>

/**
 * Code that makes rows of given columns. The columns are passed with every call, since code is shared but casts are not.
 */
export interface RowCode {
  /** A row from a record's fields. */
  fromFields(fields: readonly string[], columns: readonly CsvColumn[]): Row
  /**
   * Adds the rows of plain records, whose text is given, to a batch. `offset`: the offset in the file of the place
   * `origin`. If a cast fails, the batch has the rows before it.
   */
  addPlain(batch: RecordBatch, text: string, records: PlainRecords, offset: number, columns: readonly CsvColumn[]): void
}

/** The error of a failed cast. */
export class BadField extends Error {}

/** Calls a cast; what it throws becomes a {@link BadField}. */
function applyCast(cast: CsvCastFunction, text: string, context: CsvCastContext): unknown {
  try {
    return cast(text, context)
  } catch (cause) {
    const reason = messageOf(cause)
    throw new BadField(`column ${show(context.column)}: ${reason}`, {cause})
  }
}

/** With more columns the code would be longer than it is worth. */
const MAX_COMPILED = 500
/**
 * The number of compiled functions kept: files with the same header share one, and what the engine has learned about their
 * rows.
 */
const MAX_KEPT = 64
const kept = new Map<string, RowCode>()

/**
 * The code for rows of these columns. An object literal with the names in it gives all rows one shape and costs a few
 * nanoseconds a field; assignments by a name that varies cost ten times that. Where code cannot be generated from strings
 * (`--disallow-code-generation-from-strings`), assignments are used.
 */
export function rowCode(columns: readonly CsvColumn[]): RowCode {
  if (columns.length > MAX_COMPILED) return interpreted
  const key = JSON.stringify(columns.map(({name, index, cast}) => [name, index, cast !== undefined]))
  let code = kept.get(key)
  if (code === undefined) {
    code = compiled(columns) ?? interpreted
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!)
    kept.set(key, code)
  }
  return code
}

function compiled(columns: readonly CsvColumn[]): RowCode | undefined {
  const literal = (field: (index: number) => string) => {
    const members = columns.map(({name, index, cast}, i) => {
      // in brackets it is a name like any other; without them it would set the prototype
      const key = name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
      if (index < 0) return `${key}: null,`
      return `${key}: ${cast ? `applyCast(columns[${i}].cast, ${field(index)}, columns[${i}].context)` : field(index)},`
    })
    return `{${members.join('')}}`
  }
  const fromText = literal(i => `text.slice(starts[first + ${i}] - begin, ends[first + ${i}] - begin)`)
  const fromFields = literal(i => `fields[${i}]`)
  try {
    return new Function(
      'applyCast',
      `return {
        fromFields(fields, columns) { return ${fromFields} },
        addPlain({values, offsets}, text, {starts, ends, table, record, stop}, offset, columns) {
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

const interpreted: RowCode = {
  fromFields: (fields, columns) => rowOf(index => fields[index]!, columns),
  addPlain({values, offsets}, text, {starts, ends, table, record, stop}, offset, columns) {
    const begin = table[COLUMNS * record + CHARACTERS]!
    for (let at = record; at < stop; at++) {
      const first = table[COLUMNS * at + 1]!
      const field = (index: number) => text.slice(starts[first + index]! - begin, ends[first + index]! - begin)
      values.push(rowOf(field, columns))
      offsets.push(offset + table[COLUMNS * at]!)
    }
  },
}

function rowOf(field: (index: number) => string, columns: readonly CsvColumn[]): Row {
  const row: Row = {}
  for (const {name, index, cast, context} of columns) {
    const value = index < 0 ? null : cast === undefined ? field(index) : applyCast(cast, field(index), context)
    if (name !== '__proto__') row[name] = value
    else Object.defineProperty(row, name, {value, enumerable: true, writable: true, configurable: true})
  }
  return row
}
