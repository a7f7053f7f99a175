import {runInNewContext} from 'node:vm'
import {expect} from 'chai'
import fc from 'fast-check'
import {SluiceError} from '../../../lib/errors/index.ts'
import {keyOf} from '../../../lib/state/keys/key-of.ts'
import {anyKey, isOneKey} from './support.ts'

const errorOf = (value: unknown): SluiceError => {
  try {
    keyOf(value)
  } catch (error) {
    if (error instanceof SluiceError) return error
    throw error
  }
  throw new Error('no error')
}

describe('keyOf', () => {
  it('uses strings and numbers as they are', () => {
    for (const value of ['', 'a', 'ä', '1', 0, 1.5, -3, Number.POSITIVE_INFINITY]) expect(keyOf(value)).to.equal(value)
  })

  it('takes 0 and -0 for one key', () => {
    expect(Object.is(keyOf(-0), 0)).to.equal(true)
    expect(keyOf([-0])).to.equal(keyOf([0]))
  })

  it('takes NaN for one key, also inside', () => {
    expect(new Map([[keyOf(Number.NaN), 1]]).get(keyOf(Number.NaN))).to.equal(1)
    expect(keyOf({a: Number.NaN})).to.equal(keyOf({a: Number.NaN}))
  })

  it('keeps 1, 1n, "1" and true apart', () => {
    expect(new Set([1, 1n, '1', true, [1], new Date(1)].map(keyOf)).size).to.equal(6)
  })

  it('keeps null, undefined, their texts, "" and empty containers apart', () => {
    const all = [null, undefined, 'null', 'undefined', '', [], {}, [null], [undefined], Buffer.alloc(0), false]
    expect(new Set(all.map(keyOf)).size).to.equal(all.length)
  })

  it('ignores the order of properties, at any depth', () => {
    expect(keyOf({a: 1, b: {c: 2, d: 3}})).to.equal(keyOf({b: {d: 3, c: 2}, a: 1}))
  })

  it('ignores undefined properties, but not null ones', () => {
    expect(keyOf({a: 1, b: undefined})).to.equal(keyOf({a: 1}))
    expect(keyOf({a: 1, b: null})).not.to.equal(keyOf({a: 1}))
  })

  it('takes a hole in an array for undefined', () => {
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    expect(keyOf([1, , 2])).to.equal(keyOf([1, undefined, 2]))
  })

  it('keeps an object and its text apart, whatever the text', () => {
    const object = {a: 1}
    const text = keyOf(object) as string
    expect(keyOf(text)).not.to.equal(text)
    expect(keyOf(JSON.stringify(object))).not.to.equal(text)
    expect(keyOf(keyOf(text))).not.to.equal(keyOf(text))
  })

  it('compares Dates by their time, and bytes by their content', () => {
    expect(keyOf(new Date(5))).to.equal(keyOf(new Date(5)))
    expect(keyOf(new Date(5))).not.to.equal(keyOf(new Date(6)))
    expect(keyOf(Buffer.from('abc'))).to.equal(keyOf(new Uint8Array([97, 98, 99])))
    expect(keyOf(new Uint8Array([0, 97, 98]).subarray(1))).to.equal(keyOf(Buffer.from('ab')))
  })

  it('takes objects without a prototype and of other realms', () => {
    expect(keyOf(Object.assign(Object.create(null), {a: 1}))).to.equal(keyOf({a: 1}))
    expect(keyOf(runInNewContext('({a: [new Date(5), new Uint8Array([1])]})'))).to.equal(
      keyOf({a: [new Date(5), Buffer.from([1])]}),
    )
  })

  it('has a property named __proto__', () => {
    expect(keyOf(JSON.parse('{"__proto__":1}'))).not.to.equal(keyOf({}))
  })

  it('keeps lone surrogates apart', () => {
    expect(keyOf(['\ud800'])).not.to.equal(keyOf(['\udc00']))
  })

  it('names the part that is to blame, and what to give instead', () => {
    class Customer {
      id = 1
    }
    class PreciseDate extends Date {}
    const circle: Record<string, unknown> = {}
    circle.next = {circle}
    const cases: [unknown, RegExp][] = [
      [() => 1, /^the key is a function \(.*\)\. A key holds null, .* plain objects of these$/],
      [{at: [1, Symbol('x')]}, /^key\.at\[1\] is a symbol \(Symbol\(x\)\)\./],
      [circle, /^key\.next\.circle refers back to an object that contains it\./],
      [{a: new Map()}, /^key\.a is a Map\. .*: give Object\.fromEntries\(map\) or \[\.\.\.map\]$/],
      [new Set(), /^the key is a Set\. .*: give \[\.\.\.set\]\.sort\(\)$/],
      [new Customer(), /^the key is a Customer\. .*: give one of its fields, its text, or \{\.\.\.value\}$/],
      [new PreciseDate(), /^the key is a PreciseDate\. .*: give new Date\(value\), or a text that keeps all of it$/],
      [new Date(Number.NaN), /^the key is an invalid Date\./],
      [new Float64Array(1), /^the key is a Float64Array\. .*: give a Uint8Array or Buffer of its bytes$/],
      [new String('a'), /^the key is a String\./],
      [/a/, /^the key is a RegExp\./],
      [[Promise.resolve()], /^key\[0\] is a Promise\./],
    ]
    for (const [value, message] of cases) {
      const error = errorOf(value)
      expect(error.code).to.equal('ERR_SLUICE_KEY')
      expect(error.message).to.match(message)
    }
  })

  it('names the depth of what nests too deep, and does not overflow the stack', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(errorOf(deep).message).to.match(/^the key nests deeper than 500 levels\./)
  })

  it('passes on the error of a getter', () => {
    const mine = new Error('mine')
    const throwing = {
      get a() {
        throw mine
      },
    }
    expect(() => keyOf(throwing)).to.throw(mine)
  })

  it('gives two values the same key exactly if they are equal', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        expect(new Set([keyOf(a), keyOf(b)]).size === 1).to.equal(isOneKey(a, b))
      }),
      {numRuns: 5_000},
    )
  })
})
