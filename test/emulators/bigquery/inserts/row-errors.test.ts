import {expect} from 'chai'
import {insertRaw, rowFailures, useBigQuery} from '../fixture.ts'

const TIMESTAMP_FORM = 'Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]]'

/** Type of the column `x`, a value that it cannot take, and what insertAll says. */
const REFUSED: [type: string | object, value: unknown, message: string][] = [
  ['INTEGER', 'abc', 'Cannot convert value to integer (bad value): abc'],
  ['INTEGER', '', 'Cannot convert value to integer (bad value): '],
  ['INTEGER', '1.5', 'Cannot convert value to integer (bad value): 1.5'],
  ['INTEGER', '1e3', 'Cannot convert value to integer (bad value): 1e3'],
  ['INTEGER', 1.5, 'Cannot convert value to integer (bad value): 1.5'],
  ['INTEGER', true, 'Cannot convert value to integer (bad value): true'],
  ['INTEGER', '9223372036854775808', 'Cannot convert value to integer (bad value): 9223372036854775808'],
  ['INTEGER', '-9223372036854775809', 'Cannot convert value to integer (bad value): -9223372036854775809'],
  ['INTEGER', 1e300, 'Cannot convert value to integer (bad value): 1e+300'],
  ['FLOAT', 'abc', 'Cannot convert value to floating point (bad value): abc'],
  ['FLOAT', '', 'Cannot convert value to floating point (bad value): '],
  ['FLOAT', false, 'Cannot convert value to floating point (bad value): false'],
  ['BOOLEAN', 'yes', 'Cannot convert value to boolean (bad value): yes'],
  ['BOOLEAN', 1, 'Cannot convert value to boolean (bad value): 1'],
  ['STRING', true, 'Conversion from bool to string is unsupported.'],
  ['STRING', {a: 1}, 'This field: x is not a record.'],
  ['STRING', ['a'], 'Array specified for non-repeated field: x.'],
  [{type: 'STRING', maxLength: '3'}, 'abcd', 'Field x: STRING(3) has maximum length 3 but got a value with length 4'],
  ['BYTES', 'a?', 'Could not decode base64 string to bytes. Field: x; Value: a?'],
  [{type: 'BYTES', maxLength: '1'}, 'AAAA', 'Field x: BYTES(1) has maximum length 1 but got a value with length 3'],
  ['DATE', '2023-07-26Z', "Invalid date: '2023-07-26Z'"],
  ['DATE', '2023-02-29', "Invalid date: '2023-02-29'"],
  ['DATE', '0000-01-01', "Invalid date: '0000-01-01'"],
  ['DATE', 19_000, "Invalid date: '19000'"],
  ['TIME', '24:00:00', 'Invalid time string "24:00:00"'],
  ['DATETIME', '2024-01-02T03:04:05Z', 'Invalid datetime string "2024-01-02T03:04:05Z"'],
  ['TIMESTAMP', 'yesterday', `Could not parse 'yesterday' as a timestamp. ${TIMESTAMP_FORM}`],
  ['TIMESTAMP', '2024-13-01 00:00:00', `Could not parse '2024-13-01 00:00:00' as a timestamp. ${TIMESTAMP_FORM}`],
  [
    'TIMESTAMP',
    '2024-01-01T00:00:00.1234567Z',
    `Could not parse '2024-01-01T00:00:00.1234567Z' as a timestamp. ${TIMESTAMP_FORM}`,
  ],
  ['TIMESTAMP', '10000-01-01 00:00:00', `Could not parse '10000-01-01 00:00:00' as a timestamp. ${TIMESTAMP_FORM}`],
  ['TIMESTAMP', 1_704_164_645_678, `Could not parse '1704164645678' as a timestamp. ${TIMESTAMP_FORM}`],
  ['TIMESTAMP', '2024-01-01 00:00:00 NO/WHERE', 'Unrecognized timezone: NO/WHERE'],
  ['NUMERIC', 'abc', 'Invalid NUMERIC value: abc'],
  ['NUMERIC', '55.066315446079813', 'Invalid NUMERIC value: 55.066315446079813'],
  ['NUMERIC', 1255139.628052805, 'Invalid NUMERIC value: 1255139.6280528051'],
  ['NUMERIC', 1e29, 'Invalid NUMERIC value: 1e+29'],
  ['NUMERIC', '100000000000000000000000000000', 'Invalid NUMERIC value: 100000000000000000000000000000'],
  [{type: 'NUMERIC', precision: '4', scale: '2'}, '123.4', 'Invalid NUMERIC value: 123.4'],
  ['BIGNUMERIC', 'NaN', 'Invalid BIGNUMERIC value: NaN'],
  [
    'BIGNUMERIC',
    '1e-20',
    'local emulator: BIGNUMERIC is kept with 20 digits before the point and 18 after it; got 1e-20',
  ],
  ['JSON', '{a', 'Invalid JSON in field x: {a; a JSON column takes JSON text in a string'],
  ['JSON', {a: 1}, 'This field: x is not a record.'],
  ['GEOGRAPHY', 'nowhere', 'Invalid geography value for field x: nowhere'],
  ['INTERVAL', '1 month', 'Invalid INTERVAL value: 1 month'],
  [{type: 'RECORD', fields: [{name: 'a', type: 'INT64'}]}, 'x', 'This field: x is not a record.'],
  [{type: 'RECORD', fields: [{name: 'a', type: 'INT64'}]}, [{a: 1}], 'Array specified for non-repeated field: x.'],
  [{type: 'INTEGER', mode: 'REPEATED'}, 1, 'Repeated field must be given a JSON array: x.'],
  [{type: 'INTEGER', mode: 'REPEATED'}, null, 'Only optional fields can be set to NULL. Field: x; Value: NULL'],
  [{type: 'INTEGER', mode: 'REQUIRED'}, null, 'Only optional fields can be set to NULL. Field: x; Value: NULL'],
]

