import {expect} from 'chai'
import {floatText, general, NUMBER_FUNCTIONS} from '../../../../lib/emulators/bigquery/native/number-functions.ts'
import {nativeTests} from './native-cases.ts'

describe('native functions on numbers', () => {
  it('floatText prints the fewest digits that read back, of 15 or 17', () => {
    for (const [value, text] of [
      [0.1, '0.1'],
      [0.1 + 0.2, '0.30000000000000004'],
      [1e21, '1e+21'],
      [1e-5, '1e-05'],
      [-0, '0'],
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, '-inf'],
    ] as const)
      expect(floatText(value)).to.equal(text)
  })
  it('general is %g', () => {
    expect([
      general(1234567, 6),
      general(0.0001, 6),
      general(0.00001, 6),
      general(100, 3),
      general(-0, 6),
    ]).to.deep.equal(['1.23457e+06', '0.0001', '1e-05', '100', '-0'])
  })

  nativeTests(NUMBER_FUNCTIONS, {
    bq_to_int64: [
      [[' -12 '], -12n],
      [['0x1F'], 31n],
      [['-0xa'], -10n],
      [['9223372036854775808'], /Bad int64 value/],
      [['1.5'], /Bad int64 value: 1\.5/],
    ],
    bq_to_float64: [
      [[' 1e3 '], 1000],
      [['inf'], Number.POSITIVE_INFINITY],
      [['1e999'], /Bad double value/],
      [['x'], /Bad double value: x/],
    ],
    bq_to_bool: [
      [[' TRUE '], true],
      [['false'], false],
      [['1'], /Bad bool value: 1/],
    ],
    bq_float_text: [[[2.5], '2.5']],
    bq_float_shown: [
      [[2], '2.0'],
      [[1e21], '1e+21'],
    ],
    bq_decimal_text: [
      [['1.50'], '1.5'],
      [['2.00'], '2'],
      [['100'], '100'],
    ],
    bq_round_float: [
      [[2.5, 0n], 3],
      [[-2.5, 0n], -3],
      [[125, -1n], 130],
      [[1.5, 400n], 1.5],
      [[1.5, -400n], 0],
    ],
    bq_trunc_float: [
      [[2.79, 1n], 2.7],
      [[-2.79, 1n], -2.7],
      [[129, -1n], 120],
    ],
    bq_log: [
      [[100, 10], 2],
      [[8, 2], 3],
      [[0, 10], /LOG is out of its domain/],
      [[1, 1], /LOG is out of its domain/],
    ],
    bq_finite: [
      [[1, 0], 1],
      [[Number.POSITIVE_INFINITY, Number.NaN], Number.POSITIVE_INFINITY],
      [[Number.POSITIVE_INFINITY, 0], /Floating point overflow/],
    ],
    bq_finite_or_null: [
      [[Number.POSITIVE_INFINITY, 0], null],
      [[Number.POSITIVE_INFINITY, Number.NaN], Number.POSITIVE_INFINITY],
      [[1, 0], 1],
    ],
    bq_divisor: [
      [[2], 2],
      [[0], /division by zero/],
    ],
    bq_shift: [
      [[1n, 63n, true], -9223372036854775808n],
      [[-1n, 63n, false], 1n],
      [[1n, 64n, true], 0n],
      [[1n, -1n, true], /negative number/],
    ],
  })
})
