/**
 * How many elements become one value: by an accumulator that takes them one at a time, and can be merged with others.
 *
 * The result must not depend on how the elements are divided among accumulators, nor on their order: they are grouped as they
 * arrive, and accumulators are merged whenever windows merge, memory runs out or elements are combined in part before they are
 * grouped. A user's own is any object with these functions; an instance of a class will do. An error that they throw is that of the
 * element or the group.
 *
 * @typeParam I - the elements it takes
 * @typeParam A - the accumulator
 * @typeParam O - the result
 *
 * @example
 * const longest: CombineFn<string, string, string> = {
 *   createAccumulator: () => '',
 *   addInput: (longest, word) => (word.length > longest.length ? word : longest),
 *   mergeAccumulators: words => [...words].reduce((a, b) => (b.length > a.length ? b : a), ''),
 *   extractOutput: word => word,
 * }
 */
export interface CombineFn<I, A, O> {
  /** Makes the accumulator of no elements; what `extractOutput` makes of that is the result of an empty input. */
  readonly createAccumulator: () => A
  /**
   * Adds an element: returns the accumulator, which may be the same, changed.
   *
   * @param timestamp event time of the element, integer milliseconds; that of the earliest `Date` for an element without one
   */
  readonly addInput: (accumulator: A, input: I, timestamp: number) => A
  /** Makes one accumulator of several (none: an empty one); it may change and return one of them. */
  readonly mergeAccumulators: (accumulators: Iterable<A>) => A
  /** The result. An accumulator may go on after this: it must not change what was returned. */
  readonly extractOutput: (accumulator: A) => O
  /** To and from data that `structuredClone` takes; absent if the accumulator is that already. */
  readonly coder?: AccumulatorCoder<A> | undefined
}

/** How an accumulator becomes data that `structuredClone` takes, and is made of it again. */
export interface AccumulatorCoder<A> {
  readonly encode: (accumulator: A) => unknown
  readonly decode: (encoded: unknown) => A
}
