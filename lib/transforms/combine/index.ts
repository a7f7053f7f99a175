export type {AccumulatorCoder, CombineFn} from './combine-fn.ts'
export {count} from './count.ts'
export type {ExactSum} from './exact-sum.ts'
export {type SumAs, type Summand, type SumOptions, sum} from './sum.ts'
