import {expect} from 'chai'
import fc from 'fast-check'
import {jsonLine, NotJson} from '../../lib/formats/index.ts'

describe('jsonLine', () => {
  it('is JSON.stringify for what JSON can hold', () => {
    fc.assert(fc.property(fc.jsonValue(), value => void expect(jsonLine(value)).to.equal(JSON.stringify(value))))
  })
  it('makes strings of BigInts', () => {
    expect(jsonLine({a: [1n]})).to.equal('{"a":["1"]}')
  })
  it('leaves nulls, Dates and what has a form of its own as they are', () => {
    const value = {a: null, b: [null], c: new Date(0), d: {toJSON: () => null}, e: 'null', f: undefined}
    expect(jsonLine(value)).to.equal(JSON.stringify(value))
  })
  const hidden: [string, unknown, RegExp][] = [
    ['NaN', {a: 1, deep: [{x: Number.NaN}]}, /'x' is NaN/],
    ['Infinity', [Number.POSITIVE_INFINITY], /Infinity/],
    ['an invalid Date', {at: new Date('no')}, /'at' is an invalid Date/],
    ['NaN in what an object gives for itself', {a: {toJSON: () => ({b: Number.NaN})}}, /'b' is NaN/],
    ['a value that is NaN', Number.NaN, /the value is NaN/],
    ['a function', () => 1, /a function/],
  ]
  for (const [what, value, message] of hidden)
    it(`refuses ${what}, and names its place`, () => {
      expect(() => jsonLine(value)).to.throw(NotJson, message)
    })
})
