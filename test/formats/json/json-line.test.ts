import {types} from 'node:util'
import {expect} from 'chai'
import fc from 'fast-check'
import {jsonLine, jsonValue, NotJson} from '../../../lib/formats/index.ts'

class Order {
  id = 1
  note: string | undefined = undefined
  get total(): number {
    return 2
  }
}

class Closed {
  readonly #id = 1
  get id(): number {
    return this.#id
  }
}

const own = (toJSON: (this: unknown, key: string) => unknown) => ({toJSON})

/** But for integers beyond 2^53, which are written exactly. */
const json = fc.jsonValue().filter(value => !/\d{16}(?![\d.e])/.test(JSON.stringify(value)))

describe('jsonLine', () => {
  it('is JSON.stringify for what JSON can hold', () => {
    fc.assert(fc.property(json, value => void expect(jsonLine(value)).to.equal(JSON.stringify(value))))
  })
  it('is JSON.stringify also for what is written the slow way', () => {
    fc.assert(
      fc.property(json, value => {
        expect(jsonLine({a: 1n, value})).to.equal(JSON.stringify({a: 1, value}))
      }),
    )
  })
  it('writes BigInts as digits, and jsonValue reads them again', () => {
    const value = {a: [2n ** 63n, {b: -(10n ** 40n)}], c: 'x'}
    expect(jsonLine(value)).to.equal(
      '{"a":[9223372036854775808,{"b":-10000000000000000000000000000000000000000}],"c":"x"}',
    )
    expect(jsonValue(jsonLine(value))).to.deep.equal(value)
  })

  const written: [string, unknown, string][] = [
    ['null', {a: null, b: [null]}, '{"a":null,"b":[null]}'],
    ['an undefined field as none', {a: undefined, b: 1}, '{"b":1}'],
    ['an undefined field as none beside a BigInt', {a: undefined, b: 1n}, '{"b":1}'],
    ['-0 as 0', [-0, 1n], '[0,1]'],
    [
      'integers beyond 2^53 with all digits',
      [2 ** 60, -(2 ** 53), 1e20],
      '[1152921504606846976,-9007199254740992,100000000000000000000]',
    ],
    ['larger numbers with an exponent', [1e21], '[1e+21]'],
    ['a Date', {at: new Date(0)}, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['a URL', new URL('https://example.org/a b'), '"https://example.org/a%20b"'],
    ['an instance of a class with fields', {a: new Order()}, '{"a":{"id":1}}'],
    ['an object without prototype', Object.assign(Object.create(null), {a: 1n}), '{"a":1}'],
    ['an empty object', [{}, Object.create(null), 1n], '[{},{},1]'],
    ['`__proto__` as a key', jsonValue('{"__proto__":9007199254740993,"a":1}'), '{"__proto__":9007199254740993,"a":1}'],
    ['boxed primitives', [Object(1), Object('a'), Object(false), Object(5n)], '[1,"a",false,5]'],
    ['what toJSON() answers', {a: own(key => ({key, n: 1n}))}, '{"a":{"key":"a","n":1}}'],
    [
      'an answer `this`',
      Object.assign(
        own(function () {
          return this
        }),
        {a: 1},
      ),
      '{"a":1}',
    ],
    ['half a surrogate pair, by its escape', ['\ud83d', 1n], '["\\ud83d",1]'],
    ['an array of another array', [[], [[1n]]], '[[],[[1]]]'],
  ]
  for (const [what, value, text] of written)
    it(`writes ${what}`, () => {
      expect(jsonLine(value)).to.equal(text)
    })

  const circle: {list: unknown[]} = {list: []}
  circle.list.push({circle})
  const refused: [string, unknown, string][] = [
    ['NaN', {a: 1, deep: [{x: Number.NaN}]}, "field 'deep[0].x' is NaN"],
    ['Infinity', [Number.POSITIVE_INFINITY], "field '[0]' is Infinity"],
    ['-Infinity beside a BigInt', {a: 1n, b: Number.NEGATIVE_INFINITY}, "field 'b' is -Infinity"],
    ['a value that is NaN', Number.NaN, 'the value is NaN'],
    ['a boxed NaN', {a: Object(Number.NaN)}, "field 'a' is NaN"],
    ['a Map', {a: {b: new Map([['x', 1]])}}, "field 'a.b' is Map(1) { 'x' => 1 }, which would be {} in JSON"],
    ['a Map with fields', Object.assign(new Map(), {a: 1}), 'the value is Map(0)'],
    ['a Set', [new Set([1])], "field '[0]' is Set(1)"],
    ['a WeakMap', {a: new WeakMap()}, "field 'a' is WeakMap"],
    ['a Promise', {a: Promise.resolve(1)}, "field 'a' is Promise"],
    ['a RegExp', {a: /x/}, "field 'a' is /x/"],
    ['an Error', {a: new Error('lost')}, "field 'a' is an Error ('lost')"],
    ['an Error with fields', {a: Object.assign(new Error('lost'), {code: 1})}, "field 'a' is an Error"],
    ['a Buffer', {a: Buffer.from('x')}, "field 'a' is <Buffer 78>: convert it to text"],
    ['a typed array', {a: new Float64Array(1)}, "field 'a' is Float64Array(1)"],
    ['an ArrayBuffer', {a: new ArrayBuffer(1)}, "field 'a' is ArrayBuffer"],
    ['URLSearchParams', {a: new URLSearchParams('b=1')}, "field 'a' is URLSearchParams"],
    ['a generator', {a: (function* () {})()}, "field 'a' is Object [Generator]"],
    ['an instance whose fields are private', {a: new Closed()}, "field 'a' is Closed {}"],
    ['an invalid Date', {at: new Date('no')}, "field 'at' is an invalid Date"],
    ['an invalid date of a library', {at: own(() => null)}, 'whose toJSON() answers null'],
    ['a toJSON() without an answer', [own(() => undefined)], 'whose toJSON() answers undefined'],
    [
      'a toJSON() that throws',
      {
        a: own(() => {
          throw new RangeError('oh')
        }),
      },
      "field 'a' has a toJSON() that threw: oh",
    ],
    ['a toJSON() with a promise', {a: own(async () => 1)}, "field 'a' is Promise"],
    ['NaN in what toJSON() answers', {a: own(() => ({b: Number.NaN}))}, "field 'a.b' is NaN"],
    ['a function', () => 1, 'the value is a function'],
    ['a function as a field', {a: 1, f() {}}, "field 'f' is a function"],
    ['a symbol as a field', {a: Symbol('s')}, "field 'a' is Symbol(s)"],
    ['undefined', undefined, 'the value is undefined'],
    ['undefined in an array', {a: [1, undefined]}, "field 'a[1]' is undefined"],
    // biome-ignore lint/suspicious/noSparseArray: it is what the test is about
    ['an empty slot', [[1, , 2]], "field '[0][1]' is an empty slot"],
    ['a circle', circle, "field 'list[0].circle' contains itself"],
    [
      'a getter that throws',
      {
        get a() {
          throw new Error('lazy')
        },
      },
      "field 'a' has a getter that threw: lazy",
    ],
    [
      'a proxy that throws',
      {
        a: new Proxy(
          {},
          {
            ownKeys() {
              throw new Error('trap')
            },
          },
        ),
      },
      "field 'a' cannot be read: trap",
    ],
  ]
  for (const [what, value, message] of refused)
    it(`refuses ${what}, and names its place`, () => {
      expect(() => jsonLine(value))
        .to.throw(NotJson)
        .with.property('message')
        .that.contains(message)
    })

  it('writes the same value twice that does not contain itself', () => {
    const shared = {a: 1n}
    expect(jsonLine([shared, {shared}])).to.equal('[{"a":1},{"shared":{"a":1}}]')
  })
  it('asks toJSON() once', () => {
    let asked = 0
    jsonLine({a: own(() => ++asked)})
    expect(asked).to.equal(1)
  })
  it('writes what is nested deeply', () => {
    let value: unknown = 1
    for (let i = 0; i < 50_000; i++) value = [value]
    expect(jsonLine(value)).to.equal(`${'['.repeat(50_000)}1${']'.repeat(50_000)}`)
  })
  it('never loses a value in silence: what it writes comes back the same, or it is refused', () => {
    const any = fc.anything({
      withBigInt: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withDate: true,
      withBoxedValues: true,
    })
    fc.assert(
      fc.property(any, value => {
        let text: string
        try {
          text = jsonLine(value)
        } catch (error) {
          expect(error).to.be.instanceOf(NotJson)
          return
        }
        expect(jsonValue(text)).to.deep.equal(plain(value))
      }),
      {numRuns: 1000},
    )
  })
})

/** The value as a reader gets it. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value === 'number') {
    const digits = /^-?\d{16,}$/.test(String(value)) && !Number.isSafeInteger(value)
    return digits ? BigInt(value) : value + 0
  }
  if (typeof value !== 'object' || value === null) return value
  if (types.isBoxedPrimitive(value)) return plain(value.valueOf())
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => (field === undefined ? [] : [[key, plain(field)]])),
  )
}
