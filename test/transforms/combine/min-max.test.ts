import {expect} from 'chai'
import fc from 'fast-check'
import {type Comparable, max, min} from '../../../lib/transforms/index.ts'
import {combined} from './support.ts'

const {NaN: nan, POSITIVE_INFINITY: infinity} = Number

describe('min and max', () => {
  it('are null of nothing, of nulls and of undefined', () => {
    for (const none of [[], [null], [undefined, null]]) {
      expect(combined(min(), none as never)).to.equal(null)
      expect(combined(max(), none as never)).to.equal(null)
    }
  })

  it('find the smallest and the largest of every kind', () => {
    const kinds: readonly (readonly Comparable[])[] = [
      [-infinity, -1, 0, 1.5, infinity],
      [-(10n ** 30n), 0n, 10n ** 30n],
      ['', 'B', 'a', 'aa', 'ä'],
      [new Date(-1), new Date(0), new Date(1)],
      [false, true],
    ]
    for (const values of kinds) {
      expect(combined(min(), values.toReversed())).to.equal(values[0])
      expect(combined(max(), values)).to.equal(values.at(-1))
    }
  })

  it('take a property, or what a function returns, and ignore null', () => {
    const rows = [{a: 3}, {a: null}, {a: -1}]
    expect(combined(min('a'), rows)).to.equal(-1)
    expect(
      combined(
        max((row: {a: number | null}) => row.a && -row.a),
        rows,
      ),
    ).to.equal(1)
  })

  it('compare numbers with BigInts exactly', () => {
    expect(combined(max(), [2 ** 53, 2n ** 53n + 1n])).to.equal(2n ** 53n + 1n)
    expect(combined(min(), [2 ** 53, 2n ** 53n + 1n])).to.equal(2 ** 53)
  })

  it('prefer the number to an equal BigInt, whichever came first', () => {
    for (const fn of [min(), max()])
      for (const values of [
        [1, 1n],
        [1n, 1],
        [1n, 1, 1n],
      ])
        expect(combined(fn, values)).to.equal(1)
  })

  it('are NaN if a value is, also among BigInts', () => {
    for (const fn of [min(), max()])
      for (const values of [
        [nan, 1],
        [1, nan],
        [1, nan, 1n],
        [1n, nan],
        [nan, 1n, -infinity],
      ])
        expect(combined(fn, values)).to.be.NaN
  })

  it('are never -0', () => {
    for (const fn of [min(), max()])
      for (const values of [[-0], [-0, 0], [0, -0]]) expect(Object.is(combined(fn, values), 0)).to.equal(true)
  })

  it('refuse values of two kinds, whichever came first', () => {
    const mixed: [unknown[], RegExp][] = [
      [[1, 'a'], /^max: cannot combine 'a'; give values of one kind: it is a string among numbers$/],
      [['a', 1], /^max: cannot combine 1; give values of one kind: it is a number among strings$/],
      [[new Date(0), 1], /it is a number among Dates$/],
      [[true, 'a'], /it is a string among booleans$/],
    ]
    for (const [values, message] of mixed)
      expect(() => combined(max(), values as number[]))
        .to.throw(message)
        .with.property('code', 'ERR_SLUICE_COMBINE')
    const fn = max()
    const accumulators = [1, 'a'].map(value => fn.addInput(fn.createAccumulator(), value, 0))
    expect(() => fn.mergeAccumulators(accumulators)).to.throw(/a string among numbers/)
  })

  it('refuse what has no order', () => {
    for (const value of [{}, [], Symbol('a'), () => 1, new Date(nan), Buffer.from('a')])
      expect(() => combined(min(), [value as never])).to.throw(
        /^min: cannot combine .*; give numbers, BigInts, strings, booleans or valid Dates$/,
      )
  })

  it('are what Math.min and Math.max are, but for -0', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), {minLength: 1}), values => {
        expect(combined(min(), values)).to.deep.equal(Math.min(...values) + 0)
        expect(combined(max(), values)).to.deep.equal(Math.max(...values) + 0)
      }),
    )
  })
})
