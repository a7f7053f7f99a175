import {expect} from 'chai'
import {sizeOfValues} from '../../../lib/core/side/size-of-values.ts'
import {numbers} from '../support.ts'

describe('the size of values', () => {
  it('is measured on a few values, and guessed for those that cannot be measured', () => {
    const size = sizeOfValues(numbers(1000).map(n => ({n, text: 'x'.repeat(100)})))
    expect(size).to.be.within(100_000, 200_000)
    expect(sizeOfValues([() => {}, () => {}])).to.equal(2048)
    expect(sizeOfValues([])).to.equal(0)
  })
})
