import {expect} from 'chai'
import fc from 'fast-check'
import {plainJson} from '../../../lib/formats/index.ts'

const parsed = (value: unknown) => JSON.parse(plainJson(value)) as unknown

describe('plainJson()', () => {
  it('is what JSON.stringify makes of what JSON can hold', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(plainJson(value)).to.equal(JSON.stringify(value))
      }),
    )
  })
  it('is JSON whatever the value is', () => {
    fc.assert(
      fc.property(
        fc.anything({withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true}),
        value => {
          JSON.parse(plainJson({value}))
        },
      ),
    )
  })
  for (const [what, value, shown] of [
    ['numbers that are none', [Number.NaN, Number.NEGATIVE_INFINITY], ['NaN', '-Infinity']],
    ['a BigInt', {n: 9007199254740993n}, {n: '9007199254740993'}],
    ['undefined, which a field leaves out', {a: undefined, b: [undefined]}, {b: ['undefined']}],
    ['Maps and Sets', {m: new Map([['a', 1n]]), s: new Set([1])}, {m: [['a', '1']], s: [1]}],
    ['bytes', {b: Buffer.from([0xff]), u: new Uint8Array([0x61])}, {b: '/w==', u: 'YQ=='}],
    ['Dates', [new Date(0), new Date(Number.NaN)], ['1970-01-01T00:00:00.000Z', 'Invalid Date']],
    ['functions and symbols', {f: function f() {}, s: Symbol('s')}, {f: '[function f]', s: 'Symbol(s)'}],
    ['an error', {e: new TypeError('no')}, {e: 'TypeError: no'}],
    ['boxed primitives', [Object('123'), Object(1)], ['123', 1]],
    ['an object without prototype', Object.assign(Object.create(null), {constructor: 1}), {constructor: 1}],
    ['a field named __proto__', JSON.parse('{"__proto__":1}'), JSON.parse('{"__proto__":1}')],
  ] as const)
    it(`shows ${what}`, () => {
      expect(parsed(value)).to.deep.equal(shown)
    })

  it('names what cannot be read, and shows the rest', () => {
    const value = {
      get bad() {
        throw new Error('no')
      },
      good: 1,
      json: {
        toJSON() {
          throw new Error('no')
        },
        x: 2,
      },
    }
    expect(parsed(value)).to.deep.equal({bad: '[unreadable]', good: 1, json: {toJSON: '[function toJSON]', x: 2}})
  })
  it('says where a value contains itself, but shows one twice that is there twice', () => {
    const shared = {a: 1}
    const circle: Record<string, unknown> = {x: shared, y: shared}
    circle['me'] = [circle]
    expect(parsed(circle)).to.deep.equal({x: {a: 1}, y: {a: 1}, me: ['[Circular]']})
  })
  it('shows values of any depth', () => {
    const text = `${'[{"a":'.repeat(20_000)}1${'}]'.repeat(20_000)}`
    expect(plainJson(JSON.parse(text))).to.equal(text)
  })
})
