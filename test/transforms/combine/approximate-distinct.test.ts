import {expect} from 'chai'
import {approximateDistinct} from '../../../lib/transforms/index.ts'
import {accumulated, combined} from './support.ts'

const texts = (n: number, prefix = 'user-') => Array.from({length: n}, (_, i) => `${prefix}${i}`)
const error = (found: number, n: number) => Math.abs(found - n) / n

describe('approximateDistinct', () => {
  it('is 0 of nothing, and ignores null and undefined', () => {
    expect(combined(approximateDistinct(), [])).to.equal(0)
    expect(combined(approximateDistinct('a'), [{a: null}, {a: undefined}])).to.equal(0)
  })

  it('is exact up to 256', () => {
    for (const n of [1, 2, 100, 256]) {
      const values = texts(n)
      expect(combined(approximateDistinct(), [...values, ...values])).to.equal(n)
    }
  })

  it('takes objects, Dates and bytes by their content, and keeps 1, 1n and "1" apart', () => {
    const values = [1, 1n, '1', {a: 1, b: 2}, {b: 2, a: 1}, new Date(1), new Date(1), Buffer.of(1), new Uint8Array([1])]
    expect(combined(approximateDistinct(), values)).to.equal(6)
  })

  for (const n of [257, 1_000, 10_000, 40_000, 100_000, 300_000])
    it(`is within three standard errors (2.5 %) for ${n} texts and numbers`, () => {
      expect(error(combined(approximateDistinct(), texts(n)), n)).to.be.lessThan(0.025)
      const numbers = Array.from({length: n}, (_, i) => i)
      expect(error(combined(approximateDistinct(), numbers), n)).to.be.lessThan(0.025)
    })

  it('has the standard error that it states, and no bias', () => {
    const fn = approximateDistinct(undefined, {precision: 8})
    for (const n of [100, 500, 2_000]) {
      const errors = Array.from({length: 200}, (_, i) => (combined(fn, texts(n, `${i}:`)) - n) / n)
      const mean = errors.reduce((sum, e) => sum + e, 0) / errors.length
      const deviation = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)
      expect(deviation).to.be.lessThan((1.04 / 16) * 1.15)
      expect(Math.abs(mean)).to.be.lessThan(0.02)
    }
  })

  it('takes at most 16 KB', () => {
    const {few, registers} = accumulated(approximateDistinct(), texts(100_000))
    expect({few, bytes: registers?.length}).to.deep.equal({few: undefined, bytes: 16_384})
  })

  it('refuses what has no key, and bad options', () => {
    expect(() => combined(approximateDistinct(), [() => 1])).to.throw(/is a function/)
    expect(() => approximateDistinct('a', {precision: 3})).to.throw(
      /option `precision` is 3; give an integer from 4 to 18/,
    )
  })
})
