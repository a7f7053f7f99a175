import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import fc from 'fast-check'
import {parseSchema, type SchemaInput} from '../../../../lib/io/bigquery/index.ts'
import {compileRowEncoder} from '../../../../lib/io/bigquery/rows/row-encoder.ts'
import {Unencodable} from '../../../../lib/io/bigquery/rows/unencodable.ts'

/** The JSON text of one value in a column of this type. */
function encode(type: string, value: unknown): unknown {
  const text = compileRowEncoder(parseSchema('test', [{name: 'x', ...column(type)}]))({x: value})
  return typeof text === 'string' ? JSON.parse(text).x : text
}

function column(type: string): {type: string; mode?: string} {
  const [, name, repeated] = /^(.*?)(\[\])?$/.exec(type)!
  return {type: name!, ...(repeated && {mode: 'REPEATED'})}
}

function problem(schema: SchemaInput, row: unknown): Unencodable {
  const result = compileRowEncoder(parseSchema('test', schema))(row)
  if (typeof result === 'string') throw new Error(`expected a reject, got ${result}`)
  return result
}

/** A stand-in for big.js, bignumber.js and decimal.js. */
class Big {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
  toFixed(): string {
    return this.text
  }
}

const DAY = new Date('2024-01-31T00:00:00Z')
const NOON = new Date('2024-01-31T12:30:15.250Z')

