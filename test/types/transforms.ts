// What must and must not compile with the transforms and sluice/testing; checked by `tsc --noEmit`, never run.
import {PassThrough, Readable, Transform, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {
  type DeadLetter,
  type DoFn,
  deadLetter,
  type ProcessContext,
  type Sink,
  type Source,
  type StageReadable,
  timestamped,
} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {
  assertThat,
  collect,
  containsInAnyOrder,
  equalTo,
  isEmpty,
  runStage,
  testSource,
} from '../../lib/testing/index.ts'
import {
  batchElements,
  create,
  discard,
  filter,
  flatMap,
  flatten,
  type KV,
  keys,
  kvSwap,
  map,
  parDo,
  partition,
  tap,
  tee,
  track,
  values,
  withKeys,
  withTimestamps,
} from '../../lib/transforms/index.ts'

interface Row {
  id: string
  total: number
}
declare const rowSource: Source<Row>
declare const lines: Source<string>
declare const rowSink: Sink<Row>
declare const numberSink: Sink<number>

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}

// create
same<ReturnType<typeof create<number>>, Source<number>>(true)
const created: Source<number> = create([1, 2])
const fromAsync: Source<string> = create(
  (async function* () {
    yield 'a'
  })(),
)
// @ts-expect-error a string is no list of elements
create('abc')
// @ts-expect-error elements are numbers
const wrongCreate: Source<string> = create([1])

// map, filter, tap
const mapped: DoFn<string, number> = map((line: string) => line.length)
const awaited: DoFn<string, number> = map(async (line: string) => line.length)
// @ts-expect-error a promise is awaited
const notAwaited: DoFn<string, Promise<number>> = map(async (line: string) => line.length)
// @ts-expect-error the function takes strings
const wrongIn: DoFn<number, number> = map((line: string) => line.length)
const kept: DoFn<Row, Row> = filter((row: Row) => row.total > 0)
const narrowed: DoFn<string | undefined, string> = filter((x: string | undefined): x is string => x !== undefined)
// @ts-expect-error without a guard the type stays
const notNarrowed: DoFn<string | undefined, string> = filter((x: string | undefined) => Boolean(x))
const tapped: DoFn<Row, Row> = tap((row: Row) => console.log(row.id))
const tappedAsync: DoFn<Row, Row> = tap(async (row: Row, c) => c.counter('rows').inc(row.total))
// @ts-expect-error options are checked
map((x: number) => x, {concurency: 2})
// @ts-expect-error durations have units
map((x: number) => x, {timeout: '5 parsecs'})

// dead letters: the tag comes from onError
const risky = map((line: string) => Number(line), {onError: deadLetter('bad')})
const bad: StageReadable<DeadLetter<string>> = risky.tagged('bad')
// @ts-expect-error no such tag
risky.tagged('good')
// @ts-expect-error no tags at all
map((line: string) => line).tagged('bad')
// @ts-expect-error no tags with 'fail'
map((line: string) => line, {onError: 'fail'}).tagged('bad')
const riskyFilter: StageReadable<DeadLetter<Row>> = filter((r: Row) => r.total, {onError: deadLetter('odd')}).tagged(
  'odd',
)

// parDo, flatMap
const words: DoFn<string, string> = flatMap((line: string) => line.split(' '))
const generated: DoFn<string, number> = parDo(function* (line: string) {
  yield line.length
})
const generatedAsync: DoFn<string, number> = parDo(async function* (line: string) {
  yield line.length
})
const maybe: DoFn<string, number> = parDo(async (line: string) => (line ? [line.length] : undefined))
// @ts-expect-error a string is no list of elements
flatMap((line: string) => line)
// @ts-expect-error a Buffer is no list of elements
parDo((line: string) => Buffer.from(line))
// @ts-expect-error a row is no list of elements: return [row]
parDo((line: string) => ({line}))

