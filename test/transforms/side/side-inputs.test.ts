import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DoFn, type ProcessContext, type SideInput} from '../../../lib/core/index.ts'
import {readFromPubSub} from '../../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../../lib/pipeline/index.ts'
import {testSink, testSource} from '../../../lib/testing/index.ts'
import {
  asIterable,
  asList,
  asMap,
  asMultiMap,
  asSingleton,
  create,
  discard,
  filter,
  flatMap,
  map,
  parDo,
} from '../../../lib/transforms/index.ts'
import {numbers, rejection, thrown} from '../support.ts'

interface Rate {
  currency: string
  rate: number
}
const RATES: Rate[] = [
  {currency: 'EUR', rate: 2},
  {currency: 'USD', rate: 3},
]

/** The view that a stage sees. */
async function seen<T>(view: SideInput<T>): Promise<T> {
  const views = testSink<{view: T}>()
  await pipeline(
    create(['one']),
    map((_: string, c) => ({view: c.side.view}), {side: {view}}),
    views,
  )
  return views.values[0]!.view
}

describe('side inputs', () => {
  it('are found as c.side.name, in a class and in functions', async () => {
    class Enrich extends DoFn<string, number, {}, {rates: ReadonlyMap<string, Rate>}> {
      *process(currency: string, c: ProcessContext<{}, {rates: ReadonlyMap<string, Rate>}>) {
        yield c.side.rates.get(currency)!.rate
      }
    }
    const out = testSink<number>()
    const rates = asMap(create(RATES), r => r.currency)
    await pipeline(
      create(['EUR', 'USD']),
      new Enrich({side: {rates}}),
      map((n: number, c) => n * c.side.factor, {side: {factor: asSingleton(create([10]))}}),
      filter((n: number, c) => n > c.side.least, {side: {least: asSingleton(create([20]))}}),
      flatMap((n: number, c) => c.side.more.map(m => n + m), {side: {more: asList(create([1, 2]))}}),
      parDo(
        function* (n: number, c) {
          for (const m of c.side.again) yield n * m
        },
        {side: {again: asIterable(create([1, 100]))}},
      ),
      out,
    )
    expect(out.values).to.deep.equal([31, 3100, 32, 3200])
  })

  it('are the same for elements that are processed asynchronously', async () => {
    const out = testSink<number>()
    const add = map(async (n: number, c) => n + c.side.all.length, {
      side: {all: asList(create([1, 2]))},
      concurrency: 5,
    })
    await pipeline(create(numbers(20)), add, out)
    expect(out.values).to.deep.equal(numbers(20, 2))
  })

  it('are counted by the stage that looks at them', async () => {
    const stage = map((n: number, c) => n + c.side.all.length, {side: {all: asList(create(numbers(2500)))}})
    await pipeline(create([1]), stage, discard())
    expect(stage.info.metrics.extra['side.all']).to.equal(2500)
  })

  it('are made of plain streams, DoFns and tagged outputs too', async () => {
    const sorted = parDo((n: number, c: ProcessContext<{odd: number}>) => {
      if (n % 2) c.emit('odd', n)
      else return [n]
    })
    const odd = asList(sorted.tagged('odd'))
    const even = asList(sorted)
    create(numbers(6)).pipe(sorted)
    const plain = asList(Readable.from([7, 8]))
    const out = testSink<unknown>()
    await pipeline(
      create(['x']),
      map((_: string, c) => [...c.side.even, ...c.side.odd, ...c.side.plain], {side: {odd, even, plain}}),
      out,
    )
    expect(out.values).to.deep.equal([[0, 2, 4, 1, 3, 5, 7, 8]])
  })

  it('are read once for several stages', async () => {
    const source = testSource([[1, 2]])
    const all = asList(source)
    const out = testSink<number>()
    const add = (n: number, c: ProcessContext<{}, {all: readonly number[]}>) => n + c.side.all.length
    await pipeline(create([1]), map(add, {side: {all}, name: 'A'}), map(add, {side: {all}, name: 'B'}), out)
    expect(out.values).to.deep.equal([5])
    expect(source.pulled).to.equal(2)
  })

  it('serve a second run when they were read in the first', async () => {
    const all = asList(create([1, 2]))
    expect(await seen(all)).to.deep.equal([1, 2])
    const [again, out] = [map((n: number, c) => n + c.side.all.length, {side: {all}}), testSink<number>()]
    await pipeline(create([1]), again, out)
    expect(out.values).to.deep.equal([3])
    expect(again.info.metrics.extra).to.deep.equal({'side.all': 2})
  })

  it('are not read by making them, nor before a stage is connected', async () => {
    let reads = 0
    const all = asList(() => {
      reads++
      return create([1])
    })
    const stage = map((n: number, c) => n + c.side.all.length, {side: {all}})
    expect(reads).to.equal(0)
    await pipeline(create([1]), stage, discard())
    expect(reads).to.equal(1)
  })

  it('have frozen values, and views that cannot be changed', async () => {
    const list = await seen(asList(create([{n: 1}])))
    expect([Object.isFrozen(list), Object.isFrozen(list[0])]).to.deep.equal([true, true])
    const byId = (await seen(asMap(create([{n: 1}]), row => row.n))) as Map<number, {n: number}>
    expect(Object.isFrozen(byId.get(1))).to.equal(true)
    for (const change of [() => byId.set(2, {n: 2}), () => byId.delete(1), () => byId.clear()])
      expect(change).to.throw(TypeError, 'read-only')
    const lists = await seen(asMultiMap(create([{n: 1}]), row => row.n))
    expect(Object.isFrozen(lists.get(1))).to.equal(true)
  })

  for (const [what, view] of [
    ['messages', () => asList(testSource([[1]], {leases: true}))],
    ['what is made of messages', () => asList(testSource([[1]], {leases: true}).pipe(map((n: number) => n)))],
  ] as const)
    it(`are not made of ${what}`, () => {
      const error = thrown(view)
      expect(error.code).to.equal('ERR_SLUICE_SIDE_INPUT')
      expect(error.message).to.include('acknowledged').and.to.include('every')
    })

  it('are not made of a subscription, however it is acknowledged: it never ends', () => {
    const subscription = 'projects/p/subscriptions/s'
    const error = thrown(() => asList(readFromPubSub({subscription, ack: 'on-read'})))
    expect(error.code).to.equal('ERR_SLUICE_SIDE_INPUT')
    expect(error.message).to.include('never ends').and.to.include('every')
  })

  it('that are refused leave their source as it was', async () => {
    const source = testSource([[1]], {leases: true})
    thrown(() => asList(source))
    const out = testSink<number>()
    const p = new Pipeline()
    p.apply('Read', source).apply('Keep', out)
    await p.run()
    expect(source.acked).to.deep.equal([1])
  })

  it('are not made of messages that are connected later', async () => {
    const stage = map((n: number) => n)
    const all = asList(stage)
    const source = testSource([[1]], {leases: true, drain: 0})
    source.on('error', () => {})
    source.pipe(stage)
    const error = await rejection(
      pipeline(
        create([1]),
        map((n: number, c) => n + c.side.all.length, {side: {all}}),
        discard(),
      ),
    )
    expect(error.code).to.equal('ERR_SLUICE_SIDE_INPUT')
    expect(error.message).to.include("map: side input 'all'")
    expect(source.acked).to.deep.equal([])
  })

  it('are refused as options when they are none', () => {
    const bad = thrown(() => map((n: number) => n, {side: {all: [1]}} as never))
    expect(bad.code).to.equal('ERR_SLUICE_OPTION')
    expect(bad.message).to.include('side.all').and.to.include('asList')
    expect(thrown(() => map((n: number) => n, {side: asList(create([1]))} as never)).message).to.include('`side`')
    expect(thrown(() => asList(7 as never)).message).to.include('asList: option `input` is 7')
    expect(thrown(() => asList(discard() as never)).message).to.include('`input`')
    expect(thrown(() => asList(create([1]), {evry: 1} as never)).message).to.include('did you mean `every`')
    expect(thrown(() => asList(create([1]), {every: '1m'})).message).to.include('a function that makes a new source')
    expect(thrown(() => asList(() => create([1]), {every: 0})).message).to.include('more than nothing')
    expect(thrown(() => asMap(create([1]), 'id' as never, {})).message).to.include('`key`')
  })
})

