import {once} from 'node:events'
import {PassThrough, type Readable, type Writable} from 'node:stream'
import {expect} from 'chai'
import fc from 'fast-check'
import {COLUMN_NAMES} from '../../lib/core/bundle/columns.ts'
import {type Bundle, SideBuffer} from '../../lib/core/index.ts'
import {
  batchElements,
  discard,
  filter,
  flatMap,
  flatten,
  map,
  partition,
  tap,
  tee,
  track,
  withKeys,
  withTimestamps,
} from '../../lib/index.ts'
import {type CountedLease, fullBundle, KINDS_OF_IDS, rowsOf} from '../core/bundle/columns.ts'
import {doFn, TestSink, TestSource} from '../core/support.ts'

/** What a value has, by name of the column. */
type Row = Record<string, unknown>
/** A step of a chain, and what becomes of the rows in it, one after the other. */
interface Step {
  readonly name: string
  connect(from: Readable): Readable
  model(rows: Row[]): Row[]
}

const of = (row: Row) => row['value'] as number
const under = (row: Row, mark: string): Row => ({...row, id: row['id'] && `${row['id']}${mark}`})
const step = (name: string, make: () => Readable & Writable, model: Step['model']): Step => ({
  name,
  connect: from => from.pipe(make()),
  model,
})
const same = (rows: Row[]) => rows
const each = (rows: Row[], mark = '.') =>
  rows.flatMap(row => [0, 1, 2].slice(0, of(row) % 4).map(k => under(row, mark + k)))
const outputs = (n: number) => [n, n, n].slice(0, n % 4)

/** The rows in batches of 3, then out of them again: all have what the first one has, and the earliest timestamp. */
function batched(rows: Row[]): Row[] {
  const made: Row[] = []
  for (let at = 0; at < rows.length; ) {
    const batch = [rows[at]!]
    while (batch.length < 3 && at + batch.length < rows.length && sameWindow(rows[at + batch.length]!, rows[at]!))
      batch.push(rows[at + batch.length]!)
    const times = batch.map(row => row['timestamp'] as number | undefined).filter(time => time !== undefined)
    const timestamp = times.length > 0 ? Math.min(...times) : undefined
    for (const [k, {value}] of batch.entries())
      made.push({...under(batch[0]!, `.b.${k}`), value, timestamp, lease: 'a group'})
    at += batch.length
  }
  return made
}
const sameWindow = (a: Row, b: Row) => JSON.stringify(a['window']) === JSON.stringify(b['window'])

function buffered(from: Readable, budget: number): Readable {
  const sides = {ready: false}
  const buffer = new SideBuffer(doFn(() => []).info, sides, budget)
  from.once('end', () => {
    sides.ready = true
  })
  return from.pipe(buffer)
}

const STEPS: readonly Step[] = [
  step('map', () => map((n: number) => n), same),
  step('async map', () => map(async (n: number) => n, {concurrency: 3}), same),
  step('tap', () => tap(() => {}), same),
  step(
    'filter',
    () => filter((n: number) => n % 3 !== 0),
    rows => rows.filter(row => of(row) % 3 !== 0),
  ),
  step(
    'flatMap',
    () => flatMap((n: number) => outputs(n)),
    rows => each(rows),
  ),
  step(
    'process that yields',
    () =>
      doFn(function* (n) {
        yield* outputs(n)
      }),
    rows => each(rows),
  ),
  step(
    'async process',
    () => doFn(async n => outputs(n), {concurrency: 4}),
    rows => each(rows),
  ),
  step(
    'async generator',
    () =>
      doFn(
        async function* (n) {
          yield* outputs(n)
        },
        {concurrency: 2},
      ),
    rows => each(rows),
  ),
  step('track', () => track(new PassThrough({objectMode: true})), same),
  step(
    'withTimestamps',
    () => withTimestamps((n: number) => n * 10 + 7, {allowedSkew: '1d'}),
    rows => rows.map(row => ({...row, timestamp: of(row) * 10 + 7})),
  ),
  {
    name: 'a tag',
    connect: from => {
      const stage = doFn<number, number>((n, c) => {
        for (const out of outputs(n)) c.emit('t', out)
        return []
      })
      const tagged = stage.tagged('t')
      from.pipe(stage).pipe(discard())
      return tagged
    },
    model: rows => each(rows, '.t.'),
  },
  {
    name: 'partition',
    connect: from => {
      const stage = partition(2, (n: number) => n % 2)
      const odd = stage.tagged('1')
      stage.tagged('0').pipe(discard())
      from.pipe(stage).pipe(discard())
      return odd
    },
    model: rows => rows.filter(row => of(row) % 2 === 1).map(row => under(row, '.1.0')),
  },
  step('tee', () => tee({side: discard()}), same),
  {
    name: 'withKeys and back',
    connect: from => from.pipe(withKeys((n: number) => n % 5)).pipe(map(([, n]: [number, number]) => n)),
    model: same,
  },
  {
    name: 'flatten',
    connect: from => flatten(from as never),
    model: rows => rows.map(row => ({...row, id: row['id'] && String(row['id']).replace(':', '|0:')})),
  },
  {name: 'a buffer in memory', connect: from => buffered(from, 1e9), model: same},
  {name: 'a buffer on disk', connect: from => buffered(from, 0), model: same},
  {
    name: 'batchElements',
    connect: from => from.pipe(batchElements({max: 3, maxDelay: '1h'})).pipe(flatMap((batch: number[]) => batch)),
    model: batched,
  },
]

