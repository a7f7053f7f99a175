export type {Grouping, GroupingReport} from './grouping.ts'
export {grouping} from './make-grouping.ts'
export type {AnyCombineFn, GroupingSpec, Keys} from './spec.ts'