// tags that the function emits to are typed by its context
const late = parDo(
  (row: Row, c: ProcessContext<{late: string}>) => {
    c.emit('late', row.id)
    // @ts-expect-error of another type
    c.emit('late', row.total)
    // @ts-expect-error not a tag
    c.emit('later', row.id)
    return [row]
  },
  {onError: deadLetter('bad')},
)
const lateIds: StageReadable<string> = late.tagged('late')
const lateBad: StageReadable<DeadLetter<Row>> = late.tagged('bad')
const explicit = parDo<Row, Row, {late: Row; bad: DeadLetter<Row>}>(row => [row], {onError: deadLetter('bad')})
const explicitLate: StageReadable<Row> = explicit.tagged('late')

// keys and values
const keyed: DoFn<Row, KV<string, Row>> = withKeys((row: Row) => row.id)
const keyedAsync: DoFn<Row, KV<string, Row>> = withKeys(async (row: Row) => row.id)
const constant: DoFn<Row, KV<'all', Row>> = withKeys('all')
// @ts-expect-error keys are strings
const wrongKey: DoFn<Row, KV<number, Row>> = withKeys((row: Row) => row.id)
// @ts-expect-error an object is no key
withKeys({id: 1})
const keyOnly: DoFn<KV<string, unknown>, string> = keys<string>()
const valueOnly: DoFn<KV<unknown, Row>, Row> = values<Row>()
const swapped: DoFn<KV<string, Row>, KV<Row, string>> = kvSwap<string, Row>()

// partition
const thirds = partition(3, (row: Row) => row.total % 3)
const first: StageReadable<Row> = thirds.tagged('0')
thirds.tagged('2')
// @ts-expect-error there are three
thirds.tagged('3')
// @ts-expect-error tags are numbers
thirds.tagged('a')
const twelve = partition(12, (row: Row) => row.total)
twelve.tagged('11')
// @ts-expect-error there are twelve
twelve.tagged('12')
declare const n: number
partition(n, (row: Row) => row.total).tagged('7')
partition(1000, (row: Row) => row.total).tagged('999')
const split: StageReadable<DeadLetter<Row>> = partition(2, (r: Row) => r.total, {onError: deadLetter('bad')}).tagged(
  'bad',
)
// @ts-expect-error fn gives a number
partition(2, (row: Row) => row.id)

// flatten
const merged: StageReadable<number> = flatten(create([1]), create([2]))
const either: StageReadable<number | string> = flatten(create([1]), create(['a']))
const withTag: StageReadable<number | DeadLetter<string>> = flatten(risky, risky.tagged('bad'))
const named: StageReadable<number> = flatten(create([1]), create([2]), {name: 'All'})
// @ts-expect-error strings come too
const wrongMerge: StageReadable<number> = flatten(create([1]), create(['a']))
// @ts-expect-error a sink gives nothing
flatten(create([1]), numberSink)

// tee
const teed: DoFn<Row, Row> = tee(rowSink)
const teedNames: DoFn<Row, Row> = tee({audit: rowSink, other: new PassThrough({objectMode: true})}, {name: 'Copy'})
// @ts-expect-error the sink takes numbers
const wrongTee: DoFn<Row, Row> = tee(numberSink)
// @ts-expect-error a source takes nothing
tee(rowSource)

// timestamped
void (map((row: Row) => timestamped(row, row.total)) satisfies DoFn<Row, Row>)
void (map(async (row: Row) => timestamped(row, row.total)) satisfies DoFn<Row, Row>)
void (flatMap((row: Row) => [timestamped(row, row.total), row]) satisfies DoFn<Row, Row>)
void (parDo(function* (row: Row) {
  yield timestamped(row, row.total)
}) satisfies DoFn<Row, Row>)
// @ts-expect-error the value is a string
void (map((row: Row) => timestamped(row.id, row.total)) satisfies DoFn<Row, Row>)
// @ts-expect-error a Date is no number of milliseconds
timestamped('x', new Date())

// withTimestamps
void (withTimestamps((row: Row) => row.total, {outOfOrder: '10s'}) satisfies DoFn<Row, Row>)
withTimestamps((row: Row) => row.total, {onError: deadLetter('bad')}).tagged('bad')
// @ts-expect-error a Date is no number of milliseconds
withTimestamps((row: Row) => new Date(row.total))
// @ts-expect-error a string is no duration
withTimestamps((row: Row) => row.total, {outOfOrder: 'soon'})
// @ts-expect-error no such output
withTimestamps((row: Row) => row.total).tagged('bad')

