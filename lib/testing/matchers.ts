import {inspect, isDeepStrictEqual} from 'node:util'

/** Checks all elements of a stream, and describes what is wrong with them. */
export interface Matcher<in T = unknown> {
  readonly description: string
  /** @returns a description of what is wrong; undefined if the elements match */
  check(actual: readonly T[]): string | undefined
}

/** The maximum number of elements that a message lists. */
const LISTED = 5

/**
 * The elements are these, in this order (deep equality).
 *
 * @example
 * await assertThat(create([1, 2]), equalTo([1, 2]))
 */
export function equalTo<T>(expected: Iterable<T>): Matcher<T> {
  const wanted = [...expected]
  return {
    description: `equal to ${count(wanted)} in order`,
    check(actual) {
      const length = Math.max(wanted.length, actual.length)
      for (let i = 0; i < length; i++) {
        if (i >= wanted.length) return `${count(actual.slice(i))} too many, from index ${i}: ${list(actual.slice(i))}`
        if (i >= actual.length) return `${count(wanted.slice(i))} missing, from index ${i}: ${list(wanted.slice(i))}`
        if (!isDeepStrictEqual(actual[i], wanted[i]))
          return `at index ${i}\n  expected ${show(wanted[i])}\n  but got  ${show(actual[i])}`
      }
      return undefined
    },
  }
}

/**
 * The elements are these, in any order (deep equality, each as often as it is given).
 *
 * @example
 * await assertThat(create([{id: 1}, {id: 2}]), containsInAnyOrder([{id: 2}, {id: 1}]))
 */
export function containsInAnyOrder<T>(expected: Iterable<T>): Matcher<T> {
  const wanted = [...expected]
  return {
    description: `${count(wanted)} in any order`,
    check(actual) {
      const missing = new Map<string, unknown[]>()
      for (const value of wanted) {
        const key = keyOf(value)
        missing.set(key, [...(missing.get(key) ?? []), value])
      }
      const unexpected: unknown[] = []
      for (const value of actual) {
        const alike = missing.get(keyOf(value)) ?? []
        const at = alike.findIndex(candidate => isDeepStrictEqual(candidate, value))
        if (at < 0) unexpected.push(value)
        else alike.splice(at, 1)
      }
      const left = [...missing.values()].flat()
      const lines = []
      if (left.length > 0) lines.push(`  missing ${count(left)}: ${list(left)}`)
      if (unexpected.length > 0) lines.push(`  unexpected ${count(unexpected)}: ${list(unexpected)}`)
      return lines.length > 0 ? `got ${count(actual)}\n${lines.join('\n')}` : undefined
    },
  }
}

/**
 * There are no elements.
 *
 * @example
 * await assertThat(create([]), isEmpty())
 */
export function isEmpty(): Matcher {
  return {
    description: 'empty',
    check: actual => (actual.length > 0 ? `got ${count(actual)}: ${list(actual)}` : undefined),
  }
}

/** Deeply equal values share a key, so that values need not be compared pairwise. */
function keyOf(value: unknown): string {
  return inspect(value, {
    depth: Number.POSITIVE_INFINITY,
    sorted: true,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  })
}

function show(value: unknown): string {
  return inspect(value, {depth: 4, breakLength: 100, maxStringLength: 500})
}

function list(values: readonly unknown[]): string {
  const shown = values.slice(0, LISTED).map(show).join(', ')
  return values.length > LISTED ? `${shown}, … ${values.length - LISTED} more` : shown
}

function count(values: readonly unknown[]): string {
  return `${values.length} element${values.length === 1 ? '' : 's'}`
}
