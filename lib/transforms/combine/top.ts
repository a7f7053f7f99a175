import {badOption, checkOptionNames, enumOption, integerOption} from '../../errors/index.ts'
import type {ElementCombineFn, FieldCombineFn} from './base/aggregate-of.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'
import {type Comparable, checkKind, kindOf, withoutMinusZero} from './base/order.ts'
import {keep} from './sketches/best-heap.ts'
import {type Ranked, type Ranking, rankingOrder} from './sketches/ranking.ts'

/** Options of {@link top}. */
export interface TopOptions<By> {
  /** What elements are ordered by: the name of a property, or a function of the element. */
  readonly by?: By | undefined
  /** Which come first: the `'largest'` (default) or the `'smallest'`. */
  readonly order?: 'largest' | 'smallest' | undefined
}

/**
 * The `n` largest values, or the `n` elements with the largest values of a field, largest first. Of nothing it is [].
 *
 * null and undefined are ignored, as SQL does; NaN comes last. Elements with equal values are ordered by their event times, earliest
 * first, then by their content (as the bytes of a key sort), so that the result does not depend on the order in which they came; only
 * elements that are no keys (class instances, …) stay as they came.
 *
 * @param n how many at most, from 1
 * @param field the name of a property, or a function of the element, whose largest values are wanted; without it the elements themselves
 * @param options `by`: gives elements, ordered by this; `order`: `'largest'` or `'smallest'`
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_COMBINE` for values of two kinds, of no order (objects),
 *   and invalid Dates
 *
 * @example
 * const amounts = top(3, 'amount')
 * const orders = top(3, {by: 'amount'})
 * const first = top(1, {by: (order: {at: Date}) => order.at, order: 'smallest'})
 */
export function top<V extends Comparable | null | undefined = Comparable>(
  n: number,
  options?: TopOptions<undefined>,
): ElementCombineFn<V, Ranking, 'values'>
export function top<K extends string>(
  n: number,
  field: K,
  options?: TopOptions<undefined>,
): FieldCombineFn<K, Comparable | null | undefined, Ranking, 'values'>
export function top<I, V extends Comparable | null | undefined>(
  n: number,
  field: (element: I) => V,
  options?: TopOptions<undefined>,
): CombineFn<I, Ranking, NonNullable<V>[]>
export function top<K extends string>(
  n: number,
  options: TopOptions<K> & {readonly by: K},
): ElementCombineFn<{readonly [P in K]: Comparable | null | undefined}, Ranking, 'values'>
export function top<I>(
  n: number,
  options: TopOptions<unknown> & {readonly by: (element: I) => Comparable | null | undefined},
): CombineFn<I, Ranking, I[]>
export function top(n: number, ...args: unknown[]): CombineFn<never, Ranking, unknown[]> {
  const [first, second] = args
  const field = typeof first === 'object' ? undefined : first
  const options = (typeof first === 'object' ? first : second) as TopOptions<unknown> | undefined
  checkOptionNames('top', options, ['by', 'order'])
  const by = options?.by
  if (field !== undefined && by !== undefined)
    throw badOption('top', 'by', by, 'either a field, whose values are wanted, or `by`, which gives elements')
  const limit = integerOption('top', 'n', n, 1, 1)
  const sign = enumOption('top', 'order', options?.order, 'largest', ['largest', 'smallest']) === 'largest' ? 1 : -1
  return topFn(limit, sign, field ?? by, by !== undefined)
}

function topFn(limit: number, sign: 1 | -1, field: unknown, whole: boolean) {
  const order = rankingOrder(sign)
  const isBetter = (a: Ranked, b: Ranked) => order(a, b) < 0
  const add = ({best}: Ranking, ranked: Ranked): void => {
    if (best.length < limit || isBetter(ranked, best[0]!)) keep(best, ranked, limit, isBetter)
  }
  return {
    createAccumulator: (): Ranking => ({best: [], kind: undefined}),
    addInput: addInputOf('top', field, (to: Ranking, value, at, element) => {
      if (value === null || value === undefined) return to
      const kind = kindOf('top', value)
      checkKind('top', to.kind, kind, value)
      to.kind = kind
      const by = withoutMinusZero(value) as Comparable
      const {best} = to
      // most elements are no candidates, and need no object of their own
      if (best.length === limit && (sign > 0 ? by < best[0]!.by : by > best[0]!.by)) return to
      add(to, {by, element: whole ? element : undefined, at})
      return to
    }),
    mergeAccumulators: (accumulators: Iterable<Ranking>): Ranking => {
      const merged: Ranking = {best: [], kind: undefined}
      for (const {best, kind} of accumulators) {
        if (best.length > 0) checkKind('top', merged.kind, kind!, best[0]!.by)
        merged.kind ??= kind
        for (const ranked of best) add(merged, ranked)
      }
      return merged
    },
    extractOutput: ({best}: Ranking): unknown[] => best.toSorted(order).map(({by, element}) => (whole ? element : by)),
  }
}
