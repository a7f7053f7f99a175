import {expect} from 'chai'
import {sample} from '../../../lib/transforms/index.ts'
import {accumulated, combined} from './support.ts'

const upTo = (n: number) => Array.from({length: n}, (_, i) => i)

describe('sample', () => {
  it('is empty of nothing', () => {
    expect(combined(sample(3), [])).to.deep.equal([])
  })

  it('gives all values if there are no more than n', () => {
    expect(combined(sample(5), [1, 2, null]).map(String).sort()).to.deep.equal(['1', '2', 'null'])
  })

  it('leaves out undefined', () => {
    expect(combined(sample(5, 'a'), [{a: 1}, {a: undefined}])).to.deep.equal([1])
  })

  it('gives n different elements', () => {
    const chosen = combined(sample(10), upTo(1000))
    expect(new Set(chosen).size).to.equal(10)
  })

  it('gives the same for the same seed, and something else for another', () => {
    const first = combined(sample(10, {seed: 7}), upTo(1000))
    expect(combined(sample(10, {seed: 7}), upTo(1000))).to.deep.equal(first)
    expect(combined(sample(10, {seed: 8}), upTo(1000))).not.to.deep.equal(first)
  })

  it('takes random numbers from a function', () => {
    const numbers = [0.5, 0.1, 0.9, 0.3]
    expect(combined(sample(2, {random: () => numbers.shift()!}), ['a', 'b', 'c', 'd'])).to.deep.equal(['b', 'd'])
  })

  it('chooses every element about as often, however accumulators are merged', () => {
    const fn = sample(5, {seed: 1})
    const times = upTo(20).map(() => 0)
    const runs = 20_000
    for (let i = 0; i < runs; i++) {
      const parts = [upTo(3), upTo(20).slice(3, 4), upTo(20).slice(4)].map(part => accumulated(fn, part))
      for (const chosen of fn.extractOutput(fn.mergeAccumulators(parts))) times[chosen as number]!++
    }
    // chi-squared with 19 degrees of freedom: above 43.8 in 1 of 1,000 cases
    const expected = (runs * 5) / 20
    expect(times.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)).to.be.lessThan(43.8)
  })

  it('refuses bad options', () => {
    expect(() => sample(0)).to.throw(/sample: option `n` is 0/)
    expect(() => sample(1, {seed: -1})).to.throw(/sample: option `seed` is -1; give an integer from 0 to 4294967295/)
    expect(() => sample(1, {random: 1 as never})).to.throw(/option `random` is 1; give a function/)
    expect(() => sample(1, {random: Math.random, seed: 1})).to.throw(/and no seed besides/)
  })
})