describe('asSingleton', () => {
  it('is the only element', async () => {
    expect(await seen(asSingleton(create([5])))).to.equal(5)
  })
  it('is the default without an element, also when that is null or undefined', async () => {
    const none = () => create([] as number[])
    expect(await seen(asSingleton(none(), {default: 7}))).to.equal(7)
    expect(await seen(asSingleton(none(), {default: null}))).to.equal(null)
    expect(await seen(asSingleton(none(), {default: undefined}))).to.equal(undefined)
  })
  it('fails the run without an element and without a default', async () => {
    const error = await rejection(seen(asSingleton(create([]))))
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'map'})
    expect(error.message).to.include("map: side input 'view'").and.to.include('no element').and.to.include('`default`')
  })
  it('fails the run with two elements', async () => {
    const error = await rejection(seen(asSingleton(create([1, 2]), {default: 0})))
    expect(error.code).to.equal('ERR_SLUICE_SIDE_INPUT')
    expect(error.message).to.include('second element')
    expect(error.element).to.equal(2)
  })
})

describe('asList and asIterable', () => {
  it('give all elements in order', async () => {
    expect(await seen(asList(create(numbers(2500))))).to.deep.equal(numbers(2500))
    expect([...(await seen(asIterable(create(numbers(2500)))))]).to.deep.equal(numbers(2500))
  })
  it('are empty for an empty input', async () => {
    expect(await seen(asList(create([])))).to.deep.equal([])
  })
})