describe('BigQuery: rows as JSON', () => {
  const accepted: [string, unknown, unknown][] = [
    ['STRING', 'plain', 'plain'],
    ['STRING', 'a "quoted" \\ line\nand a tab\t', 'a "quoted" \\ line\nand a tab\t'],
    ['STRING', 'Köln 😀 \u2028', 'Köln 😀 \u2028'],
    ['STRING', '', ''],
    ['STRING', 12.5, '12.5'],
    ['STRING', 12n, '12'],
    ['STRING', true, 'true'],
    ['STRING', NOON, '2024-01-31T12:30:15.250Z'],
    ['INTEGER', 42, 42],
    ['INTEGER', -0, 0],
    ['INTEGER', 2 ** 60, '1152921504606846976'],
    ['INTEGER', 9223372036854775807n, '9223372036854775807'],
    ['INTEGER', -9223372036854775808n, '-9223372036854775808'],
    ['INTEGER', '123', '123'],
    ['INTEGER', '-9223372036854775808', '-9223372036854775808'],
    ['INTEGER', Object(9007199254740993n), '9007199254740993'],
    ['INTEGER', new Big('12'), '12'],
    ['INTEGER', BigQuery.int('9007199254740993'), '9007199254740993'],
    ['FLOAT', 1.5, 1.5],
    ['FLOAT', 1e300, 1e300],
    ['FLOAT', Number.NaN, 'NaN'],
    ['FLOAT', Number.POSITIVE_INFINITY, 'Infinity'],
    ['FLOAT', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['FLOAT', 12345678901234567890n, '12345678901234567890'],
    ['NUMERIC', 0.1, '0.1'],
    ['NUMERIC', 2 ** 60, '1152921504606846976'],
    ['STRING', 2 ** 60, '1152921504606846976'],
    ['NUMERIC', 10n ** 28n, '10000000000000000000000000000'],
    ['NUMERIC', '123456789.123456789', '123456789.123456789'],
    ['NUMERIC', new Big('0.000000001'), '0.000000001'],
    ['NUMERIC', '123456789012345.67891', '123456789012345.67891'],
    ['NUMERIC', 12345678901234567890n, '12345678901234567890'],
    ['BIGNUMERIC', '0.12345678901234567890123456789012345678', '0.12345678901234567890123456789012345678'],
    ['BIGNUMERIC', new Big('-12345678901234567890.5'), '-12345678901234567890.5'],
    ['BOOLEAN', true, true],
    ['BOOLEAN', false, false],
    ['BOOLEAN', 'true', 'true'],
    ['BYTES', Buffer.from('hello'), 'aGVsbG8='],
    ['BYTES', new Uint8Array([1, 2, 255]), 'AQL/'],
    ['BYTES', new Uint8Array([9, 1, 2, 9]).subarray(1, 3), 'AQI='],
    ['BYTES', new Uint8Array([1]).buffer, 'AQ=='],
    ['BYTES', 'aGVsbG8=', 'aGVsbG8='],
    ['TIMESTAMP', NOON, '2024-01-31T12:30:15.250Z'],
    ['TIMESTAMP', '2024-01-31 12:30:15.123456 UTC', '2024-01-31 12:30:15.123456 UTC'],
    ['TIMESTAMP', 1706704215, '1706704215'],
    ['TIMESTAMP', 1706704215.25, '1706704215.25'],
    ['TIMESTAMP', BigQuery.timestamp('2024-01-31T12:30:15.123456Z'), '2024-01-31T12:30:15.123456Z'],
    ['DATE', '2024-01-31', '2024-01-31'],
    ['DATE', DAY, '2024-01-31'],
    ['DATE', BigQuery.date('2024-01-31'), '2024-01-31'],
    ['DATETIME', NOON, '2024-01-31T12:30:15.250'],
    ['DATETIME', BigQuery.datetime('2024-01-31T12:30:15'), '2024-01-31T12:30:15'],
    ['TIME', '12:30:15.25', '12:30:15.25'],
    ['TIME', BigQuery.time('12:30:15'), '12:30:15'],
    ['GEOGRAPHY', 'POINT(1 2)', 'POINT(1 2)'],
    ['GEOGRAPHY', BigQuery.geography('POINT(1 2)'), 'POINT(1 2)'],
    ['GEOGRAPHY', {type: 'Point', coordinates: [1, 2]}, '{"type":"Point","coordinates":[1,2]}'],
    ['JSON', {a: [1, {b: null}]}, '{"a":[1,{"b":null}]}'],
    ['JSON', {a: undefined}, '{}'],
    ['JSON', [1, 'x'], '[1,"x"]'],
    ['JSON', 5, '5'],
    ['JSON', {n: [9007199254740993n]}, '{"n":[9007199254740993]}'],
    ['JSON', {n: 2n ** 64n - 1n}, '{"n":18446744073709551615}'],
    ['JSON', {a: '\\ud83d'}, String.raw`{"a":"\\ud83d"}`],
    ['JSON', '{"already":"text"}', '{"already":"text"}'],
    ['JSON', Object('123'), '"123"'],
    ['STRING', Object('123'), '123'],
    ['INTERVAL', '1-2 3 4:5:6', '1-2 3 4:5:6'],
    ['RANGE<DATE>', {start: DAY, end: null}, {start: '2024-01-31', end: null}],
    ['RANGE<DATE>', '[2024-01-01, 2024-02-01)', '[2024-01-01, 2024-02-01)'],
    ['STRING[]', ['a', 'b'], ['a', 'b']],
    ['STRING[]', new Set(['a']), ['a']],
    ['STRING[]', [], []],
    ['STRING[]', null, []],
    ['FLOAT[]', new Float64Array([1, 2.5]), [1, 2.5]],
    ['BYTES[]', [Buffer.from('a')], ['YQ==']],
    ['STRING', null, null],
  ]
  for (const [type, value, expected] of accepted) {
    it(`sends ${describeValue(value)} in ${type} as ${JSON.stringify(expected)}`, () => {
      expect(encode(type, value)).to.deep.equal(expected)
    })
  }

  const refused: [string, unknown, string][] = [
    ['STRING', {a: 1}, 'is not text'],
    ['STRING', {value: 'a plain object is no value class'}, 'is not text'],
    ['STRING', Number.NaN, 'is not text'],
    ['STRING', Buffer.from('x'), 'is not text'],
    ['STRING', 'half a pair: \ud83d', 'surrogate'],
    ['STRING', ['a'], 'is not text'],
    ['INTEGER', 1.5, 'is not an integer'],
    ['INTEGER', Number.NaN, 'is not an integer'],
    ['INTEGER', 2n ** 63n, '64 bits'],
    ['INTEGER', 1e20, '64 bits'],
    ['INTEGER', '', 'is not an integer'],
    ['INTEGER', '1.0', 'is not an integer'],
    ['INTEGER', '1.5', 'is not an integer'],
    ['INTEGER', '1e3', 'is not an integer'],
    ['INTEGER', '0x10', 'is not an integer'],
    ['INTEGER', 'many', 'is not an integer'],
    ['INTEGER', '9223372036854775808', '64 bits'],
    ['INTEGER', new Big('1.5'), 'is not an integer'],
    ['INTEGER', [1], 'is not an integer'],
    ['INTEGER', true, 'is not an integer'],
    ['FLOAT', {}, 'is not a number'],
    ['FLOAT', '', 'is not a number'],
    ['NUMERIC', Number.NaN, 'is not a decimal number'],
    ['NUMERIC', new Big('NaN'), 'is not a decimal number'],
    ['BOOLEAN', 1, 'is not true or false'],
    ['BYTES', 5, 'give a Buffer'],
    ['TIMESTAMP', new Date(Number.NaN), 'a Date or a timestamp'],
    ['TIMESTAMP', new Date(8.64e15), '0001 to 9999'],
    ['TIMESTAMP', 1706704215000, 'seconds since 1970'],
    ['TIMESTAMP', {}, 'a Date or a timestamp'],
    ['DATE', NOON, 'has a time of day'],
    ['TIME', NOON, 'is not a time of day'],
    ['DATE', 20240131, 'a date such as'],
    ['JSON', {a: {b: [1, Number.NaN]}}, 'is NaN, which JSON cannot hold'],
    ['JSON', {n: 2n ** 64n}, 'is 18446744073709551616, which JSON columns do not hold exactly'],
    ['JSON', {s: 'half a pair: \ud83d'}, 'surrogate'],
    ['JSON', {b: Buffer.from('x')}, 'is <Buffer 78>'],
    ['JSON', {f: () => 1}, 'is a function'],
    ['JSON', [undefined], 'is undefined'],
    ['JSON', new Map(), 'Map'],
    ['JSON', {d: new Date(Number.NaN)}, 'is an invalid Date'],
    ['STRING[]', 'a', 'REPEATED'],
    ['STRING[]', ['a', null], 'null in a REPEATED field'],
    ['INTERVAL', 5, 'an interval'],
  ]
  for (const [type, value, words] of refused) {
    it(`rejects ${describeValue(value)} in ${type}, with field and reason`, () => {
      const result = encode(type, value) as Unencodable
      expect(result).to.be.instanceOf(Unencodable)
      expect(result.message).to.contain(words)
      expect(result.path).to.match(/^x/)
    })
  }

  it('rejects a JSON value that contains itself', () => {
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    expect((encode('JSON', loop) as Unencodable).message).to.contain('contains itself')
  })

  const person: SchemaInput = [
    {name: 'id', type: 'INTEGER', mode: 'REQUIRED'},
    {
      name: 'address',
      type: 'RECORD',
      fields: [
        {name: 'city', type: 'STRING', mode: 'REQUIRED'},
        {name: 'lines', type: 'STRING', mode: 'REPEATED'},
        {name: 'geo', type: 'JSON'},
      ],
    },
    {name: 'orders', type: 'RECORD', mode: 'REPEATED', fields: [{name: 'n', type: 'INTEGER'}]},
  ]
  const encodePerson = compileRowEncoder(parseSchema('test', person))

  it('encodes nested and repeated records', () => {
    const row = {id: 1, address: {city: 'Köln', lines: ['a']}, orders: [{n: 1}, {n: 2}, {}]}
    expect(JSON.parse(encodePerson(row) as string)).to.deep.equal(row)
  })

  it('leaves out what is undefined', () => {
    expect(encodePerson({id: 1, address: undefined})).to.equal('{"id":1}')
  })

  it('takes keys in any order', () => {
    expect(JSON.parse(encodePerson({orders: [], address: null, id: 1}) as string)).to.deep.equal({
      orders: [],
      address: null,
      id: 1,
    })
  })

  it('ignores the case of column names, as BigQuery does, and sends them in the spelling of the table', () => {
    expect(encodePerson({ID: 1})).to.equal('{"id":1}')
  })

  it('rejects a column that is given twice in different case', () => {
    expect(problem(person, {ID: 1, id: 2})).to.include({path: 'ID', unknownField: true})
  })

  const paths: [unknown, string, string][] = [
    [{}, 'id', 'REQUIRED field is missing'],
    [{id: null}, 'id', 'null in a REQUIRED field'],
    [{id: 1, address: {lines: []}}, 'address.city', 'REQUIRED field is missing'],
    [{id: 1, address: {city: 'a', lines: ['a', {}]}}, 'address.lines[1]', 'is not text'],
    [{id: 1, address: {city: 'a', geo: {deep: [Number.NaN]}}}, 'address.geo.deep[0]', 'is NaN'],
    [{id: 1, orders: [{n: 1}, {n: '2', m: 1}]}, 'orders[1].m', 'no such field: m'],
    [{id: 1, address: 'text'}, 'address', 'a record'],
    [{id: 1, address: []}, 'address', 'a record'],
    [{id: 1, orders: {n: 1}}, 'orders', 'REPEATED'],
  ]
  for (const [row, path, words] of paths) {
    it(`names ${path} in ${JSON.stringify(row)}`, () => {
      const result = problem(person, row)
      expect(result.path).to.equal(path)
      expect(result.message).to.contain(words)
    })
  }

  it('lets a REQUIRED column with a default be absent', () => {
    const schema = [{name: 'at', type: 'TIMESTAMP', mode: 'REQUIRED', defaultValueExpression: 'CURRENT_TIMESTAMP()'}]
    expect(compileRowEncoder(parseSchema('test', schema))({})).to.equal('{}')
  })

  it('says when a row is not an object', () => {
    for (const row of ['text', 5, null, [1]]) expect(problem(person, row).message).to.contain('give an object')
  })

  it('turns a getter that throws into a reject', () => {
    const row = {
      get id(): number {
        throw new Error('lazy')
      },
    }
    expect(problem(person, row).message).to.contain('lazy')
  })

  it('leaves unknown fields out when told to, and reports each', () => {
    const ignored: string[] = []
    const lenient = compileRowEncoder(parseSchema('test', person), name => ignored.push(name))
    expect(lenient({id: 1, x: 1, orders: [{n: 1, y: 2}]})).to.equal('{"id":1,"orders":[{"n":1}]}')
    expect(ignored).to.deep.equal(['x', 'y'])
  })

  it('returns what JSON.stringify gives for rows that JSON can hold', () => {
    const schema = parseSchema('test', 's:STRING,n:FLOAT,b:BOOLEAN,a:ARRAY<STRING>')
    const encodeRow = compileRowEncoder(schema)
    const row = fc.record(
      {
        s: fc.string({unit: 'grapheme'}),
        n: fc.double({noNaN: true, noDefaultInfinity: true}).map(n => (Object.is(n, -0) ? 0 : n)),
        b: fc.boolean(),
        a: fc.array(fc.string()),
      },
      {requiredKeys: []},
    )
    fc.assert(
      fc.property(row, given => {
        expect(encodeRow(given)).to.equal(JSON.stringify(given))
      }),
      {numRuns: 300},
    )
  })
})

function describeValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' || typeof value === 'function') return String(value)
  if (typeof value === 'object' && value !== null && value.constructor !== Object && !Array.isArray(value))
    return `a ${value.constructor.name}`
  return JSON.stringify(value, (_, v) => (typeof v === 'bigint' || typeof v === 'number' ? String(v) : v))
}

