import {expect} from 'chai'
import fc from 'fast-check'
import {automatic, FIELD_TYPE_NAMES, fieldConversion} from '../../../lib/formats/types/field-types.ts'

const LONG = 300_000

const convert = (type: string, value: unknown) => fieldConversion(type)!(value)

describe('fieldConversion', () => {
  it('knows BigQuery names and their aliases in any case', () => {
    for (const name of FIELD_TYPE_NAMES)
      for (const spelled of [name, name.toLowerCase(), ` ${name} `])
        expect(fieldConversion(spelled), spelled).to.be.a('function')
  })
  it('knows no other name, such as one that every object has', () => {
    for (const name of ['', 'FLOAT46', 'constructor', 'toString', '__proto__', 'RECORD', 'NUMERIC(10,2)'])
      expect(fieldConversion(name), name).to.equal(undefined)
  })

  const at = new Date('2024-02-29T10:00:00.500Z')
  for (const [type, text, value] of [
    ['STRING', '', ''],
    ['string', ' a ', ' a '],
    ['STRING', 1n, '1'],
    ['STRING', {a: 1}, '{"a":1}'],
    ['INT64', '42', 42],
    ['bigint', ' -7 ', -7],
    ['INTEGER', '007', 7],
    ['INT64', '9007199254740991', 9007199254740991],
    ['INT64', '9007199254740993', 9007199254740993n],
    ['INT64', '-9223372036854775808', -9223372036854775808n],
    ['INT64', 5n, 5],
    ['FLOAT64', '1.50', 1.5],
    ['number', '+.5e1', 5],
    ['FLOAT', '0.1', 0.1],
    ['NUMERIC', '123456789012345.67891', '123456789012345.67891'],
    ['DECIMAL', '1.10', '1.10'],
    ['BIGNUMERIC', '1e-30', '1e-30'],
    ['BOOL', 'Yes', true],
    ['boolean', '0', false],
    ['BOOL', true, true],
    ['TIMESTAMP', '2024-02-29 10:00:00.5 UTC', at],
    ['TIMESTAMP', '2024-02-29T12:00:00.500+02', at],
    ['TIMESTAMP', at, at],
    ['DATE', '2024-02-29', '2024-02-29'],
    ['date', '2024-02-29', '2024-02-29'],
    ['TIME', '23:59:59.123456', '23:59:59.123456'],
    ['DATETIME', '2024-02-29T10:00:00', '2024-02-29T10:00:00'],
    ['JSON', '{"a":[1]}', {a: [1]}],
    ['json', 'null', null],
    ['BYTES', 'aGk=', Buffer.from('hi')],
  ] as const)
    it(`makes ${type} of ${typeof text === 'bigint' ? text : JSON.stringify(text)}`, () => {
      expect(convert(type, text)).to.deep.equal(value)
    })

  for (const [type, value] of [
    ['INT64', '1.5'],
    ['INT64', '1e3'],
    ['INT64', '9223372036854775808'],
    ['INT64', 1.5],
    ['FLOAT64', '0x10'],
    ['FLOAT64', 'Infinity'],
    ['FLOAT64', '1e999'],
    ['FLOAT64', '1,5'],
    ['NUMERIC', 'NaN'],
    ['BOOL', 'maybe'],
    ['TIMESTAMP', '2024-02-30'],
    ['TIMESTAMP', '2024-02-29T10:00:00.000001Z'],
    ['TIMESTAMP', 'yesterday'],
    ['DATE', '2023-02-29'],
    ['DATE', '2024-2-1'],
    ['TIME', '24:00:00'],
    ['DATETIME', '2024-01-01T10:61:00'],
    ['DATETIME', '2024-01-01T10:00:00Z'],
    ['JSON', '{'],
    ['BYTES', 'a'],
  ] as const)
    it(`refuses ${JSON.stringify(value)} for ${type}, naming it`, () => {
      expect(() => convert(type, value)).to.throw(JSON.stringify(value))
    })

  for (const type of FIELD_TYPE_NAMES)
    it(`looks at a field of any length once: ${type}`, () => {
      // by matching that goes back, each would take minutes
      const long = [`${'1'.repeat(LONG)}x`, `${'0'.repeat(LONG)}.${'0'.repeat(LONG)}e`, `${' '.repeat(LONG)}x`]
      const dates = [`2024-01-31${' '.repeat(LONG)}x`, `2024-01-31T10:00:00.${'0'.repeat(LONG)}x`]
      for (const text of [...long, ...dates, `${'A'.repeat(LONG)}=!`])
        if (!['STRING', 'GEOGRAPHY', 'INTERVAL'].includes(type)) expect(() => convert(type, text)).to.throw()
    })
  it('shows of a long field its beginning', () => {
    expect(() => convert('INT64', 'x'.repeat(LONG))).to.throw(`"${'x'.repeat(99)}…" is not an INT64`)
  })
  it('makes null of null, and of a blank field unless it is text', () => {
    for (const name of FIELD_TYPE_NAMES) {
      expect(convert(name, null)).to.equal(null)
      expect(convert(name, undefined)).to.equal(null)
      if (name !== 'STRING') for (const blank of ['', ' ']) expect(convert(name, blank), name).to.equal(null)
    }
  })
})

describe('automatic', () => {
  for (const text of ['1', '-1', '0', '1.5', '1.10', '1e3', '123456789012345', '9007199254740991', '0.1', '1e21'])
    it(`makes a number of ${text}`, () => expect(automatic(text)).to.equal(Number(text)))
  for (const text of [
    '',
    '007',
    '+1',
    '.5',
    '1.',
    '-0',
    '1e999',
    '9007199254740993',
    '123456789012345.67891',
    '0.1000000000000000055511151231257827',
    '1e-400',
    'a',
    ' 1',
    'Infinity',
  ])
    it(`leaves '${text}' text`, () => expect(automatic(text)).to.equal(text))

  it('makes a number only of what prints back the same value', () => {
    const digits = fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,25})?(e[+-]?\d{1,3})?$/)
    fc.assert(
      fc.property(digits, text => {
        const made = automatic(text)
        if (typeof made === 'number') expect(exact(String(made))).to.equal(exact(text))
        else expect(made).to.equal(text)
      }),
      {numRuns: 2000},
    )
  })
  it('leaves text of any length that is not a number', () => {
    for (const text of [`${'1'.repeat(LONG)}x`, `-0.${'0'.repeat(LONG)}x`, `1e${'1'.repeat(LONG)}`])
      expect(automatic(text) === text).to.equal(true)
  })
  it('makes of every number that JavaScript prints that number', () => {
    fc.assert(
      fc.property(fc.double({noNaN: true, noDefaultInfinity: true}), x => {
        // digits of an integer beyond 2^53 - 1 may be those of another integer: they stay text
        const unsafe = Number.isInteger(x) && !Number.isSafeInteger(x) && !String(x).includes('e')
        if (!Object.is(x, -0)) expect(automatic(String(x))).to.equal(unsafe ? String(x) : x)
      }),
      {examples: [[2 ** 53], [-(2 ** 53)], [2 ** 53 - 1], [1e21], [1e20]]},
    )
  })
})

/** A decimal number as a fraction of BigInts, brought to one form by another way than the code has. */
function exact(text: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)\.?(\d*)(?:e([+-]?\d+))?$/.exec(text)!
  const power = Number(exponent) - fraction.length
  const value = BigInt(whole! + fraction) * (power > 0 ? 10n ** BigInt(power) : 1n)
  return `${sign}${value * 10n ** BigInt(1100 + Math.min(power, 0))}`
}
