import {show} from '../errors/index.ts'
import type {CsvCastContext, CsvCastFunction} from './csv-cast.ts'
import type {CsvColumns} from './csv-options.ts'

export type Casts = readonly (CsvCastFunction | undefined)[]
type Row = Record<string, unknown>

/** What makes a row out of a record's fields, or of their places in a text that begins at the place `base`. */
export interface RowCode {
  fromFields(fields: readonly string[], casts: Casts, contexts: readonly CsvCastContext[]): Row
  fromText(
    text: string,
    base: number,
    starts: Int32Array,
    ends: Int32Array,
    casts: Casts,
    contexts: readonly CsvCastContext[],
  ): Row
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
  const fromText = literal(i => `text.slice(starts[${i}] - base, ends[${i}] - base)`)
  const fromFields = literal(i => `fields[${i}]`)
  try {
    return new Function(
      'applyCast',
      `return {
        fromFields(fields, casts, contexts) { return ${fromFields} },
        fromText(text, base, starts, ends, casts, contexts) { return ${fromText} },
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
    fromText: (text, base, starts, ends, casts, contexts) =>
      make(index => text.slice(starts[index]! - base, ends[index]! - base), casts, contexts),
  }
}
