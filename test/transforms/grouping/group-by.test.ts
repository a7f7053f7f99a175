import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, boundedWindow, GLOBAL_WINDOW, type PaneInfo, type ProcessContext} from '../../../lib/core/index.ts'
import {count, create, deadLetter, groupBy, map, Pipeline, sum} from '../../../lib/index.ts'
import {collect, runStage, testSource} from '../../../lib/testing/index.ts'
import {rejection, thrown} from '../support.ts'
import {BundleSink} from './support.ts'

interface Order {
  user: string
  day: string
  amount: number
}

const orders: Order[] = [
  {user: 'ada', day: 'mon', amount: 5},
  {user: 'bob', day: 'mon', amount: 2},
  {user: 'ada', day: 'tue', amount: 1},
]

/** Orders in the window [0, 1000), and the watermark after them. */
function windowed(values: Order[], watermark: number): Bundle<Order> {
  const window = boundedWindow(0, 1000)
  return new Bundle(values, {
    timestamps: Float64Array.from(values, () => 500),
    windows: values.map(() => window),
    watermark,
  })
}

describe('groupBy', () => {
  it('makes one row per key at the end of bounded input', async () => {
    const {output} = await runStage(groupBy('user', {orders: count(), spent: sum('amount')}), orders)
    expect(output).to.deep.equal([
      {user: 'ada', orders: 2, spent: 6},
      {user: 'bob', orders: 1, spent: 2},
    ])
  })

  it('groups by several fields', async () => {
    const {output} = await runStage(groupBy(['day', 'user'], {n: count()}), orders)
    expect(output).to.deep.equal([
      {day: 'mon', user: 'ada', n: 1},
      {day: 'mon', user: 'bob', n: 1},
      {day: 'tue', user: 'ada', n: 1},
    ])
  })

  it('groups by functions of the row', async () => {
    const initial = groupBy({initial: (row: Order) => row.user[0]}, {n: count()})
    const {output} = await runStage(initial, orders)
    expect(output).to.deep.equal([
      {initial: 'a', n: 2},
      {initial: 'b', n: 1},
    ])
  })

  it('keeps keys of several fields apart, however their texts are divided', async () => {
    const rows: {a: unknown; b: unknown}[] = [
      {a: 'x', b: 'yz'},
      {a: 'xy', b: 'z'},
      {a: 1, b: 2},
      {a: '1', b: 2},
    ]
    const {output} = await runStage(groupBy(['a', 'b'], {n: count()}), rows)
    expect(output).to.have.length(4)
  })

  it('emits a pane that is first, last and on time, in the global window', async () => {
    const seen: {pane: PaneInfo; start: number}[] = []
    const look = map((_: unknown, c: ProcessContext) => seen.push({pane: c.pane, start: c.window.start}))
    await collect(
      create(orders)
        .pipe(groupBy('user', {n: count()}))
        .pipe(look),
    )
    expect(seen[0]).to.deep.equal({
      pane: {index: 0, onTimeIndex: 0, timing: 'on-time', isFirst: true, isLast: true},
      start: GLOBAL_WINDOW.start,
    })
  })

  it('emits nothing for empty input', async () => {
    const {output} = await runStage(groupBy('user', {n: count()}), [])
    expect(output).to.deep.equal([])
  })

  it('works in a Pipeline', async () => {
    const p = new Pipeline({name: 'totals'})
    const sink = new BundleSink()
    p.apply('Orders', create(orders))
      .apply('PerUser', groupBy('user', {spent: sum('amount')}))
      .apply('Write', sink)
    await p.run()
    expect(sink.values).to.deep.equal([
      {user: 'ada', spent: 6},
      {user: 'bob', spent: 2},
    ])
  })

  it('gives equal content equal ids, however the input is cut', async () => {
    const idsOf = async (cuts: Order[][]) => {
      const sink = new BundleSink()
      await pipeline(testSource(cuts, {ids: 'file'}), groupBy('user', {n: count()}), sink)
      return sink.ids
    }
    const ids = await idsOf([orders])
    expect(await idsOf(orders.map(order => [order]))).to.deep.equal(ids)
    expect(new Set(ids).size).to.equal(2)
  })

  it('closes a window when the watermark has passed its end, and hands on what comes later as late', async () => {
    const [ada, bob] = orders as [Order, Order]
    const source = testSource([windowed([ada], 999), windowed([ada], 1000), windowed([bob], 1001)])
    const {output, tags} = await runStage(groupBy('user', {n: count()}), source, {tags: ['late']})
    expect(output).to.deep.equal([{user: 'ada', n: 2}])
    expect(tags.late).to.deep.equal([bob])
  })

  it('counts what is late where nobody takes it', async () => {
    const [ada, bob] = orders as [Order, Order]
    const source = testSource([windowed([ada], 1000), windowed([bob, ada], 1001)])
    const {metrics} = await runStage(groupBy('user', {n: count()}), source)
    expect(metrics.dropped).to.deep.equal({late: 2})
  })

  it('hands the input watermark on when the panes before it have left', async () => {
    const sink = new BundleSink()
    const [ada] = orders as [Order]
    await pipeline(testSource([windowed([ada], 1000)]), groupBy('user', {n: count()}), sink)
    expect(sink.bundles.map(({values, watermark}) => [values.length, watermark])).to.deep.equal([
      [1, Number.NEGATIVE_INFINITY],
      [0, 1000],
    ])
  })

  it('sets aside an element that cannot be combined, and nothing of it stays', async () => {
    const rows = [{user: 'ada', amount: 5}, {user: 'ada', amount: 'x'} as never]
    const stage = groupBy('user', {n: count(), spent: sum('amount')}, {onError: deadLetter('bad')})
    const {output, tags} = await runStage(stage, rows, {tags: ['bad']})
    expect(output).to.deep.equal([{user: 'ada', n: 1, spent: 5}])
    expect(tags.bad[0]!.element).to.equal(rows[1])
  })

  it('fails with the element when its key cannot be encoded', async () => {
    const row = {user: () => 1}
    const error = await rejection(runStage(groupBy('user', {n: count()}), [row]))
    expect([error.code, error.element, error.stage]).to.deep.equal(['ERR_SLUICE_KEY', row, 'groupBy'])
  })

  it('fails with the element that cannot be combined', async () => {
    const rows = [{user: 'ada', amount: 5}, {user: 'ada', amount: 'x'} as never]
    const error = await rejection(runStage(groupBy('user', {spent: sum('amount')}), rows))
    expect([error.code, error.element, error.stage]).to.deep.equal(['ERR_SLUICE_COMBINE', rows[1], 'groupBy'])
  })

  it('refuses messages without a choice of state, and names the fix', async () => {
    const source = testSource([orders], {leases: true})
    const error = await rejection((async () => pipeline(source, groupBy('user', {n: count()}), new BundleSink()))())
    expect(error.code).to.equal('ERR_SLUICE_WINDOWING')
    expect(error.message).to.match(/state: 'volatile'/)
    expect(source.pulled).to.equal(0)
  })

  it("acknowledges messages as it takes them in, with state: 'volatile', and says so", async () => {
    const source = testSource([orders], {leases: true})
    const logged: string[] = []
    const logger = {debug() {}, info() {}, error() {}, warn: (message: string) => logged.push(message)}
    const sink = new BundleSink()
    await pipeline(source, groupBy('user', {n: count()}, {state: 'volatile', logger}), sink)
    expect(source.acked).to.deep.equal(orders)
    expect(sink.bundles.every(({leases}) => leases === undefined)).to.equal(true)
    expect(logged).to.have.length(1)
    expect(logged[0]).to.match(/lost if this process dies/)
  })

  it('fails when a result cannot be extracted', async () => {
    const broken = {
      ...count(),
      extractOutput: (): number => {
        throw new Error('no result')
      },
    }
    const error = await rejection(runStage(groupBy('user', {n: broken}), orders))
    expect([error.code, error.stage]).to.deep.equal(['ERR_SLUICE_PROCESS', 'groupBy'])
    expect(error.message).to.match(/no result/)
  })

  it('refuses the tags of dropped elements for dead letters', () => {
    expect(thrown(() => groupBy('user', {n: count()}, {onError: deadLetter('late')})).message).to.match(/another tag/)
  })

  it('makes rows with columns of any name', async () => {
    const rows = [{'a-b': 2}]
    const {output} = await runStage(groupBy('a-b', {['__proto__']: count(), '2021': count()}), rows)
    expect(Object.entries(output[0]!)).to.deep.equal([
      ['2021', 1],
      ['a-b', 2],
      ['__proto__', 1],
    ])
  })

  it('refuses aggregations with the name of a key', () => {
    expect(thrown(() => groupBy('user', {user: count()})).message).to.match(/aggregations.*user/)
  })

  it('refuses what is not a combine function', () => {
    expect(thrown(() => groupBy('user', {n: 1 as never})).message).to.match(/aggregations\.n.*combine function/)
  })

  it('refuses a list of keys with one name twice', () => {
    expect(thrown(() => groupBy(['user', 'user'], {n: count()})).message).to.match(/different names/)
  })
})
