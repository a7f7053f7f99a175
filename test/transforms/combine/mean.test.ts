import {expect} from 'chai'
import fc from 'fast-check'
import {mean} from '../../../lib/transforms/index.ts'
import {combined, exactSum, isNearest} from './support.ts'

describe('mean', () => {
  it('is null of nothing, of nulls and of undefined', () => {
    for (const none of [[], [null], [undefined, null]]) expect(combined(mean(), none)).to.equal(null)
  })

  it('ignores null and undefined', () => {
    expect(combined(mean('a'), [{a: 1}, {a: null}, {a: undefined}, {a: 2}])).to.equal(1.5)
  })

  it('takes BigInts, and numbers among them', () => {
    expect(combined(mean(), [1n, 2n])).to.equal(1.5)
    expect(combined(mean(), [1, 2n, 4.5])).to.equal(2.5)
  })

  it('is exact for integers beyond 2^53, and rounded once', () => {
    expect(combined(mean(), [2n ** 60n, 2n ** 60n + 256n, 2n ** 60n + 512n])).to.equal(2 ** 60 + 256)
    expect(
      combined(
        mean(),
        Array.from({length: 3}, () => Number.MAX_SAFE_INTEGER),
      ),
    ).to.equal(Number.MAX_SAFE_INTEGER)
    expect(combined(mean(), [10n ** 400n, -(10n ** 400n), 3n])).to.equal(1)
  })

  it('is finite for numbers whose sum is not', () => {
    expect(combined(mean(), [Number.MAX_VALUE, Number.MAX_VALUE])).to.equal(Number.MAX_VALUE)
  })

  it('is NaN or infinite if a value is', () => {
    expect(combined(mean(), [1, Number.NaN])).to.be.NaN
    expect(combined(mean(), [1, Number.POSITIVE_INFINITY])).to.equal(Number.POSITIVE_INFINITY)
  })

  it('refuses anything that is not a number', () => {
    expect(() => combined(mean(), ['1'] as never))
      .to.throw(/^mean: cannot combine '1'; give numbers or BigInts/)
      .with.property('code', 'ERR_SLUICE_COMBINE')
  })

  it('is the number nearest to the exact mean of integers', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.maxSafeInteger(), fc.bigInt()), {minLength: 1}), values => {
        const exact = values.reduce<bigint>((total, x) => total + BigInt(x), 0n) << 1074n
        expect(isNearest(combined(mean(), values)!, exact, BigInt(values.length))).to.equal(true)
      }),
      {numRuns: 1_000},
    )
  })

  it('is the number nearest to the exact mean of fractions', () => {
    fc.assert(
      fc.property(fc.array(fc.double({noNaN: true, noDefaultInfinity: true}), {minLength: 1}), values => {
        expect(isNearest(combined(mean(), values)!, exactSum(values), BigInt(values.length))).to.equal(true)
      }),
      {numRuns: 1_000},
    )
  })
})
