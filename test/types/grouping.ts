// What must and must not compile with groupings; checked by `tsc --noEmit`, never run.
import {
  type CombineFn,
  chain,
  count,
  create,
  type DeadLetter,
  type DoFn,
  deadLetter,
  groupBy,
  type PCollection,
  Pipeline,
  type Sink,
  sum,
} from '../../lib/index.ts'

interface Row {
  user: string
  day: number
  amount: number
  page: string
}
declare const rows: PCollection<Row>
declare const totals: Sink<{user: string; n: number; spent: number | bigint}>
declare const longest: CombineFn<{readonly page: string}, string, string>

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}
type Out<P> = P extends PCollection<infer T, infer _> ? T : never

// keys and aggregates give the type of the row
const byUser = rows.apply(groupBy('user', {n: count(), spent: sum('amount')}))
same<Out<typeof byUser>, {user: string; n: number; spent: number | bigint}>(true)
byUser.apply(totals)
const byBoth = rows.apply(groupBy(['user', 'day'], {n: count()}))
same<Out<typeof byBoth>, {user: string; day: number; n: number}>(true)
const byFn = rows.apply(groupBy({initial: (row: Row) => row.user.charAt(0)}, {longest}))
same<Out<typeof byFn>, {initial: string; longest: string}>(true)

// a field that rows do not have
// @ts-expect-error
rows.apply(groupBy('usr', {n: count()}))
// @ts-expect-error
rows.apply(groupBy(['user', 'dya'], {n: count()}))
// @ts-expect-error
rows.apply(groupBy('user', {spent: sum('amuont')}))
// the sum of a string
// @ts-expect-error
rows.apply(groupBy('user', {spent: sum('page')}))
// what is not a combine function
// @ts-expect-error
rows.apply(groupBy('user', {n: 1}))
// a sink of other rows
// @ts-expect-error
rows.apply(groupBy('user', {n: count()})).apply(totals)
// 'nack' is for messages; a dead letter has a tag
const set = rows.apply(groupBy('user', {n: count()}, {onError: deadLetter('bad')}))
same<Out<ReturnType<typeof set.tagged<'bad'>>>, DeadLetter<Row>>(true)
same<Out<ReturnType<typeof set.tagged<'late'>>>, Row>(true)
// @ts-expect-error
set.tagged('other')
// @ts-expect-error
groupBy('user', {n: count()}, {state: 'durable'})

// in plain Node style
void chain(create([{user: 'ada', amount: 1}]), groupBy('user', {n: count(), spent: sum('amount')}), totals)
const stage: DoFn<Row, {user: unknown; n: number}> = groupBy('user', {n: count()})
void [stage, Pipeline]