/** A bundle with some of the columns. */
const bundles = fc.array(
  fc.record({
    size: fc.oneof({weight: 9, arbitrary: fc.integer({min: 1, max: 12})}, {weight: 1, arbitrary: fc.constant(1203)}),
    kind: fc.nat(KINDS_OF_IDS - 1),
    prefix: fc.constantFrom('s', 't'),
    without: fc.oneof({weight: 4, arbitrary: fc.constant([])}, {weight: 1, arbitrary: fc.subarray([...COLUMN_NAMES])}),
  }),
  {minLength: 1, maxLength: 6},
)

function make(given: {size: number; kind: number; prefix: string; without: readonly string[]}[]): Bundle<number>[] {
  let from = 1
  return given.map(({size, kind, prefix, without}) => {
    // ids of a source are unique: a prefix for each bundle
    const bundle = fullBundle(size, {from, kind, prefix: `${prefix}${from}`, watermark: from})
    from += size
    return bundle.with(Object.fromEntries(without.map(name => [name, undefined])))
  })
}

/** The rows as they are to be compared: leases of batches are groups, which have no name. */
function comparable(row: Row): Row {
  return {...row, lease: row['lease'] === 'a group' ? undefined : row['lease']}
}

async function run(given: Bundle<number>[], steps: readonly Step[]): Promise<Bundle<unknown>[][]> {
  let end: Readable = new TestSource(given)
  const sinks = [new TestSink<unknown>({release: false}), new TestSink<unknown>({release: false})]
  for (const {connect} of steps) end = connect(end)
  for (const sink of sinks) end.pipe(sink)
  await Promise.all(sinks.map(sink => once(sink, 'finish')))
  const got = sinks.map(sink => [...sink.got])
  for (const sink of sinks) sink.releaseAll()
  return got
}

async function check(given: Bundle<number>[], steps: readonly Step[]): Promise<void> {
  let rows: Row[] = given.flatMap(rowsOf)
  for (const {model} of steps) rows = model(rows)
  const grouped = steps.some(({name}) => name === 'batchElements')
  for (const got of await run(given, steps)) {
    const found = got.flatMap(rowsOf).map(row => (grouped ? {...row, lease: undefined} : row))
    expect(found).to.deep.equal(rows.map(row => comparable(grouped ? {...row, lease: undefined} : row)))
  }
  // every message is acknowledged once, and no lease is released twice
  for (const {leases} of given) for (const lease of (leases ?? []) as CountedLease[]) expect(lease.count).to.equal(0)
}

describe('the columns of every value', () => {
  for (const one of STEPS)
    it(`are as they must be after: ${one.name}`, () =>
      fc.assert(
        fc.asyncProperty(bundles, given => check(make(given), [one])),
        {numRuns: 15},
      ))

  it('are as they must be after any steps in a row (property)', () =>
    fc.assert(
      fc.asyncProperty(bundles, fc.array(fc.constantFrom(...STEPS), {minLength: 2, maxLength: 5}), (given, steps) =>
        check(make(given), steps),
      ),
      {numRuns: 60},
    )).timeout(120_000)
})
