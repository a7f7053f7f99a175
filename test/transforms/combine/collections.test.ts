import {expect} from 'chai'
import {latest, toList, toMap, toSet} from '../../../lib/transforms/index.ts'
import {combined} from './support.ts'

describe('toList', () => {
  it('gives all values in order, nulls too, but not undefined', () => {
    expect(combined(toList('a'), [{a: 2}, {a: null}, {a: undefined}, {a: 1}, {a: 2}])).to.deep.equal([2, null, 1, 2])
    expect(
      combined(
        toList((n: number) => n * 2),
        [1, 2],
      ),
    ).to.deep.equal([2, 4])
    expect(combined(toList(), [])).to.deep.equal([])
  })
})

describe('toSet', () => {
  it('gives each value once: objects, Dates and bytes by their content', () => {
    const values = [1, 1, 1n, '1', {a: 1, b: 2}, {b: 2, a: 1}, new Date(0), new Date(0), Buffer.of(1), Buffer.of(1)]
    expect([...combined(toSet(), values)]).to.deep.equal([1, 1n, '1', {a: 1, b: 2}, new Date(0), Buffer.of(1)])
  })

  it('takes null for a value, but not undefined', () => {
    expect([...combined(toSet('a'), [{a: null}, {a: undefined}, {a: null}])]).to.deep.equal([null])
    expect(combined(toSet(), []).size).to.equal(0)
  })

  it('refuses what has no key', () => {
    expect(() => combined(toSet(), [() => 1]))
      .to.throw(/is a function/)
      .with.property('code', 'ERR_SLUICE_KEY')
  })
})

describe('toMap', () => {
  it('gives a Map of pairs, of rows by a function, and of two properties', () => {
    const rows = [
      {id: 'a', n: 1},
      {id: 'b', n: 2},
    ]
    const expected = new Map([
      ['a', 1],
      ['b', 2],
    ])
    expect(combined(toMap<string, number>(), [...expected])).to.deep.equal(expected)
    expect(
      combined(
        toMap((row: {id: string}) => row.id),
        rows,
      ),
    ).to.deep.equal(new Map(rows.map(row => [row.id, row])))
    expect(combined(toMap('id', 'n'), rows)).to.deep.equal(expected)
    expect(combined(toMap(), []).size).to.equal(0)
  })

  it('refuses a key that comes twice, also in another accumulator', () => {
    const message =
      /^toMap: cannot combine 2; give keys that are unique: 'a' has a value already; toList\(\) keeps all of them$/
    const fn = toMap<string, number>()
    const pairs = [
      ['a', 1],
      ['a', 2],
    ] as const
    expect(() => combined(fn, pairs))
      .to.throw(message)
      .with.property('code', 'ERR_SLUICE_COMBINE')
    const accumulators = pairs.map(pair => fn.addInput(fn.createAccumulator(), pair, 0))
    expect(() => fn.mergeAccumulators(accumulators)).to.throw(message)
  })

  it('refuses what is not a pair, and keys that are objects', () => {
    expect(() => combined(toMap(), [{a: 1} as never])).to.throw(/^toMap: cannot combine .*; give pairs \[key, value\]/)
    for (const key of [undefined, {}, () => 1])
      expect(() => combined(toMap(), [[key as never, 1]])).to.throw(/give keys that are strings, numbers/)
  })
})

describe('latest', () => {
  it('gives the value with the latest event time, and null of nothing', () => {
    expect(combined(latest('a'), [{a: 'x'}, {a: 'y'}, {a: 'z'}], [2, 3, 1])).to.equal('y')
    expect(combined(latest(), [])).to.equal(null)
  })

  it('gives the one that came last of those with the same event time', () => {
    expect(combined(latest(), ['x', 'y'], [1, 1])).to.equal('y')
  })

  it('ignores null and undefined', () => {
    expect(combined(latest(), ['x', null, undefined])).to.equal('x')
  })
})
