// What must and must not compile with combine functions and joins; checked by `tsc --noEmit`, never run.
import type {Source, StageReadable} from '../../lib/core/index.ts'
import type {PCollection} from '../../lib/pipeline/index.ts'
import {
  type AggregateOf,
  approximateDistinct,
  type CombineFn,
  coGroupByKey,
  count,
  join,
  type KV,
  latest,
  max,
  mean,
  min,
  quantiles,
  sample,
  sum,
  toList,
  toMap,
  top,
  toSet,
} from '../../lib/transforms/index.ts'

interface Row {
  user: string
  amount: number
  cents: bigint
  at: Date
  page: string | null
  tags: string[]
}

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

/** Takes combine functions of rows, as groupBy does. */
declare function ofRows<F extends CombineFn<Row, never, unknown>>(fn: F): AggregateOf<F, Row>
declare function takes<O>(fn: {readonly addInput: (a: never, row: Row, at: number) => unknown}): O

// the type of a result is that of the field
const sumOfRows = sum('amount')
same<AggregateOf<typeof sumOfRows, Row>, number | bigint>(true)
const numberSum = sum('amount', {as: 'number'})
same<AggregateOf<typeof numberSum, Row>, number>(true)
const bigintSum = sum('cents', {as: 'bigint'})
same<AggregateOf<typeof bigintSum, Row>, bigint>(true)
const lastAt = max('at')
same<AggregateOf<typeof lastAt, Row>, Date | null>(true)
const firstUser = min('user')
same<AggregateOf<typeof firstUser, Row>, string | null>(true)
const lastPage = latest('page')
same<AggregateOf<typeof lastPage, Row>, string | null>(true)
const users = count('user')
same<AggregateOf<typeof users, Row>, number>(true)
const meanAmount = mean('amount')
same<AggregateOf<typeof meanAmount, Row>, number | null>(true)
const topAmounts = top(3, 'amount')
same<AggregateOf<typeof topAmounts, Row>, number[]>(true)
const topRows = top(3, {by: 'amount'})
same<AggregateOf<typeof topRows, Row>, Row[]>(true)
const someRows = sample(3)
same<AggregateOf<typeof someRows, Row>, Row[]>(true)
const somePages = sample(3, 'page', {seed: 1})
same<AggregateOf<typeof somePages, Row>, (string | null)[]>(true)
const pages = toList('page')
same<AggregateOf<typeof pages, Row>, (string | null)[]>(true)
const allTags = toSet('tags')
same<AggregateOf<typeof allTags, Row>, Set<string[]>>(true)
const centiles = quantiles(101, 'at')
same<AggregateOf<typeof centiles, Row>, Date[]>(true)
const visitors = approximateDistinct('user')
same<AggregateOf<typeof visitors, Row>, number>(true)
const own: CombineFn<Row, string, boolean> = {
  createAccumulator: () => '',
  addInput: (longest, {user}) => (user.length > longest.length ? user : longest),
  mergeAccumulators: all => [...all].join(''),
  extractOutput: longest => longest !== '',
}
same<AggregateOf<typeof own, Row>, boolean>(true)

// functions of the element have the type that they return
const byHour = max((row: Row) => row.at.getHours())
same<AggregateOf<typeof byHour, Row>, number | null>(true)
const byDay = toMap(
  (row: Row) => row.user,
  row => row.amount,
)
same<AggregateOf<typeof byDay, Row>, Map<string, number>>(true)
const perUser = toMap('user', 'amount')
takes(perUser)

// a class will do
class Longest implements CombineFn<string, string, string> {
  createAccumulator = () => ''
  addInput(longest: string, word: string) {
    return word.length > longest.length ? word : longest
  }
  mergeAccumulators(words: Iterable<string>) {
    return [...words].reduce((a, b) => this.addInput(a, b), '')
  }
  extractOutput(longest: string) {
    return longest
  }
}
const classy: CombineFn<string, string, string> = new Longest()

takes(count())
takes(sum('amount'))
// @ts-expect-error rows have no such field
takes(sum('amuont'))
// @ts-expect-error a sum of strings
takes(sum('user'))
// @ts-expect-error the mean of strings
takes(mean('user'))
// @ts-expect-error lists have no order
takes(max('tags'))
// @ts-expect-error rows have no order
takes(top(3))
// @ts-expect-error rows have no such field
takes(top(3, {by: 'amuont'}))
// @ts-expect-error rows have no such field
takes(count('amuont'))
// @ts-expect-error rows have no such field
takes(latest('amuont'))
// @ts-expect-error no such option
sum('amount', {as: 'integer'})
// @ts-expect-error a count is needed
top('amount')
// @ts-expect-error `by` gives elements, a field gives its values
top(3, 'amount', {by: 'amount'})
// @ts-expect-error extractOutput is missing
const incomplete: CombineFn<Row, number, number> = {
  createAccumulator: () => 0,
  addInput: n => n,
  mergeAccumulators: () => 0,
}

// joins
interface Order {
  order: number
  customer: string
}
interface Customer {
  id: string
  name: string
}
declare const orders: Source<Order>
declare const customers: Source<Customer>
declare const orderCollection: PCollection<Order>
declare const customerCollection: PCollection<Customer>
const on = {left: 'customer', right: 'id'} as const

const inner: StageReadable<Order & Customer> = join(orders, customers, {on})
const outer: StageReadable<Order & Partial<Customer>> = join(orders, customers, {on, type: 'left'})
// @ts-expect-error a left join may have no customer
const wrong: StageReadable<Order & Customer> = join(orders, customers, {on, type: 'left'})
const collections: StageReadable<Order & Customer> = join(orderCollection, customerCollection, {on})
const selected: StageReadable<string> = join(orders, customers, {
  on,
  select: (order, customer) => `${order.order} ${customer.name}`,
})
join(orders, customers, {
  on,
  type: 'left',
  // @ts-expect-error the customer may be null
  select: (order, customer) => `${order.order} ${customer.name}`,
})
// @ts-expect-error orders have no id
join(orders, customers, {on: {left: 'id', right: 'id'}})
// @ts-expect-error no such type
join(orders, customers, {on, type: 'outer'})
// @ts-expect-error a key is needed
join(orders, customers)

declare const emails: Source<KV<string, string>>
declare const phones: Source<KV<string, number>>
const grouped: StageReadable<KV<string, {emails: string[]; phones: number[]}>> = coGroupByKey({emails, phones})
// @ts-expect-error phones are numbers
const badly: StageReadable<KV<string, {emails: string[]; phones: string[]}>> = coGroupByKey({emails, phones})

export {badly, classy, collections, grouped, incomplete, inner, ofRows, outer, selected, wrong}
