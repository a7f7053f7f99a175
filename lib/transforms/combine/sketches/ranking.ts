import {encodeKey} from '../../../state/index.ts'
import {type Comparable, compareValues, type Kind} from '../base/order.ts'

/** The best elements so far: a heap whose worst is at index 0. */
export interface Ranking {
  readonly best: Ranked[]
  kind: Kind | undefined
}

/** An element and what it is ordered by. */
export interface Ranked {
  readonly by: Comparable
  /** Undefined where only `by` is wanted. */
  readonly element: unknown
  /** Event time. */
  readonly at: number
  /** The canonical bytes of the element, as latin1, when it has had to be compared by its content; '' if it has none. */
  content?: string
}

/** Orders elements: the better one first. */
type RankingOrder = (a: Ranked, b: Ranked) => number

/** Largest (`sign` 1) or smallest first, equal ones by event time and content. */
export function rankingOrder(sign: 1 | -1): RankingOrder {
  return (a, b) => compareBy(a.by, b.by, sign) || a.at - b.at || compareContent(a, b)
}

/** NaN comes last in either order. */
function compareBy(a: Comparable, b: Comparable, sign: 1 | -1): number {
  const order = compareValues(a, b)
  if (order === 0 || sign > 0) return -order
  return isNaNumber(a) || isNaNumber(b) ? -order : order
}

function isNaNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isNaN(value)
}

function compareContent(a: Ranked, b: Ranked): number {
  // where only `by` is wanted: 1 and 1n are equal
  if (a.element === undefined && b.element === undefined)
    return typeof b.by < typeof a.by ? -1 : typeof b.by > typeof a.by ? 1 : 0
  a.content ??= contentOf(a.element)
  b.content ??= contentOf(b.element)
  return a.content < b.content ? -1 : a.content > b.content ? 1 : 0
}

function contentOf(element: unknown): string {
  try {
    return encodeKey(element).toString('latin1')
  } catch {
    // not a key: no order
    return ''
  }
}
