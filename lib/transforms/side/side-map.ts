import {type SideName, sideError} from '../../core/index.ts'
import {show, wrapError} from '../../errors/index.ts'

/** A read-only Map, since several stages share it. */
class FrozenMap<K, V> extends Map<K, V> {
  #sealed = false

  seal(): this {
    this.#sealed = true
    return this
  }
  override set(key: K, value: V): this {
    // the constructor of Map calls set() before private fields exist
    if (#sealed in this && this.#sealed) throw readOnly()
    return super.set(key, value)
  }
  override delete(): never {
    throw readOnly()
  }
  override clear(): never {
    throw readOnly()
  }
}

function readOnly(): TypeError {
  return new TypeError('Cannot change the map of a side input, which is read-only; make a copy: new Map(c.side.…)')
}

/** Turns an element into a pair. */
type ToPair<E, K, V> = (element: E) => readonly [key: K, value: V]

/** Makes pairs of elements and checks their keys. */
export function pairsOf<E, K, V>(kind: string, where: SideName, key: ((element: E) => K) | undefined): ToPair<E, K, V> {
  return element => {
    const pair = key ? ([keyOf(where, key, element), element] as const) : element
    if (!Array.isArray(pair) || pair.length !== 2)
      throw sideError(
        where,
        `${kind} was given ${show(element)}, which is not a pair [key, value]; give a function: ${kind}(input, row => row.id)`,
        element,
      )
    const [k] = pair
    if (k === undefined || (typeof k === 'object' && k !== null) || typeof k === 'function')
      throw sideError(
        where,
        `the key of ${show(element)} is ${show(k)}; a key is a string, a number or another primitive value, since a Map finds ` +
          'no other object that looks the same',
        element,
      )
    return pair as unknown as readonly [K, V]
  }
}

function keyOf<E, K>({stage, text}: SideName, key: (element: E) => K, element: E): K {
  try {
    return key(element)
  } catch (cause) {
    throw wrapError('ERR_SLUICE_PROCESS', m => `${text}: the key function failed: ${m}`, cause, {stage, element})
  }
}

/** Collects pairs into a map; `put` adds one. */
export function mapFold<E, K, V, Held>(toPair: ToPair<E, K, V>, put: (map: Map<K, Held>, key: K, value: V) => void) {
  const map = new FrozenMap<K, Held>()
  return {
    add(element: E) {
      const [key, value] = toPair(element)
      put(map, key, value)
    },
    map,
    result: (): ReadonlyMap<K, Held> => map.seal(),
  }
}
