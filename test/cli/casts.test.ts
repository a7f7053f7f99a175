import {expect} from 'chai'
import {castFields, checkCasts} from '../../lib/cli/casts.ts'

const cast = (type: string, x: unknown) => castFields(checkCasts([`x:${type}`]), {x})['x']

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
    ['JSON', '123', 123],
    // what a JSON column stores as a string; a plain one it would take for the number
    ['JSON', '"123"', Object('123')],
    ['JSON', Object('123'), Object('123')],
  ] as const)
    it(`makes ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)} of ${JSON.stringify(given)} as ${type}`, () => {
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
  ] as const)
    it(`refuses ${given} as ${type}, naming the field`, () => {
      expect(() => cast(type, given)).to.throw(/^field 'x': ".*" is /)
    })
})