describe('the encoder of rows', () => {
  it('finds 20,000 columns whose names differ in case without looking through all for each', () => {
    const names = Array.from({length: 20_000}, (_, i) => `c${i}`)
    const encoder = compileRowEncoder({fields: names.map(name => ({name, type: 'STRING', mode: 'NULLABLE'}))})
    const row = JSON.parse(encoder(Object.fromEntries(names.map(name => [name.toUpperCase(), 'x']))) as string)
    expect(Object.keys(row)).to.deep.equal(names)
  }).timeout(60_000)
  it('looks at the digits of a decimal of any length once', () => {
    const long = {toFixed: () => `${'1'.repeat(300_000)}x`}
    for (const type of ['NUMERIC', 'BIGNUMERIC', 'FLOAT', 'INTEGER'])
      expect(encode(type, long)).to.be.instanceOf(Unencodable)
  })
  it('takes no field of a record for the text of it, whatever its names', () => {
    for (const row of [{value: 'a'}, {value: 'a', constructor: 'b'}, Object.assign(Object.create(null), {value: 'a'})])
      expect(encode('STRING', row)).to.be.instanceOf(Unencodable)
  })
  it('takes no value from what every object inherits', () => {
    const encoder = compileRowEncoder(parseSchema('test', 'a:STRING,constructor:STRING,toString:STRING'))
    expect(encoder({a: 'x'})).to.equal('{"a":"x"}')
    expect(encoder({constructor: 'c', a: 'x'})).to.equal('{"constructor":"c","a":"x"}')
  })
})
