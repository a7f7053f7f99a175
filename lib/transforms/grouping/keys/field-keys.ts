import {badOption} from '../../../errors/index.ts'
import {keyOf} from '../../../state/index.ts'
import type {Keys} from '../engine/index.ts'

/** The keys of rows: the names that they have in results, and how they are found. */
export interface RowKeys extends Keys<unknown> {
  readonly names: readonly string[]
}

type Read = (element: never) => unknown

/** Reads the argument `keys` of `groupBy`. */
export function rowKeys(where: string, given: unknown): RowKeys {
  if (typeof given === 'string' && given !== '') return oneKey(given, fieldReader(given))
  const named = namedReaders(given)
  if (!named)
    throw badOption(
      where,
      'keys',
      given,
      "the name of a field, a list of different names (['user', 'day']), or functions by name ({day: row => row.at.slice(0, 10)})",
    )
  const [[name, read] = ['', fieldReader('')]] = named
  return named.length === 1 ? oneKey(name, read) : severalKeys(named)
}

function namedReaders(given: unknown): [string, Read][] | undefined {
  if (Array.isArray(given)) {
    const names = given as unknown[]
    const valid = names.length > 0 && names.every(name => typeof name === 'string' && name !== '')
    if (!valid || new Set(names).size < names.length) return undefined
    return (names as string[]).map(name => [name, fieldReader(name)])
  }
  if (typeof given !== 'object' || given === null) return undefined
  const entries = Object.entries(given)
  if (entries.length === 0 || entries.some(([, read]) => typeof read !== 'function')) return undefined
  return entries as [string, Read][]
}

function fieldReader(name: string): Read {
  return (row: Readonly<Record<string, unknown>>) => row[name]
}

function oneKey(name: string, read: Read): RowKeys {
  return {
    names: [name],
    text: element => keyOf(read(element as never)),
    parts: element => read(element as never),
  }
}

function severalKeys(named: readonly [string, Read][]): RowKeys {
  const reads = named.map(([, read]) => read)
  return {
    names: named.map(([name]) => name),
    text(element) {
      let text = ''
      for (const read of reads) {
        const part = keyOf(read(element as never))
        // each part ends where it says, so that no two lists have the same text
        text += typeof part === 'number' ? `#${part};` : `${part.length}:${part}`
      }
      return text
    },
    parts: element => reads.map(read => read(element as never)),
  }
}
