import {integerOption} from '../../errors/index.ts'
import type {ElementCombineFn, FieldCombineFn} from './base/aggregate-of.ts'
import type {CombineFn} from './base/combine-fn.ts'
import {addInputOf} from './base/field.ts'
import {type Comparable, checkKind, kindOf, withoutMinusZero} from './base/order.ts'
import {addSketch, addValue, emptyQuantiles, type QuantileSketch, quantilesOf} from './sketches/quantile-sketch.ts'

/**
 * `n` values at equal distances, from the smallest to the largest: `quantiles(3)` are minimum, median and maximum, `quantiles(101)` the
 * percentiles. Of nothing it is [].
 *
 * Each is one of the values. Up to 1,000 values they are exact, the nearest by rank; then the smallest and the largest are, and the
 * others are off by less than 0.5 % of the number of values, in about 3,000 values of memory (a KLL sketch). The same elements in the
 * same order give the same. null and undefined are ignored, as SQL does; NaN is smaller than all numbers.
 *
 * @param n how many, from 2
 * @param field the name of a property, or a function of the element; without it the element itself
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_COMBINE` for values of two kinds, of no order (objects),
 *   and invalid Dates
 *
 * @example
 * const latencies = quantiles(101, 'latency') // the median is at 50, the 99th percentile at 99
 */
export function quantiles<V extends Comparable | null | undefined = Comparable>(
  n: number,
): ElementCombineFn<V, QuantileSketch, 'values'>
export function quantiles<K extends string>(
  n: number,
  field: K,
): FieldCombineFn<K, Comparable | null | undefined, QuantileSketch, 'values'>
export function quantiles<I, V extends Comparable | null | undefined>(
  n: number,
  field: (element: I) => V,
): CombineFn<I, QuantileSketch, NonNullable<V>[]>
export function quantiles(n: number, field?: unknown): CombineFn<never, QuantileSketch, unknown[]> {
  const count = integerOption('quantiles', 'n', n, 2, 2)
  return {
    createAccumulator: emptyQuantiles,
    addInput: addInputOf('quantiles', field, (sketch: QuantileSketch, value) => {
      if (value === null || value === undefined) return sketch
      const kind = kindOf('quantiles', value)
      checkKind('quantiles', sketch.kind, kind, value)
      sketch.kind = kind
      addValue(sketch, withoutMinusZero(value) as Comparable)
      return sketch
    }),
    mergeAccumulators: sketches => {
      const merged = emptyQuantiles()
      for (const sketch of sketches) {
        if (sketch.kind !== undefined) checkKind('quantiles', merged.kind, sketch.kind, sketch.min)
        merged.kind ??= sketch.kind
        addSketch(merged, sketch)
      }
      return merged
    },
    extractOutput: sketch => quantilesOf(sketch, count),
  }
}
