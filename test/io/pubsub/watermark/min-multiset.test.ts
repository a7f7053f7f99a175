import {expect} from 'chai'
import fc from 'fast-check'
import {MinMultiset} from '../../../../lib/io/pubsub/watermark/min-multiset.ts'

describe('a multiset with its minimum', () => {
  it('is empty at first', () => {
    const set = new MinMultiset()
    expect([set.size, set.min]).to.deep.equal([0, Number.POSITIVE_INFINITY])
  })

  it('has the minimum of a plain list, whatever is added and deleted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({value: fc.integer({min: -20, max: 20}), add: fc.boolean(), at: fc.nat()})),
        steps => {
          const set = new MinMultiset()
          const list: number[] = []
          for (const {value, add, at} of steps) {
            if (add || list.length === 0) {
              set.add(value)
              list.push(value)
            } else set.delete(list.splice(at % list.length, 1)[0]!)
            expect([set.size, set.min]).to.deep.equal([list.length, Math.min(Number.POSITIVE_INFINITY, ...list)])
          }
        },
      ),
    )
  })

  it('forgets deleted numbers behind a small one that stays', () => {
    const set = new MinMultiset()
    set.add(0)
    for (let i = 1; i <= 100_000; i++) {
      set.add(i)
      set.add(-i)
      set.delete(i)
      set.delete(-i)
    }
    expect([set.size, set.min]).to.deep.equal([1, 0])
    set.delete(0)
    expect([set.size, set.min]).to.deep.equal([0, Number.POSITIVE_INFINITY])
  })
})
