import {deserialize, serialize} from 'node:v8'
import {expect} from 'chai'
import fc from 'fast-check'
import {decodeBlock, encodeBlock} from '../../../lib/state/store/block-codec.ts'

const roundTrip = (values: readonly unknown[]) => decodeBlock(encodeBlock(values))

/** Leaves of which some columns are of one type and some are not. */
const leaf = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({unit: 'binary'}),
  fc.boolean(),
  fc.bigInt(),
  fc.date(),
  fc.constantFrom(null, undefined, -0, Number.NaN),
  fc.uint8Array({maxLength: 4}),
)

describe('block codec', () => {
  it('gives rows of one shape back as they were', () => {
    const rows = [
      {id: 1, name: 'a', at: new Date(5)},
      {id: -0, name: '', at: new Date(6)},
      {id: Number.NaN, name: '\u{1f600}\ud800', at: new Date(7)},
    ]
    expect(roundTrip(rows)).to.deep.equal(rows)
    expect(Object.is((roundTrip(rows) as {id: number}[])[1]!.id, -0)).to.equal(true)
  })

  it('keeps the order of keys, and rows of several shapes', () => {
    const rows = [{a: 1, b: 2}, {b: 2, a: 1}, {a: 1}, {}, {a: 1, b: 2, c: 3}]
    const back = roundTrip(rows) as object[]
    expect(back.map(row => Object.keys(row))).to.deep.equal(rows.map(row => Object.keys(row)))
    expect(back).to.deep.equal(rows)
  })

  it('keeps undefined apart from a missing field and from a hole', () => {
    const hole = [1, 2, 3]
    delete hole[1]
    const rows = [
      [{a: undefined}, {}],
      [hole, [1, undefined, 3]],
    ]
    for (const values of rows) {
      const back = roundTrip(values)
      expect(back.map(value => Object.keys(value as object))).to.deep.equal(values.map(value => Object.keys(value)))
    }
  })

  it('keeps a field named __proto__ a field', () => {
    const row = JSON.parse('{"__proto__": {"x": 1}, "a": 2}')
    const [back] = roundTrip([row, row]) as object[]
    expect(Object.keys(back!)).to.deep.equal(['__proto__', 'a'])
    expect(Object.getPrototypeOf(back)).to.equal(Object.prototype)
  })

  it('takes a row that contains itself', () => {
    const row: Record<string, unknown> = {a: 1}
    row['self'] = row
    const [back] = roundTrip([row]) as [{a: number; self: {self: {a: number}}}]
    expect(back.self.self.a).to.equal(1)
  })

  it('refuses an instance of a class, wherever it is, instead of making a plain object of it', () => {
    class Money {
      amount = 1
    }
    expect(() => encodeBlock([new Money()])).to.throw('element is a Money')
    expect(() => encodeBlock([{a: 1, price: {total: new Money()}}])).to.throw('is a Money')
    expect(() => encodeBlock([{f: () => 1}])).to.throw('is a function')
  })

  it('gives back what node:v8 gives back, for any mix of plain data', () => {
    const value = fc.oneof(
      leaf,
      fc.record({a: leaf, b: leaf}),
      fc.record({a: fc.integer(), b: fc.string(), c: fc.array(fc.integer(), {minLength: 2, maxLength: 2})}),
      fc.tuple(fc.string(), fc.double(), fc.record({n: fc.integer()})),
      fc.array(leaf, {maxLength: 3}),
      fc.dictionary(fc.string(), leaf, {maxKeys: 3}),
    )
    fc.assert(
      fc.property(fc.array(value, {maxLength: 12}), values => {
        expect(roundTrip(values)).to.deep.equal(deserialize(serialize(values)))
      }),
      {numRuns: 500},
    )
  })
})
