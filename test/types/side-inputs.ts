// What must and must not compile with side inputs; checked by `tsc --noEmit`, never run.
import {
  type DeadLetter,
  DoFn,
  deadLetter,
  type ProcessContext,
  type SideInput,
  type Sink,
  type Source,
} from '../../lib/core/index.ts'
import {type PCollection, Pipeline} from '../../lib/pipeline/index.ts'
import {
  asIterable,
  asList,
  asMap,
  asMultiMap,
  asSingleton,
  filter,
  flatMap,
  type KV,
  map,
  parDo,
} from '../../lib/transforms/index.ts'

interface Order {
  id: string
  currency: string
}
interface Rate {
  currency: string
  rate: number
}
declare const orders: PCollection<Order>
declare const rates: Source<Rate>
declare const rateCollection: PCollection<Rate, {late: Rate}>
declare const pairs: Source<KV<string, number>>
declare const sink: Sink<Order>

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

// views
const byCurrency = asMap(rates, rate => rate.currency)
same<typeof byCurrency, SideInput<ReadonlyMap<string, Rate>>>(true)
const ofPairs = asMap(pairs)
same<typeof ofPairs, SideInput<ReadonlyMap<string, number>>>(true)
const lists = asMultiMap(rateCollection, rate => rate.rate)
same<typeof lists, SideInput<ReadonlyMap<number, readonly Rate[]>>>(true)
const pairLists = asMultiMap(pairs)
same<typeof pairLists, SideInput<ReadonlyMap<string, readonly number[]>>>(true)
const list = asList(rateCollection)
same<typeof list, SideInput<readonly Rate[]>>(true)
const late = asList(rateCollection.tagged('late'))
same<typeof late, SideInput<readonly Rate[]>>(true)
const iterable = asIterable(rates)
same<typeof iterable, SideInput<Iterable<Rate>>>(true)
const only = asSingleton(rates)
same<typeof only, SideInput<Rate>>(true)
const orNull = asSingleton(rates, {default: null})
same<typeof orNull, SideInput<Rate | null>>(true)
const again = asMap(
  () => rates,
  rate => rate.currency,
  {every: '10m'},
)
same<typeof again, SideInput<ReadonlyMap<string, Rate>>>(true)
// @ts-expect-error these elements are no pairs, and there is no key
asMap(rates)
// @ts-expect-error a sink gives no elements
asList(sink)
// @ts-expect-error there is no such column
asMap(rates, rate => rate.code)
// @ts-expect-error a duration has a unit
asList(() => rates, {every: '10 minutes'})
// @ts-expect-error only a singleton has a default
asList(rates, {default: []})

// a DoFn
interface Sides {
  rates: ReadonlyMap<string, Rate>
}
class Enrich extends DoFn<Order, {id: string; rate: number}, {bad: DeadLetter<Order>}, Sides> {
  *process(order: Order, c: ProcessContext<{bad: DeadLetter<Order>}, Sides>) {
    yield {id: order.id, rate: c.side.rates.get(order.currency)?.rate ?? 0}
    // @ts-expect-error a view cannot be changed
    c.side.rates.set('EUR', {currency: 'EUR', rate: 1})
    // @ts-expect-error it has no such side input
    c.side.rate
  }
}
new Enrich({side: {rates: byCurrency}, onError: deadLetter('bad')})
const enriched: PCollection<{id: string; rate: number}> = orders.apply(
  'Enrich',
  new Enrich({side: {rates: byCurrency}}),
)
// @ts-expect-error its side input is missing
new Enrich()
// @ts-expect-error its side input is missing
new Enrich({name: 'Enrich'})
// @ts-expect-error its side input is missing
new Enrich({side: {}})
// @ts-expect-error this is a map of numbers
new Enrich({side: {rates: ofPairs}})
// @ts-expect-error this is a list
new Enrich({side: {rates: list}})
// @ts-expect-error a source is no view yet
new Enrich({side: {rates}})
// @ts-expect-error it has no such side input
new Enrich({side: {rates: byCurrency, list}})

class Plain extends DoFn<Order, Order> {
  process(order: Order, c: ProcessContext) {
    // @ts-expect-error it has no side inputs
    c.side.rates
    return [order]
  }
}
new Plain()
new Plain({name: 'Plain'})
// @ts-expect-error it has no side inputs
new Plain({side: {rates: byCurrency}})
// @ts-expect-error a view is no stage
orders.apply('View', list)
// @ts-expect-error nor a source of a pipeline
new Pipeline().apply('View', list)

// functions get their types from the views
const mapped: PCollection<number> = orders.apply(
  'Rate',
  map((order, c) => c.side.rates.get(order.currency)?.rate ?? 0, {side: {rates: byCurrency}}),
)
const awaited: DoFn<Order, number, {bad: DeadLetter<Order>}, {rates: ReadonlyMap<string, Rate>}> = map(
  async (order: Order, c) => c.side.rates.get(order.currency)?.rate ?? 0,
  {side: {rates: byCurrency}, concurrency: 5, onError: deadLetter('bad')},
)
filter((order: Order, c) => c.side.rates.has(order.currency), {side: {rates: byCurrency}})
flatMap((order: Order, c) => c.side.list.filter(rate => rate.currency === order.currency), {side: {list}, name: 'All'})
parDo(
  function* (order: Order, c) {
    for (const rate of c.side.list) yield [order.id, rate.rate] as const
  },
  {side: {list}},
)
// @ts-expect-error there is no such side input
map((_order: Order, c) => c.side.rate, {side: {rates: byCurrency}})
// @ts-expect-error there are none
map((_order: Order, c) => c.side.rates)
// @ts-expect-error the function asks for one
map((order: Order, c: ProcessContext<{}, Sides>) => c.side.rates.get(order.id))
// @ts-expect-error the function asks for a map
map((order: Order, c: ProcessContext<{}, Sides>) => c.side.rates.get(order.id), {side: {rates: list}})
// @ts-expect-error a number is no view
map((order: Order) => order, {side: {rates: 5}, concurrency: 5})

export const used = {enriched, mapped, awaited}
