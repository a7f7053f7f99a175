import {expect} from 'chai'
import {sum} from '../../../lib/transforms/index.ts'
import {combined} from './support.ts'

describe('sum', () => {
  it('is 0 of nothing, of nulls and of undefined', () => {
    for (const none of [[], [null], [undefined, null]]) expect(combined(sum(), none)).to.equal(0)
  })

  it('is exact for fractions, whatever their order', () => {
    const values = [0.1, 0.2, 0.3, 1e100, 1, -1e100]
    expect(combined(sum(), values)).to.equal(1.6)
    expect(combined(sum(), [...values].reverse())).to.equal(1.6)
  })

  it('is a BigInt for integers beyond 2^53', () => {
    expect(combined(sum(), [Number.MAX_SAFE_INTEGER, 1, 1])).to.equal(9007199254740993n)
  })
})
