import {expect} from 'chai'
import {CsvEncoder, type CsvEncoderOptions} from '../../../lib/formats/index.ts'

describe('CsvEncoder', () => {
  const encoder = (options: Partial<CsvEncoderOptions> = {}) =>
    new CsvEncoder({where: 'test', delimiter: ',', ...options})

  it('quotes what would be read as something else', () => {
    expect(encoder().line(['a,b', 'say "hi"', 'two\nlines', ' '])).to.equal('"a,b","say ""hi""","two\nlines", ')
  })
  it('quotes and escapes as the dialect says', () => {
    expect(encoder({escape: '\\'}).line(['a\\"b,'])).to.equal('"a\\\\\\"b,"')
    expect(encoder({quote: "'", delimiter: ';'}).line(["it's", 'a;b', 'a"b'])).to.equal("'it''s';'a;b';a\"b")
  })
  it('has dates, numbers and big integers as text, null as nothing, and other things as JSON', () => {
    expect(encoder().line([new Date(0), 1.5, 5n, null, [1]])).to.equal('1970-01-01T00:00:00.000Z,1.5,5,,[1]')
  })
  it('has what a library or a URL answers to toJSON() as text, without the quotes of JSON', () => {
    class Decimal {
      toJSON = () => '1.10'
    }
    const encoder = new CsvEncoder({where: 'test', delimiter: ','})
    const row = {a: new Decimal(), b: new URL('http://a/?x=1,2'), c: {toJSON: () => ({d: 1})}, e: {toJSON: () => 7}}
    expect(encoder.record(row)).to.equal('1.10,"http://a/?x=1,2","{""d"":1}",7')
  })
  it('has the JSON of a String object, which stands for a text in JSON', () => {
    expect(new CsvEncoder({where: 'test', delimiter: ','}).record({a: new String('x')})).to.equal('"""x"""')
  })
  it('takes no value from what every object inherits', () => {
    const columns = ['constructor', 'a', '__proto__', 'toString']
    expect(encoder({columns}).record({a: 1})).to.equal(',1,,')
    expect(encoder({columns}).record(JSON.parse('{"__proto__":"p","constructor":"c","a":1}'))).to.equal('c,1,p,')
    const derived = encoder()
    expect(derived.record({a: 1, constructor: 'x'})).to.equal('1,x')
    expect(derived.record({a: 2})).to.equal('2,')
  })
  it('takes values from the getters of a class', () => {
    class Row {
      get a() {
        return 1
      }
    }
    expect(encoder({columns: ['a', 'constructor']}).record(new Row())).to.equal('1,')
  })
  it('has columns that are numbers in the order that is known', () => {
    const known = encoder({order: () => ['id', '2021', '2020']})
    expect(known.record({2020: 'b', 2021: 'a', id: 1})).to.equal('1,a,b')
    expect(known.header()).to.equal('id,2021,2020')
  })
  it('is never empty, which would be no record', () => {
    expect(encoder().line([''])).to.equal('""')
    expect(encoder().record({a: ''})).to.equal('""')
  })
  it('writes numbers as they print', () => {
    expect(encoder().record({a: 0.1, b: -0, c: 1e21, d: 2n ** 70n, e: 2 ** 60})).to.equal(
      '0.1,0,1e+21,1180591620717411303424,1152921504606846976',
    )
  })
  const refused: [string, unknown, RegExp][] = [
    ['NaN', Number.NaN, /NaN in column 'x' cannot be represented in CSV/],
    ['Infinity', Number.POSITIVE_INFINITY, /Infinity in column 'x'/],
    ['a function', () => 1, /in column 'x' cannot be represented/],
    ['a symbol', Symbol('s'), /in column 'x' cannot be represented/],
    ['an invalid Date', new Date(Number.NaN), /Invalid Date in column 'x'/],
    ['a Map', new Map([[1, 2]]), /in column 'x': the value is Map\(1\)/],
    ['a Set', new Set(), /in column 'x': the value is Set\(0\)/],
    ['a Buffer', Buffer.from('a'), /in column 'x': the value is <Buffer 61>/],
    ['NaN deep in an object', {a: [{b: Number.NaN}]}, /in column 'x': field 'a\[0\]\.b' is NaN/],
    ['a Map in an object', {a: new Map()}, /in column 'x': field 'a' is Map\(0\)/],
    ['undefined in an array', [undefined], /in column 'x': field '\[0\]' is undefined/],
    ['half a surrogate pair', '\ud83d', /half a surrogate pair/],
  ]
  for (const [what, x, message] of refused)
    it(`refuses ${what}, naming the column`, () => {
      expect(() => encoder().record({x})).to.throw(message)
    })
  it('refuses what it cannot hold, naming the field', () => {
    expect(() => encoder().line([1, [Number.NaN]])).to.throw(/'#2'.*NaN/)
    expect(() => encoder({quote: null}).line(['a,b'])).to.throw(/without quotes/)
  })
  it('takes the columns from the first row that it can write', () => {
    const csv = encoder()
    expect(() => csv.record({bad: Symbol('x')})).to.throw(/'bad'/)
    expect(csv.header()).to.equal(undefined)
    expect(csv.record({b: 1, a: 2})).to.equal('1,2')
    expect(csv.header()).to.equal('b,a')
  })
  it('says what to do about a field that has no column', () => {
    const csv = encoder({advice: 'Use --select'})
    csv.record({a: 1})
    expect(() => csv.record({a: 1, b: 2})).to.throw(
      "has the key 'b', for which the first row left no column (a). Use --select",
    )
  })
})
