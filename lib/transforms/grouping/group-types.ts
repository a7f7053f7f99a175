import type {DeadLetter} from '../../core/index.ts'
import type {AggregateOf} from '../combine/index.ts'
import type {Aggregations} from './aggregations.ts'

/** The keys of `groupBy`: the name of a field, several names, or functions of the row by name. */
export type GroupKeys = string | readonly string[] | Readonly<Record<string, (row: never) => unknown>>

/** Makes the intersection of a union: what can be given to each of several functions. */
type Both<Functions> = [Functions] extends [never] ? unknown : Functions extends (x: infer I) => void ? I : never

/** The rows that the keys can be taken from. */
type KeyedRow<K extends GroupKeys> = K extends string
  ? {readonly [Name in K]: unknown}
  : K extends readonly string[]
    ? {readonly [Name in K[number]]: unknown}
    : Both<{[Name in keyof K]: K[Name] extends (row: infer I) => unknown ? (x: I) => void : never}[keyof K]>

/** The rows that all aggregations take. */
type AggregatedRow<A extends Aggregations> = Both<
  {
    [Name in keyof A]: A[Name] extends {
      readonly addInput: (accumulator: never, input: infer I, timestamp: number) => unknown
    }
      ? (x: I) => void
      : never
  }[keyof A]
>

/** The rows that `groupBy` takes: with the key fields, and with what the aggregations read. */
export type RowOf<K extends GroupKeys, A extends Aggregations> = KeyedRow<K> & AggregatedRow<A>

type KeysOf<I, K extends GroupKeys> = K extends string
  ? {[Name in K]: Name extends keyof I ? I[Name] : unknown}
  : K extends readonly string[]
    ? {[Name in K[number]]: Name extends keyof I ? I[Name] : unknown}
    : {-readonly [Name in keyof K]: K[Name] extends (row: never) => infer V ? V : never}

/** The rows that `groupBy` emits. */
export type Grouped<I, K extends GroupKeys, A extends Aggregations> = {
  [Name in keyof (KeysOf<I, K> & ResultsOf<I, A>)]: (KeysOf<I, K> & ResultsOf<I, A>)[Name]
}

type ResultsOf<I, A extends Aggregations> = {-readonly [Name in keyof A]: AggregateOf<A[Name], I>}

/** Tagged outputs of every grouping: what came too late, what a finished trigger has dropped, and dead letters. */
export type GroupTags<I, Tag extends string> = {late: I; closed: I} & {[T in Tag]: DeadLetter<I>}