// track, batchElements, discard
const tracked: DoFn<Row, string> = track<Row, string>(new Transform({objectMode: true}))
// @ts-expect-error a Writable gives nothing
track(new Writable())
const batched: DoFn<Row, Row[]> = batchElements<Row>({max: 10, maxBytes: '1MB', maxDelay: '5s'})
// @ts-expect-error sizes have units
batchElements({maxBytes: '1 heap'})
// @ts-expect-error a batch is an array
const notBatched: DoFn<Row, Row> = batchElements<Row>()
const dropped: Sink<Row> = discard()

// in a Pipeline, types flow from the collection
const p = new Pipeline()
const rows = p.apply('Read', rowSource)
const ids = rows.apply(map(row => row.id))
ids.apply(map(id => id.toUpperCase()))
const big = rows.apply(filter(row => row.total > 1))
big.apply(tap(row => console.log(row.total)))
const letters = rows.apply(flatMap(row => [...row.id]))
letters.apply(map(letter => letter.length)).apply(numberSink)
// @ts-expect-error rows have no such field
rows.apply(map(row => row.nothing))
// @ts-expect-error the sink takes numbers
ids.apply(numberSink)
const byId = rows.apply(withKeys(row => row.id))
byId.apply(keys()).apply(map((k: string) => k.length))
byId.apply(values()).apply(rowSink)
byId.apply(kvSwap()).apply(keys()).apply(rowSink)
const halves = rows.apply(partition(2, row => row.total))
halves.tagged('1').apply(rowSink)
// @ts-expect-error there are two
halves.tagged('2')
p.apply('All', flatten(halves.tagged('0'), halves.tagged('1'))).apply(rowSink)
const failing = rows.apply(map(row => row.total, {onError: deadLetter('bad')}))
failing.tagged('bad').apply(map(letter => letter.element.id))
rows
  .apply(batchElements({max: 10}))
  .apply(map(batch => batch.length))
  .apply(numberSink)
rows.apply(tee(rowSink)).apply(rowSink)
rows.apply(discard())

// in stream.pipeline
await pipeline(
  lines,
  map((l: string) => l.length),
  tee(numberSink),
  discard(),
)
await pipeline(flatten(lines, create(['a'])), words, discard())
await pipeline(Readable.from(['a']), track(new PassThrough({objectMode: true})), rowSink)

// sluice/testing
const collected: number[] = await collect(lines.pipe(mapped))
const collectedArray: number[] = await collect([1, 2])
// @ts-expect-error lengths are numbers
const wrongCollect: string[] = await collect(lines.pipe(mapped))
const {output, tags} = await runStage(risky, ['1'], {tags: ['bad']})
same<typeof output, number[]>(true)
same<typeof tags.bad, DeadLetter<string>[]>(true)
// @ts-expect-error not asked for
tags.good
// @ts-expect-error not a tag
await runStage(risky, ['1'], {tags: ['good']})
// @ts-expect-error the stage takes strings
await runStage(mapped, [1])
await assertThat(created, equalTo([1, 2]))
await assertThat(lines, containsInAnyOrder(['a']))
await assertThat(lines, isEmpty())
// @ts-expect-error lines are strings
await assertThat(lines, equalTo([1]))
assertThat(rows, containsInAnyOrder([{id: 'a', total: 1}]))
const leased: Source<number> = testSource([[1], [2]], {leases: true, timestamps: x => x})
// @ts-expect-error a bundle is an array of elements
testSource([1, 2])

export {
  awaited,
  bad,
  batched,
  collected,
  collectedArray,
  constant,
  dropped,
  either,
  explicitLate,
  first,
  fromAsync,
  generated,
  generatedAsync,
  kept,
  keyed,
  keyedAsync,
  keyOnly,
  lateBad,
  lateIds,
  leased,
  maybe,
  merged,
  named,
  narrowed,
  notAwaited,
  notBatched,
  notNarrowed,
  riskyFilter,
  split,
  swapped,
  tapped,
  tappedAsync,
  teed,
  teedNames,
  tracked,
  valueOnly,
  withTag,
  wrongCollect,
  wrongCreate,
  wrongIn,
  wrongKey,
  wrongMerge,
  wrongTee,
}
