import {expect} from 'chai'
import fc from 'fast-check'
import {type SortField, SortOrder} from '../../../lib/cli/pipe/sort-order.ts'

type Row = Readonly<Record<string, unknown>>

const field = (name: string, parts: Partial<SortField> = {}): SortField => ({
  name,
  descending: false,
  numbers: true,
  ...parts,
})

function sorted(values: readonly unknown[], parts: Partial<SortField> = {}): unknown[] {
  const order = new SortOrder([field('x', parts)])
  const rows = values.map(x => (x === undefined ? {} : {x}))
  return rows.sort((a, b) => order.compare(order.keyOf(a), order.keyOf(b))).map(({x}) => x)
}

describe('SortOrder', () => {
  it('compares text that --cast auto makes a number as a number', () => {
    expect(sorted(['10', '9', '-1', '2.50', '1e3'])).to.deep.equal(['-1', '2.50', '9', '10', '1e3'])
  })

  it('compares integers beyond a double exactly', () => {
    const values = ['9007199254740993', '9007199254740992', '100000000000000000000', 9007199254740991]
    expect(sorted(values)).to.deep.equal([
      9007199254740991,
      '9007199254740992',
      '9007199254740993',
      '100000000000000000000',
    ])
  })

  it('leaves what only looks like a number text, after the numbers', () => {
    expect(sorted(['00123', '5', 'n/a', '1e999'])).to.deep.equal(['5', '00123', '1e999', 'n/a'])
  })

  it('compares text as text where numbers are not looked for', () => {
    expect(sorted(['10', '9', ''], {numbers: false})).to.deep.equal(['', '10', '9'])
  })

  it('has an order for values of all kinds, and null last', () => {
    const date = new Date(0)
    const values = [null, 'a', {z: 1}, undefined, 2, Buffer.from('b'), true, 1n, date, Number.NaN, false]
    const expected = [false, true, 1n, 2, date, 'a', Buffer.from('b'), {z: 1}, null, undefined, Number.NaN]
    expect(sorted(values)).to.deep.equal(expected)
  })

  it('turns each kind round, and leaves kinds and null where they are, when it goes downward', () => {
    const values = ['1', 'b', null, '3', 'a', '2', '']
    expect(sorted(values, {descending: true})).to.deep.equal(['3', '2', '1', 'b', 'a', null, ''])
  })

  it('continues to the next field where one is equal', () => {
    const order = new SortOrder([field('a'), field('b', {descending: true})])
    const rows = [
      {a: '1', b: 'x'},
      {a: '1.0', b: 'y'},
      {a: '0', b: 'z'},
    ]
    const byFields = [...rows].sort((x, y) => order.compare(order.keyOf(x), order.keyOf(y)))
    expect(byFields.map(({b}) => b)).to.deep.equal(['z', 'y', 'x'])
  })

  it('is a total order over any values', () => {
    const value = fc.oneof(
      fc.double(),
      fc.bigInt(),
      fc.string(),
      fc.integer().map(String),
      fc.boolean(),
      fc.date({noInvalidDate: false}),
      fc.constantFrom(null, undefined, Number.POSITIVE_INFINITY, '9007199254740993', 2 ** 53),
      fc.array(fc.integer(), {maxLength: 2}),
    )
    fc.assert(
      fc.property(value, value, value, fc.boolean(), (x, y, z, descending) => {
        const order = new SortOrder([field('x', {descending})])
        const sign = (a: unknown, b: unknown) =>
          Math.sign(order.compare(order.keyOf({x: a} as Row), order.keyOf({x: b} as Row)))
        expect(sign(x, y) + sign(y, x)).to.equal(0)
        expect(sign(x, x)).to.equal(0)
        if (sign(x, y) <= 0 && sign(y, z) <= 0) expect(sign(x, z)).to.be.at.most(0)
      }),
      {numRuns: 2000},
    )
  })
})