describe('asMap', () => {
  it('is a map of pairs, or of elements by a key', async () => {
    const pairs: [string, number][] = [
      ['a', 1],
      ['b', 2],
    ]
    expect([...(await seen(asMap(create(pairs))))]).to.deep.equal(pairs)
    const byCurrency = await seen(asMap(create(RATES), r => r.currency))
    expect(byCurrency.get('USD')).to.deep.equal(RATES[1])
    expect(byCurrency.size).to.equal(2)
  })
  it('fails the run for a key that comes twice, and says how to keep both', async () => {
    const error = await rejection(seen(asMap(create([...RATES, RATES[0]!]), r => r.currency)))
    expect(error.code).to.equal('ERR_SLUICE_SIDE_INPUT')
    expect(error.message).to.include("the key 'EUR' twice").and.to.include('asMultiMap')
  })
  it('fails the run for elements that are not pairs', async () => {
    const error = await rejection(seen(asMap(create(RATES) as never)))
    expect(error.message).to.include('not a pair').and.to.include('row => row.id')
  })
  for (const [name, key] of [
    ['no key', undefined],
    ['an object', {a: 1}],
    ['a date', new Date(0)],
  ] as const)
    it(`fails the run for a key that is ${name}`, async () => {
      const error = await rejection(seen(asMap(create([1]), () => key)))
      expect(error.code).to.equal('ERR_SLUICE_SIDE_INPUT')
      expect(error.message).to.include('primitive value')
    })
  it('fails the run with the cause when the key function throws', async () => {
    const cause = new Error('no such column')
    const error = await rejection(
      seen(
        asMap(create([1]), () => {
          throw cause
        }),
      ),
    )
    expect(error.code).to.equal('ERR_SLUICE_PROCESS')
    expect(error.cause).to.equal(cause)
  })
})

describe('asMultiMap', () => {
  it('is a map of lists, in the order of the elements', async () => {
    const lists = await seen(asMultiMap(create(numbers(5)), n => n % 2))
    expect([...lists]).to.deep.equal([
      [0, [0, 2, 4]],
      [1, [1, 3]],
    ])
    const pairs: [string, number][] = [
      ['a', 1],
      ['a', 2],
    ]
    expect([...(await seen(asMultiMap(create(pairs))))]).to.deep.equal([['a', [1, 2]]])
  })
})
