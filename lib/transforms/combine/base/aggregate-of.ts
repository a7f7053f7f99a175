import type {CombineFn} from './combine-fn.ts'

/** Names the kind of result in the type of a combine function; no property has it. */
declare const RESULT: unique symbol

/** What a combine function makes of values of one type. */
export interface CombineResults<V> {
  /** One of the values, or null if there is none. */
  value: NonNullable<V> | null
  /** Some of them. */
  values: NonNullable<V>[]
  /** All of them, in order of arrival. */
  list: Exclude<V, undefined>[]
  /** All different ones. */
  set: Set<Exclude<V, undefined>>
}

/** A combine function whose result has the type of a property of the elements: {@link AggregateOf} finds it. */
export interface FieldCombineFn<K extends string, V, A, R extends keyof CombineResults<V>>
  extends CombineFn<{readonly [P in K]: V}, A, CombineResults<V>[R]> {
  readonly [RESULT]: {readonly field: K; readonly kind: R}
}

/** A combine function whose result has the type of the elements themselves. */
export interface ElementCombineFn<V, A, R extends keyof CombineResults<V>>
  extends CombineFn<V, A, CombineResults<V>[R]> {
  readonly [RESULT]: {readonly field?: undefined; readonly kind: R}
}

/**
 * The type of a combine function's result for elements of type `I`: `max('at')` of rows whose `at` is a Date is a Date, or null.
 *
 * @example
 * const last = latest('page')
 * const page: AggregateOf<typeof last, {page: string}> = 'index.html' // string | null
 */
export type AggregateOf<F, I> = F extends {readonly [RESULT]: {readonly kind: infer R extends keyof CombineResults<I>}}
  ? F extends {readonly [RESULT]: {readonly field: infer K extends keyof I}}
    ? CombineResults<I[K]>[R]
    : CombineResults<I>[R]
  : // biome-ignore lint/suspicious/noExplicitAny: the accumulator is nobody's business here
    F extends CombineFn<any, any, infer O>
    ? O
    : never
