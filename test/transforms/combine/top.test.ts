import {expect} from 'chai'
import fc from 'fast-check'
import {top} from '../../../lib/transforms/index.ts'
import {combined} from './support.ts'

describe('top', () => {
  it('is empty of nothing, of nulls and of undefined', () => {
    for (const none of [[], [null], [undefined]]) expect(combined(top(2), none as never)).to.deep.equal([])
  })

  it('gives the largest values, largest first', () => {
    expect(combined(top(2), [1, 3, 2, null as never])).to.deep.equal([3, 2])
    expect(combined(top(5), ['a', 'c', 'b'])).to.deep.equal(['c', 'b', 'a'])
    expect(combined(top(2, 'a'), [{a: 1}, {a: 3}, {a: null}, {a: 2}])).to.deep.equal([3, 2])
    expect(
      combined(
        top(1, (row: {a: number}) => -row.a),
        [{a: 1}, {a: 3}],
      ),
    ).to.deep.equal([-1])
  })

  it('gives the elements with the largest values of a field', () => {
    const rows = [
      {id: 'a', n: 1},
      {id: 'b', n: 3},
      {id: 'c', n: null},
      {id: 'd', n: 2},
    ]
    expect(combined(top(2, {by: 'n'}), rows)).to.deep.equal([rows[1], rows[3]])
    expect(combined(top(1, {by: (row: {id: string}) => row.id}), rows)).to.deep.equal([rows[3]])
  })

  it('gives the smallest first if it is asked for', () => {
    expect(combined(top(2, {order: 'smallest'}), [3, 1, 2])).to.deep.equal([1, 2])
    expect(combined(top(1, {by: 'n', order: 'smallest'}), [{n: 2}, {n: 1}])).to.deep.equal([{n: 1}])
  })

  it('puts NaN last in either order, and has no -0', () => {
    expect(combined(top(3), [Number.NaN, -1, -0])).to.deep.equal([0, -1, Number.NaN])
    expect(combined(top(3, {order: 'smallest'}), [Number.NaN, -1, -0])).to.deep.equal([-1, 0, Number.NaN])
    expect(combined(top(1), [Number.NaN, -Infinity])).to.deep.equal([-Infinity])
  })

  it('orders elements with equal values by event time, then by content', () => {
    const rows = [
      {id: 'late', n: 1},
      {id: 'b', n: 1},
      {id: 'a', n: 1},
    ]
    expect(combined(top(2, {by: 'n'}), rows, [9, 5, 5])).to.deep.equal([rows[2], rows[1]])
    expect(combined(top(2, {by: 'n'}), rows.toReversed(), [5, 5, 9])).to.deep.equal([rows[2], rows[1]])
  })

  it('takes elements that are not keys', () => {
    const elements = [
      {n: 1, f: () => 1},
      {n: 2, f: () => 2},
      {n: 1, f: () => 3},
    ]
    expect(combined(top(2, {by: 'n'}), elements).map(({n}) => n)).to.deep.equal([2, 1])
  })

  it('refuses values of two kinds, or of no order', () => {
    expect(() => combined(top(1), [1, 'a'])).to.throw(/^top: cannot combine 'a'; give values of one kind/)
    expect(() => combined(top(1), [{} as never])).to.throw(/^top: cannot combine \{\}; give numbers/)
    const fn = top(1)
    const accumulators = [1, 'a'].map(value => fn.addInput(fn.createAccumulator(), value, 0))
    expect(() => fn.mergeAccumulators(accumulators)).to.throw(/values of one kind/)
  })

  it('refuses a count below 1, unknown options, and a field together with `by`', () => {
    expect(() => top(0)).to.throw(/top: option `n` is 0; give an integer of at least 1/)
    expect(() => top(1, {bye: 'n'} as never)).to.throw(/did you mean `by`/)
    expect(() => top(1, 'a', {by: 'b'} as never)).to.throw(/either a field, whose values are wanted, or `by`/)
    expect(() => top(1, {by: 1} as never)).to.throw(/give the name of a property/)
  })

  it('returns what sorting gives', () => {
    const row = fc.record({n: fc.integer({min: 0, max: 5}), id: fc.nat({max: 1000})}, {noNullPrototype: true})
    fc.assert(
      fc.property(fc.array(row, {maxLength: 40}), fc.integer({min: 1, max: 8}), (rows, n) => {
        const sorted = rows.toSorted((a, b) => b.n - a.n || a.id - b.id)
        const zeros = rows.map(() => 0)
        expect(combined(top(n, {by: 'n'}), rows, zeros)).to.deep.equal(sorted.slice(0, n))
      }),
    )
  })
})
