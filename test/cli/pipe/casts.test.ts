import {expect} from 'chai'
import {castFields, checkCasts} from '../../../lib/cli/pipe/casts.ts'
import {show} from '../../../lib/errors/index.ts'

const cast = (type: string, x: unknown) => castFields(checkCasts([`x:${type}`], true).fields, {x})['x']

describe('--cast', () => {
  for (const [type, given, value] of [
    ['STRING', 5, '5'],
    ['STRING', '', ''],
    ['INT64', ' -5 ', -5],
    ['INT64', '', null],
    ['INT64', '9223372036854775807', 9223372036854775807n],
    ['FLOAT64', '1e3', 1000],
    ['NUMERIC', '0.10', '0.10'],
    ['BOOL', 'No', false],
    ['DATE', '2024-02-29', '2024-02-29'],
    ['TIMESTAMP', '2024-01-31', new Date('2024-01-31T00:00:00Z')],
    ['TIMESTAMP', '2024-01-31 12:30:15.5 UTC', new Date('2024-01-31T12:30:15.500Z')],
    ['TIMESTAMP', '2024-01-31T12:30-0130', new Date('2024-01-31T14:00:00Z')],
    ['timestamp', '2024-01-31T12:00:00.123000+02', new Date('2024-01-31T10:00:00.123Z')],
    ['JSON', '{"a":1}', {a: 1}],
    ['JSON', '[9007199254740993]', [9007199254740993n]],
    ['STRING', 9007199254740993n, '9007199254740993'],
    ['STRING', [9007199254740993n], '[9007199254740993]'],
    ['INT64', 9007199254740993n, 9007199254740993n],
    ['INT64', '-9223372036854775808', -9223372036854775808n],
    ['NUMERIC', 12345678901234567890n, '12345678901234567890'],
    ['NUMERIC', '123456789012345.67891', '123456789012345.67891'],
    ['DATE', '2000-02-29', '2000-02-29'],
    ['TIMESTAMP', '2024-01-31T12:00:00-23:59', new Date('2024-02-01T11:59:00Z')],
    ['JSON', '123', 123],
    // what a JSON column stores as a string; a plain one it would take for the number
    ['JSON', '"123"', Object('123')],
    ['JSON', Object('123'), Object('123')],
  ] as const)
    it(`makes ${show(value)} of ${show(given)} as ${type}`, () => {
      expect(cast(type, given)).to.deep.equal(value)
    })

  for (const [type, given] of [
    ['INT64', '1.5'],
    ['INT64', '9223372036854775808'],
    ['FLOAT64', '0x10'],
    ['NUMERIC', 'many'],
    ['BOOL', 'maybe'],
    ['DATE', '2023-02-29'],
    ['TIMESTAMP', '2023-02-29T00:00:00Z'],
    ['TIMESTAMP', '2024-01-31T12:00:00.123456Z'],
    ['TIMESTAMP', 'yesterday'],
    ['JSON', '{'],
    ['JSON', '{"a":0.12345678901234567}'],
    ['INT64', '-9223372036854775809'],
    ['INT64', '1.0'],
    ['INT64', '1e3'],
    ['FLOAT64', '1e400'],
    ['DATE', '1900-02-29'],
    ['DATE', '2024-04-31'],
    ['DATE', '2024-00-10'],
    ['DATE', '0000-01-01'],
    ['DATE', '2024-1-1'],
    ['TIMESTAMP', '2024-02-30T00:00:00Z'],
    ['TIMESTAMP', '1900-02-29 00:00:00'],
    ['TIMESTAMP', '2024-01-31T24:00:00Z'],
    ['TIMESTAMP', '2016-12-31T23:59:60Z'],
    ['TIMESTAMP', '2024-01-31T12:60:00Z'],
    ['TIMESTAMP', '2024-01-31T12:00:00+24:00'],
    ['TIMESTAMP', '2024-01-31T12:00:00+01:60'],
  ] as const)
    it(`refuses ${given} as ${type}, naming the field`, () => {
      expect(() => cast(type, given)).to.throw(/^field 'x': ".*" is /)
    })

  it('takes an array for no scalar, also if it has one element', () => {
    for (const type of ['INT64', 'FLOAT64', 'NUMERIC', 'BOOL', 'DATE', 'TIMESTAMP'])
      expect(() => cast(type, [1]), type).to.throw(/^field 'x': \[ 1 \] is not /)
  })
})
