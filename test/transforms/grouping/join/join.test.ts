import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {
  afterCount,
  afterWatermark,
  create,
  filter,
  fixedWindows,
  type JoinType,
  join,
  map,
  Pipeline,
  windowInto,
  withTimestamps,
} from '../../../../lib/index.ts'
import {collect, testSink, testSource} from '../../../../lib/testing/index.ts'
import {rejection, thrown} from '../../support.ts'

const orders = [
  {order: 1, customer: 'a'},
  {order: 2, customer: 'b'},
  {order: 3, customer: 'a'},
  {order: 4, customer: 'x'},
]
const customers = [
  {id: 'a', name: 'Ada'},
  {id: 'b', name: 'Bob'},
  {id: 'c', name: 'Cyd'},
]
const on = {left: 'customer', right: 'id'} as const
const sorted = (rows: readonly unknown[]) => rows.map(row => JSON.stringify(row)).sort()

async function joined(type: JoinType): Promise<string[]> {
  return sorted(await collect(join(create(orders), create(customers), {on, type})))
}

describe('join', () => {
  const matching = [
    {order: 1, customer: 'a', id: 'a', name: 'Ada'},
    {order: 2, customer: 'b', id: 'b', name: 'Bob'},
    {order: 3, customer: 'a', id: 'a', name: 'Ada'},
  ]

  it('gives the rows that match', async () => {
    expect(await joined('inner')).to.deep.equal(sorted(matching))
  })

  it('gives also the rows of the left, the right or both inputs that match none', async () => {
    expect(await joined('left')).to.deep.equal(sorted([...matching, orders[3]]))
    expect(await joined('right')).to.deep.equal(sorted([...matching, customers[2]]))
    expect(await joined('full')).to.deep.equal(sorted([...matching, orders[3], customers[2]]))
  })

  it('makes rows with `select`, which gets null for a missing row', async () => {
    const rows = join(create(orders), create(customers), {
      on,
      type: 'full',
      select: (order, customer) => `${order?.order} ${customer?.name}`,
    })
    expect(sorted(await collect(rows))).to.deep.equal(
      sorted(['1 Ada', '2 Bob', '3 Ada', '4 undefined', 'undefined Cyd']),
    )
  })

  it('joins every row of one side with every row of the other that has its key', async () => {
    const left = create([1, 2, 3].map(l => ({k: 'a', l})))
    const right = create([1, 2].map(r => ({k: 'a', r})))
    const rows = await collect(join(left, right, {on: 'k'}))
    expect(sorted(rows)).to.deep.equal(sorted([1, 2, 3].flatMap(l => [1, 2].map(r => ({k: 'a', l, r})))))
  })

  it('joins on several fields, on functions, and on objects by their content', async () => {
    const left = [{a: 1, b: {c: 1, d: 2}, l: 1}]
    const right = [{a: 1, b: {d: 2, c: 1}, r: 1}]
    expect(await collect(join(create(left), create(right), {on: ['a', 'b']}))).to.deep.equal([{...left[0], r: 1}])
    const by = {left: (row: {a: number}) => row.a + 1, right: (row: {a: number}) => row.a * 2}
    const select = (l: {l: number} | null, r: {r: number} | null) => [l?.l, r?.r]
    expect(await collect(join(create(left), create(right), {on: by, select}))).to.deep.equal([[1, 1]])
  })

  it('matches nothing with null and undefined, as SQL does, also in a part of the key', async () => {
    const left = [{k: null, l: 1}, {k: undefined, l: 2}, {l: 3} as {k?: undefined; l: number}]
    const right = [
      {k: null, r: 1},
      {k: undefined, r: 2},
    ]
    const rows = (type: JoinType) => collect(join(create(left), create(right), {on: 'k', type}))
    expect(await rows('inner')).to.deep.equal([])
    expect(sorted(await rows('left'))).to.deep.equal(sorted(left))
    expect(sorted(await rows('full'))).to.deep.equal(sorted([...left, ...right]))
    const parts = [{k: null, j: 1}]
    expect(await collect(join(create(parts), create(parts), {on: ['k', 'j']}))).to.deep.equal([])
  })

  it('takes 0 and -0 for one key, and NaN for equal to itself', async () => {
    const keys = [0, Number.NaN]
    const left = create(keys.map(k => ({k})))
    const right = create(keys.map((k, r) => ({k: -k, r})))
    expect((await collect(join(left, right, {on: 'k'}))).length).to.equal(2)
  })

  it('gives nothing, or one side, for an empty input', async () => {
    const rows = (type: JoinType) => collect(join(create(orders), create([] as typeof customers), {on, type}))
    expect(await rows('inner')).to.deep.equal([])
    expect(sorted(await rows('left'))).to.deep.equal(sorted(orders))
    expect(await rows('right')).to.deep.equal([])
  })

  it('refuses a field that both rows have, and says what to do', async () => {
    const left = create([{id: 1, name: 'a'}])
    const right = create([{id: 1, name: 'b'}])
    const error = await rejection(collect(join(left, right, {on: 'id'})))
    expect(error).to.have.property('code', 'ERR_SLUICE_COMBINE')
    expect(error)
      .to.have.property('message')
      .that.matches(/join: both rows have a field 'name'; .*select: \(left, right\)/)
  })

  it('refuses keys that can never match: strings and numbers, numbers and BigInts', async () => {
    for (const [key, message] of [
      ['1', /left input are numbers \(1\), of the right input strings \('1'\); convert one of them/],
      [1n, /left input are numbers \(1\), of the right input bigints \(1n\)/],
    ] as const)
      for (const type of ['inner', 'full'] as const) {
        const rows = join(create([{k: 1}]), create([{k: key}]), {on: 'k', type} as never)
        const error = await rejection(collect(rows))
        expect(error).to.have.property('code', 'ERR_SLUICE_KEY')
        expect(error).to.have.property('message').that.matches(message)
      }
    const parts = join(create([{a: 1, b: 1}]), create([{a: 1, b: '1'}]), {on: ['a', 'b']} as never)
    expect(await rejection(collect(parts)))
      .to.have.property('message')
      .that.matches(/part 2 of the keys/)
  })

  it('takes keys of several kinds if some can match', async () => {
    const left = create<{k: unknown}>([{k: 1}, {k: 'a'}])
    const right = create<{k: unknown}>([{k: '1'}, {k: 'b'}])
    expect(await collect(join(left, right, {on: 'k'}))).to.deep.equal([])
  })

  it('fails for a key that cannot be encoded', async () => {
    const rows = join(create([{k: () => 1}]), create([{k: 1}]), {on: 'k'} as never)
    expect(await rejection(collect(rows))).to.have.property('code', 'ERR_SLUICE_KEY')
  })

  it('joins within windows, and keeps their timestamps', async () => {
    const at = (rows: {k: string; at: number}[]) =>
      create(rows)
        .pipe(withTimestamps((row: {at: number}) => row.at))
        .pipe(windowInto(fixedWindows(10)))
    const left = at([
      {k: 'a', at: 1},
      {k: 'a', at: 11},
    ])
    const right = at([
      {k: 'a', at: 15},
      {k: 'a', at: 25},
    ])
    const select = (l: unknown, r: unknown) => [l, r].map(row => (row as {at: number} | null)?.at)
    const by = (row: unknown) => (row as {k: string}).k
    const observed = join(left, right, {on: {left: by, right: by}, type: 'full', select}).pipe(
      map((pair: unknown, c) => [pair, c.window.start, c.timestamp]),
    )
    expect(sorted(await collect(observed))).to.deep.equal(
      sorted([
        [[1, null], 0, 9],
        [[11, 15], 10, 19],
        [[null, 25], 20, 29],
      ]),
    )
  })

  it('refuses inputs in different windows', () => {
    const left = create([{k: 1}]).pipe(windowInto(fixedWindows(10)))
    const error = thrown(() => join(left as never, create([{k: 1}]), {on: 'k'} as never))
    expect(error).to.have.property('code', 'ERR_SLUICE_WINDOWING')
    expect(error)
      .to.have.property('message')
      .that.matches(/different windows/)
  })

  it('refuses windows with several panes that hold only what is new', async () => {
    const inputs = (options: object) =>
      [create([{k: 1}]), create([{k: 1}])].map(input => input.pipe(windowInto(fixedWindows(10), options as never)))
    const refused = (options: object) => {
      const [left, right] = inputs(options)
      return thrown(() => join(left as never, right as never, {on: 'k'} as never))
    }
    const early = {trigger: afterWatermark({early: afterCount(1)}), accumulation: 'discarding', timestamp: () => 0}
    expect(refused(early))
      .to.have.property('message')
      .that.matches(/a trigger that fires several times, .*'accumulating'/)
    const late = {allowedLateness: 5, timestamp: () => 0}
    expect(refused(late))
      .to.have.property('message')
      .that.matches(/an allowed lateness of 5 ms/)
    const [left, right] = inputs({...early, accumulation: 'accumulating'})
    const select = () => 1
    expect((await collect(join(left as never, right as never, {on: 'k', select} as never))).length).to.be.at.least(1)
  })

  it('joins collections of a Pipeline', async () => {
    const sink = testSink<object>()
    const p = new Pipeline({name: 'shop'})
    const left = p.apply('Orders', create(orders))
    const right = p.apply('Customers', create(customers)).apply(
      'Known',
      filter(({id}) => id !== 'b'),
    )
    p.apply('Joined', join(left, right, {on})).apply('Write', sink)
    await p.run()
    expect(sorted(sink.values)).to.deep.equal(sorted([matching[0], matching[2]]))
  })

  it('takes foreign Readables, and stands first in pipeline()', async () => {
    const sink = testSink<unknown>()
    const left = Readable.from([{k: 1, l: 1}]) as Readable & {readonly [key: symbol]: never}
    await pipeline(join(left, create([{id: 1, r: 2}]), {on: {left: row => (row as {k: number}).k, right: 'id'}}), sink)
    expect(sink.values).to.deep.equal([{k: 1, l: 1, id: 1, r: 2}])
  })

  it('fails with the error of an input, and destroys the other one', async () => {
    const boom = new Error('boom')
    const other = create(orders)
    const failing = create([1]).pipe(
      map((): {id: string} => {
        throw boom
      }),
    )
    const error = await rejection(collect(join(other, failing, {on})))
    expect(error).to.have.property('cause', boom)
    expect(other.destroyed).to.equal(true)
  })

  it('destroys its inputs when it is destroyed', async () => {
    const left = create(orders)
    const right = create(customers)
    const rows = join(left, right, {on})
    rows.destroy()
    await new Promise(resolve => setImmediate(resolve))
    expect([left.destroyed, right.destroyed]).to.deep.equal([true, true])
  })

  it('hands on a large group bit by bit', async () => {
    const many = (side: string) => create(Array.from({length: 400}, (_, i) => ({[`${side}Key`]: 1, [side]: i})))
    let rows = 0
    let most = 0
    const joinedRows = join(many('l'), many('r'), {on: {left: 'lKey', right: 'rKey'}})
    for await (const _ of joinedRows) {
      rows++
      most = Math.max(most, joinedRows.readableLength)
    }
    expect(rows).to.equal(160_000)
    expect(most).to.be.lessThan(5_000)
  })

  it('gives rows the same ids in every run', async () => {
    const run = async () => {
      const left = testSource([orders], {ids: 'o'})
      const right = testSource([customers], {ids: 'c'})
      const sink = testSink<unknown>()
      await pipeline(join(left as never, right as never, {on} as never), sink)
      return [...sink.ids].sort()
    }
    const ids = await run()
    expect(new Set(ids).size).to.equal(3)
    expect(await run()).to.deep.equal(ids)
  })

  it('refuses bad options', () => {
    const rows = (options: unknown) => thrown(() => join(create(orders), create(customers), options as never))
    for (const bad of [undefined, {}, {on: ''}, {on: []}, {on: {left: 'a'}}, {on: {left: ['a', 'b'], right: 'a'}}])
      expect(rows(bad))
        .to.have.property('message')
        .that.matches(/option `on` is .*give the name of a field/)
    expect(rows({on, type: 'outer'}))
      .to.have.property('message')
      .that.matches(/option `type` is 'outer'; give one of/)
    expect(rows({on, select: 1}))
      .to.have.property('message')
      .that.matches(/option `select` is 1/)
    expect(rows({on, tipe: 'left'}))
      .to.have.property('message')
      .that.matches(/did you mean `type`/)
    const twice = create(orders)
    expect(thrown(() => join(twice, twice, {on: 'order'})))
      .to.have.property('message')
      .that.matches(/each input once/)
  })

  it('gives what two nested loops give', async () => {
    const row = fc.record({k: fc.constantFrom<unknown>(null, 'a', 'b', 1, true), n: fc.nat()}, {noNullPrototype: true})
    const rows = fc.array(row, {maxLength: 8})
    await fc.assert(
      fc.asyncProperty(rows, rows, fc.constantFrom<JoinType>('inner', 'left', 'right', 'full'), async (l, r, type) => {
        const equal = (a: {k: unknown}, b: {k: unknown}) => a.k !== null && a.k === b.k
        const expected: unknown[] = l.flatMap(a => r.filter(b => equal(a, b)).map(b => [a, b]))
        fc.pre(expected.length > 0)
        if (type === 'left' || type === 'full')
          expected.push(...l.filter(a => !r.some(b => equal(a, b))).map(a => [a, null]))
        if (type === 'right' || type === 'full')
          expected.push(...r.filter(b => !l.some(a => equal(a, b))).map(b => [null, b]))
        const select = (a: unknown, b: unknown) => [a, b]
        expect(sorted(await collect(join(create(l), create(r), {on: 'k', type, select})))).to.deep.equal(
          sorted(expected),
        )
      }),
      {numRuns: 60},
    )
  })
})
