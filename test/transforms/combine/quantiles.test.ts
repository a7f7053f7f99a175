import {expect} from 'chai'
import fc from 'fast-check'
import {quantiles} from '../../../lib/transforms/index.ts'
import {accumulated, combined} from './support.ts'

/** How far the quantiles are from their ranks, as a part of the number of values; the worst. */
function worst(found: readonly number[], values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return Math.max(
    ...found.map((value, i) => {
      const rank = (i / (found.length - 1)) * (sorted.length - 1)
      const first = sorted.indexOf(value)
      const last = sorted.lastIndexOf(value)
      expect(first).to.be.at.least(0)
      return Math.max(0, first - rank, rank - last) / sorted.length
    }),
  )
}

const orders: Readonly<Record<string, (i: number, n: number) => number>> = {
  ascending: i => i,
  descending: (i, n) => n - i,
  zigzag: (i, n) => (i % 2 === 0 ? i : n - i),
  skewed: i => Math.exp((i * 7919) % 20),
  random: i => Math.sin(i) * 1e6,
}

describe('quantiles', () => {
  it('is empty of nothing, of nulls and of undefined', () => {
    for (const none of [[], [null, undefined]]) expect(combined(quantiles(3), none as never)).to.deep.equal([])
  })

  it('gives minimum, median and maximum', () => {
    expect(combined(quantiles(3), [5, 1, 3])).to.deep.equal([1, 3, 5])
    expect(combined(quantiles(2), [5, 1, 3])).to.deep.equal([1, 5])
    expect(combined(quantiles(5), [7])).to.deep.equal([7, 7, 7, 7, 7])
    expect(combined(quantiles(3, 'a'), [{a: 2}, {a: null}, {a: 1}, {a: 3}])).to.deep.equal([1, 2, 3])
  })

  it('takes strings, Dates and BigInts', () => {
    expect(combined(quantiles(3), ['c', 'a', 'b'])).to.deep.equal(['a', 'b', 'c'])
    expect(combined(quantiles(2), [new Date(2), new Date(1)])).to.deep.equal([new Date(1), new Date(2)])
    expect(combined(quantiles(3), [3n, 1, 2n])).to.deep.equal([1, 2n, 3n])
  })

  it('takes NaN for smaller than all numbers, and has no -0', () => {
    expect(combined(quantiles(3), [Number.NaN, -Infinity, -0])).to.deep.equal([Number.NaN, -Infinity, 0])
  })

  it('refuses values of two kinds', () => {
    expect(() => combined(quantiles(3), [1, 'a'])).to.throw(/^quantiles: cannot combine 'a'; give values of one kind/)
    expect(() => quantiles(1)).to.throw(/option `n` is 1; give an integer of at least 2/)
  })

  it('is exact up to 1,000 values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), {minLength: 1, maxLength: 1000}),
        fc.integer({min: 2, max: 30}),
        (values, n) => {
          const sorted = values.toSorted((a, b) => a - b)
          const expected = Array.from(
            {length: n},
            (_, i) => sorted[Math.floor((i / (n - 1)) * (sorted.length - 1) + 0.5)],
          )
          expect(combined(quantiles(n), values)).to.deep.equal(expected)
        },
      ),
    )
  })

  for (const [name, order] of Object.entries(orders))
    it(`is off by less than 0.5 % of the values: ${name}`, () => {
      for (const n of [1_001, 5_000, 50_000, 300_000]) {
        const values = Array.from({length: n}, (_, i) => order(i, n))
        expect(worst(combined(quantiles(101), values) as number[], values)).to.be.lessThan(0.005)
      }
    })

  it('is off by less than 0.5 % of the values when many sketches are merged', () => {
    const fn = quantiles(101)
    for (const size of [10, 700, 3_000]) {
      const values = Array.from({length: 150_000}, (_, i) => Math.sin(i) * 1e6)
      const parts = Array.from({length: values.length / size}, (_, i) => values.slice(i * size, (i + 1) * size))
      const merged = fn.mergeAccumulators(parts.map(part => accumulated(fn, part)))
      expect(worst(fn.extractOutput(merged) as number[], values)).to.be.lessThan(0.005)
    }
  })

  it('gives the same for the same input', () => {
    const values = Array.from({length: 20_000}, (_, i) => Math.sin(i))
    expect(combined(quantiles(11), values)).to.deep.equal(combined(quantiles(11), values))
  })

  it('holds at most about 3,000 values, and counts all of them', () => {
    const sketch = accumulated(
      quantiles(3),
      Array.from({length: 500_000}, (_, i) => i),
    )
    expect(sketch.levels.flat().length).to.equal(sketch.held).and.to.be.lessThan(3_100)
    expect(sketch.levels.reduce((sum, level, i) => sum + level.length * 2 ** i, 0)).to.equal(500_000)
  })
})