describe('local BigQuery: errors of rows', () => {
  const local = useBigQuery()

  for (const [type, value, message] of REFUSED) {
    const field = typeof type === 'string' ? {type} : type
    it(`${JSON.stringify(field)} refuses ${JSON.stringify(value)}`, async () => {
      const table = await local.table([{name: 'x', ...field}])
      const errors = await rowFailures(table, [{json: {x: value}}])
      expect(errors).to.deep.equal([{index: 0, errors: [{reason: 'invalid', location: 'x', debugInfo: '', message}]}])
    })
  }

  it('names a required field that is missing', async () => {
    const table = await local.table([
      {name: 'a', type: 'STRING'},
      {name: 'x', type: 'STRING', mode: 'REQUIRED'},
    ])
    expect(await insertRaw(table, [{a: 'y'}])).to.deep.equal({0: 'Missing required field: x.'})
  })

  it('names the unknown field rather than the missing one when a name is misspelled', async () => {
    const table = await local.table([{name: 'x', type: 'STRING', mode: 'REQUIRED'}])
    expect(await insertRaw(table, [{y: 'y'}])).to.deep.equal({0: 'no such field: y.'})
  })

  it('refuses a row that is not an object', async () => {
    const table = await local.table('x:STRING')
    expect(await insertRaw(table, ['x'])).to.deep.equal({0: 'Each row needs a `json` object.'})
  })

  const nested = [{name: 'l', type: 'RECORD', mode: 'REPEATED', fields: [{name: 'a', type: 'INT64', mode: 'REPEATED'}]}]
  for (const [what, row, location, message] of [
    ['a bad element', {l: [{a: [1]}, {a: [1, 'x']}]}, 'l[1].a[1]', 'Cannot convert value to integer (bad value): x'],
    ['an unknown field of a RECORD', {l: [{b: 1}]}, 'l[0].b', 'no such field: b.'],
    [
      'a null element',
      {l: [{a: [null]}]},
      'l[0].a[0]',
      'Only optional fields can be set to NULL. Field: a; Value: NULL',
    ],
  ] as [string, object, string, string][])
    it(`gives the path of ${what}`, async () => {
      const [refused] = await rowFailures(await local.table(nested), [{json: row}])
      expect(refused?.errors[0]).to.include({location, message})
    })
})
