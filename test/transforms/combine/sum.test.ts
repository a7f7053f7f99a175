import {expect} from 'chai'
import fc from 'fast-check'
import {sum} from '../../../lib/transforms/index.ts'
import {combined, exactSum, isNearest} from './support.ts'

const {MAX_SAFE_INTEGER, MAX_VALUE, MIN_VALUE, POSITIVE_INFINITY} = Number
const fails = (values: readonly unknown[], options?: object) => () =>
  combined(sum(undefined, options), values as number[])

describe('sum', () => {
  it('is 0 of nothing, of nulls and of undefined', () => {
    for (const none of [[], [null], [undefined, null]]) expect(combined(sum(), none)).to.equal(0)
  })

  it('adds up a property, or what a function returns', () => {
    const rows = [{a: 1}, {a: null}, {a: 2.5}]
    expect(combined(sum('a'), rows)).to.equal(3.5)
    expect(
      combined(
        sum((row: {a: number | null}) => row.a && row.a * 2),
        rows,
      ),
    ).to.equal(7)
  })

  it('is exact for fractions, whatever their order', () => {
    const values = [0.1, 0.2, 0.3, 1e100, 1, -1e100]
    expect(combined(sum(), values)).to.equal(1.6)
    expect(combined(sum(), [...values].reverse())).to.equal(1.6)
  })

  it('is a number for integers up to 2^53, and a BigInt beyond', () => {
    expect(combined(sum(), [MAX_SAFE_INTEGER - 1, 1])).to.equal(MAX_SAFE_INTEGER)
    expect(combined(sum(), [MAX_SAFE_INTEGER, 1])).to.equal(9007199254740992n)
    expect(combined(sum(), [MAX_SAFE_INTEGER, 1, 1])).to.equal(9007199254740993n)
    expect(combined(sum(), [MAX_SAFE_INTEGER, 5, -6])).to.equal(MAX_SAFE_INTEGER - 1)
  })

  it('is a BigInt if one of the integers is', () => {
    expect(combined(sum(), [1n, 2n])).to.equal(3n)
    expect(combined(sum(), [1, 2n])).to.equal(3n)
    expect(combined(sum(), [2n ** 64n, 1])).to.equal(2n ** 64n + 1n)
  })

  it('is a number if there is a fraction among BigInts, rounded once', () => {
    expect(combined(sum(), [1n, 0.5])).to.equal(1.5)
    expect(combined(sum(), [2n ** 60n, 0.5, -(2n ** 60n)])).to.equal(0.5)
  })

  it('takes numbers beyond 2^53 for floating point', () => {
    expect(combined(sum(), [2 ** 60, 1])).to.equal(2 ** 60)
    expect(combined(sum(), [1e300, 1, -1e300])).to.equal(1)
  })

  it("is a rounded number as 'number'", () => {
    expect(combined(sum(undefined, {as: 'number'}), [MAX_SAFE_INTEGER, 1, 1])).to.equal(9007199254740992)
    expect(combined(sum('n', {as: 'number'}), [{n: 2n ** 70n}, {n: 1n}])).to.equal(2 ** 70)
  })

  it("is a BigInt as 'bigint', and refuses fractions", () => {
    expect(combined(sum('n', {as: 'bigint'}), [{n: 1}, {n: 2n}])).to.equal(3n)
    expect(combined(sum('n', {as: 'bigint'}), [])).to.equal(0n)
    expect(fails([1.5], {as: 'bigint'})).to.throw(/sum as 'bigint': cannot combine 1.5; give BigInts, or integers/)
    expect(fails([2 ** 53], {as: 'bigint'})).to.throw(/cannot combine 9007199254740992/)
  })

  it('never is -0', () => {
    for (const values of [[-0], [-0, -0], [1, -1, -0], [-0.5, 0.5]])
      expect(Object.is(combined(sum(), values), 0)).to.equal(true)
  })

  it('adds NaN and infinities as an addition does', () => {
    expect(combined(sum(), [1, Number.NaN])).to.be.NaN
    expect(combined(sum(), [1, POSITIVE_INFINITY, 5n])).to.equal(POSITIVE_INFINITY)
    expect(combined(sum(), [POSITIVE_INFINITY, -POSITIVE_INFINITY])).to.be.NaN
    expect(combined(sum(), [-POSITIVE_INFINITY, 1e308, 1e308])).to.equal(-POSITIVE_INFINITY)
  })

  it('passes over sums in between that no number can hold', () => {
    expect(combined(sum(), [MAX_VALUE, MAX_VALUE, -MAX_VALUE])).to.equal(MAX_VALUE)
    expect(combined(sum(), [MAX_VALUE, MAX_VALUE, 0.1, -MAX_VALUE, -MAX_VALUE])).to.equal(0.1)
    expect(combined(sum(), [MAX_VALUE, MAX_VALUE])).to.equal(POSITIVE_INFINITY)
    expect(combined(sum(), [MAX_VALUE, 2 ** 970])).to.equal(POSITIVE_INFINITY)
    expect(combined(sum(), [MAX_VALUE, 2 ** 969])).to.equal(MAX_VALUE)
    expect(combined(sum(), [MIN_VALUE, MIN_VALUE])).to.equal(2 * MIN_VALUE)
  })

  it('refuses anything that is not a number, and says what to do', () => {
    for (const [value, shown] of [
      ['12', /'12'/],
      [true, /true/],
      [new Date(0), /1970/],
      [{}, /\{\}/],
    ] as const)
      expect(fails([1, value]))
        .to.throw(shown)
        .with.property('code', 'ERR_SLUICE_COMBINE')
    expect(fails(['12'])).to.throw(
      /^sum: cannot combine '12'; give numbers or BigInts \(null and undefined are ignored\)/,
    )
  })

  it('refuses unknown options', () => {
    expect(() => sum('a', {as: 'int'} as never)).to.throw(/sum: option `as` is 'int'; give 'number' or 'bigint'/)
    expect(() => sum('a', {us: 'number'} as never)).to.throw(/did you mean `as`/)
  })

  it('is the number nearest to the exact sum', () => {
    fc.assert(
      fc.property(fc.array(fc.double({noNaN: true, noDefaultInfinity: true}), {maxLength: 30}), values => {
        expect(isNearest(combined(sum(undefined, {as: 'number'}), values), exactSum(values))).to.equal(true)
      }),
      {numRuns: 2_000},
    )
  })

  it('is the number nearest to the exact sum of values that nearly cancel', () => {
    const close = fc.tuple(fc.double({noNaN: true, noDefaultInfinity: true}), fc.integer({min: -3, max: 3}))
    fc.assert(
      fc.property(fc.array(close, {maxLength: 10}), pairs => {
        const values = pairs.flatMap(([x, ulps]) => [x, -x * (1 + ulps * Number.EPSILON)]).filter(Number.isFinite)
        expect(isNearest(combined(sum(undefined, {as: 'number'}), values), exactSum(values))).to.equal(true)
      }),
      {numRuns: 2_000},
    )
  })

  it('is exact for a million times 0.1', () => {
    expect(
      combined(
        sum(),
        Array.from({length: 1_000_000}, () => 0.1),
      ),
    ).to.equal(100_000)
    expect(
      combined(
        sum(),
        Array.from({length: 10}, () => 0.1),
      ),
    ).to.equal(1)
  })
})
