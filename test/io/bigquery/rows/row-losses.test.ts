import {expect} from 'chai'
import {parseSchema} from '../../../../lib/io/bigquery/index.ts'
import {compileRowEncoder} from '../../../../lib/io/bigquery/rows/row-encoder.ts'
import type {Unencodable} from '../../../../lib/io/bigquery/rows/unencodable.ts'

const encode = compileRowEncoder(
  parseSchema('test', [
    {name: 'at', type: 'TIMESTAMP'},
    {name: 'n', type: 'NUMERIC'},
    {name: 'json', type: 'JSON'},
    {name: 'one', type: 'RECORD', fields: [{name: 'a', type: 'STRING'}]},
    {name: 'many', type: 'RECORD', mode: 'REPEATED', fields: [{name: 'a', type: 'STRING'}]},
  ]),
)
const refusal = (row: unknown) => encode(row) as Unencodable

class Closed {
  readonly #a = 'x'
  get a(): string {
    return this.#a
  }
}

/** Objects that hold something, and no field of their own. */
const opaque: [string, object][] = [
  ['a Map', new Map([['a', 1]])],
  ['a Set', new Set(['a'])],
  ['a Date', new Date(0)],
  ['an Error', new Error('x')],
  ['a Promise', Promise.resolve({a: 'x'})],
  ['an empty Buffer', Buffer.alloc(0)],
  ['an instance whose fields are private', new Closed()],
]

describe('BigQuery: nothing is written as null in silence', () => {
  for (const [name, value] of opaque) {
    it(`${name} is not a row`, () => {
      expect(refusal(value).message).to.contain('is not a row')
    })

    it(`${name} is not a record`, () => {
      expect(refusal({many: [{a: 'x'}, value]})).to.include({path: 'many[1]'})
      expect(refusal({one: value}).message).to.contain('is not a record')
    })
  }

  it('a row without any field is one of nulls, as it says', () => {
    expect(encode({})).to.equal('{}')
    expect(encode(Object.create(null))).to.equal('{}')
    expect(
      encode(
        new (class Visit {
          at = undefined
        })(),
      ),
    ).to.equal('{}')
    expect(encode({one: {}, many: [{a: undefined}]})).to.equal('{"one":{},"many":[{}]}')
  })

  const lossy: [string, unknown, string][] = [
    ['an Error', {deep: [new Error('x')]}, 'json.deep[0]'],
    ['a RegExp', {deep: /x/}, 'json.deep'],
    ['an object whose toJSON() gives nothing', {toJSON() {}}, 'json'],
    ['an invalid date of a library', {day: {toJSON: () => null}}, 'json.day'],
    ['a boxed NaN', {deep: Object(Number.NaN)}, 'json.deep'],
  ]
  for (const [name, json, path] of lossy) {
    it(`${name} in JSON is refused`, () => {
      expect(refusal({json})).to.include({path})
    })
  }

  it('boxed numbers, texts and booleans in JSON go as what they hold', () => {
    expect(encode({json: [Object(1), Object('a'), Object(true)]})).to.equal(String.raw`{"json":"[1,\"a\",true]"}`)
  })

  const throwing = () => {
    throw new RangeError('Invalid time value')
  }
  const thrown: [string, object, string][] = [
    ['an invalid dayjs', {at: {toISOString: throwing}}, 'at'],
    ['a number class', {n: {toFixed: throwing}}, 'n'],
    ['a toJSON()', {json: {toJSON: throwing}}, 'json'],
    ['a getter of a record', {many: [Object.defineProperty({}, 'a', {enumerable: true, get: throwing})]}, 'many[0].a'],
    ['a getter of a row', Object.defineProperty({}, 'at', {enumerable: true, get: throwing}), 'at'],
  ]
  for (const [name, row, path] of thrown) {
    it(`${name} that throws is refused with the field's name`, () => {
      expect(refusal(row)).to.include({path})
      expect(refusal(row).message).to.contain('Invalid time value')
    })
  }

  it('a timestamp of more than six decimals is rounded to the microseconds that BigQuery has', () => {
    expect(encode({at: 1_700_000_000.1234567})).to.equal('{"at":"1700000000.123457"}')
  })
})
