import {expect} from 'chai'
import {count} from '../../../lib/transforms/index.ts'
import {combined} from './support.ts'

describe('count', () => {
  it('counts elements, whatever they are', () => {
    expect(combined(count(), [1, null, undefined, 'a'])).to.equal(4)
  })

  it('counts the elements whose field is neither null nor undefined', () => {
    expect(
      combined(count('a'), [{a: 1}, {a: null}, {a: undefined}, {} as {a: unknown}, {a: Number.NaN}, {a: 0}, {a: ''}]),
    ).to.equal(4)
  })

  it('counts by a function of the element', () => {
    expect(
      combined(
        count((n: number) => (n > 1 ? n : null)),
        [1, 2, 3],
      ),
    ).to.equal(2)
  })

  it('is 0 of nothing', () => {
    expect(combined(count(), [])).to.equal(0)
  })

  it('refuses a field that is neither name nor function', () => {
    expect(() => count(1 as never)).to.throw(/count: option `field` is 1; give the name of a property/)
  })
})
