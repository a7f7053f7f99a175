import {badOption, SluiceError, show} from '../../../errors/index.ts'
import {keyOf} from '../../../state/index.ts'
import type {CoGrouped, Marked, MarkedKeys} from './co-group.ts'

/** Stands for keys that match nothing; no key has this text. */
const NO_KEY = '\0-'

type Read = (row: never) => unknown

/** How the rows of both inputs are matched. */
interface JoinOn {
  readonly left: Read
  readonly right: Read
  /** Fields that have the same value in both rows. */
  readonly shared: ReadonlySet<string>
}

/** Reads the option `on`. */
export function joinOn(where: string, given: unknown): JoinOn {
  const {left, right} = sidesOf(given)
  const reads = [readerOf(left), readerOf(right)] as const
  const [l, r] = reads
  if (!l || !r || !sameCount(left, right))
    throw badOption(
      where,
      'on',
      given,
      "the name of a field, a list of names, or both for each side: {left: 'customer', right: 'id'}, {left: row => …, right: row => …}",
    )
  const names = namesOf(left)
  const shared = new Set(names.filter((name, i) => namesOf(right)[i] === name))
  return {left: l, right: r, shared}
}

function sidesOf(given: unknown): {left?: unknown; right?: unknown} {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return {left: given, right: given}
  return given
}

function namesOf(side: unknown): readonly string[] {
  return typeof side === 'string' ? [side] : Array.isArray(side) ? (side as string[]) : []
}

/** Whether keys have equally many values; those of functions are not known. */
function sameCount(left: unknown, right: unknown): boolean {
  if (typeof left === 'function' || typeof right === 'function') return true
  return namesOf(left).length === namesOf(right).length && typeof left === typeof right
}

function readerOf(side: unknown): Read | undefined {
  if (typeof side === 'function') return side as Read
  const names = namesOf(side)
  if (names.length === 0 || names.some(name => typeof name !== 'string' || name === '')) return undefined
  const [name = ''] = names
  return names.length === 1 && typeof side === 'string'
    ? (row: Readonly<Record<string, unknown>>) => row[name]
    : (row: Readonly<Record<string, unknown>>) => names.map(each => row[each])
}

/** The keys of a join. A key that is null or undefined, or has such a part, matches nothing, as in SQL. */
export class JoinKeys implements MarkedKeys {
  readonly #where: string
  readonly #reads: readonly [Read, Read]
  readonly #kinds = new KeyKinds()
  #matched = false

  constructor(where: string, {left, right}: JoinOn) {
    this.#where = where
    this.#reads = [left, right]
  }

  text([position, row]: Marked): string | number {
    const key = this.#reads[position]!(row as never)
    if (isNull(key)) return NO_KEY
    if (!this.#matched) this.#kinds.note(position, key)
    return keyOf(key)
  }

  /** Whether rows with this key match. */
  parts([position, row]: Marked): boolean {
    return !isNull(this.#reads[position]!(row as never))
  }

  value([, row]: Marked): unknown {
    return row
  }

  check(sides: CoGrouped['sides']): void {
    if (this.#matched) return
    this.#matched = sides.every(side => side.length > 0)
    const problem = this.#matched ? undefined : this.#kinds.problem()
    if (problem) throw new SluiceError('ERR_SLUICE_KEY', `${this.#where}: ${problem}`, {stage: this.#where})
  }
}

function isNull(key: unknown): boolean {
  if (Array.isArray(key)) return key.some(part => part === null || part === undefined)
  return key === null || key === undefined
}

/** The kinds of the keys that were seen, by input and part of the key: the ids of CSV are strings, those of JSON numbers. */
class KeyKinds {
  readonly #seen: readonly [Map<string, unknown>[], Map<string, unknown>[]] = [[], []]

  note(position: number, key: unknown): void {
    const seen = this.#seen[position]!
    const parts: readonly unknown[] = Array.isArray(key) ? key : [key]
    for (let i = 0; i < parts.length; i++) {
      const kinds = (seen[i] ??= new Map())
      const kind = kindOf(parts[i])
      if (!kinds.has(kind)) kinds.set(kind, parts[i])
    }
  }

  /** Why no key of one input can be one of the other. */
  problem(): string | undefined {
    const [left, right] = this.#seen
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [l, r] = [left[i]!, right[i]!]
      if ([...l.keys()].some(kind => r.has(kind))) continue
      const describe = (kinds: Map<string, unknown>) =>
        [...kinds].map(([kind, key]) => `${kind}s (${show(key)})`).join(', ')
      return (
        `no rows can match: ${left.length > 1 ? `part ${i + 1} of ` : ''}the keys of the left input are ${describe(l)}, of the right ` +
        `input ${describe(r)}; convert one of them: on: {left: row => Number(row.id), right: row => row.id}`
      )
    }
    return undefined
  }
}

function kindOf(part: unknown): string {
  if (typeof part !== 'object' || part === null) return typeof part
  if (Array.isArray(part)) return 'array'
  return part instanceof Date ? 'Date' : part instanceof Uint8Array ? 'byte array' : 'object'
}
