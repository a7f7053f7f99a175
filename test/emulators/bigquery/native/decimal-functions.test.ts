import {DECIMAL_FUNCTIONS} from '../../../../lib/emulators/bigquery/native/decimal-functions.ts'
import {nativeTests} from './native-cases.ts'

/** Scaled by 10^9, as NUMERIC is, and by 10^18, as BIGNUMERIC is here. */
const n = (value: number) => BigInt(Math.round(value * 1e6)) * 1000n
const big = (value: number) => n(value) * 10n ** 9n

describe('native functions on decimals', () => {
  nativeTests(DECIMAL_FUNCTIONS, {
    bq_mul_NUMERIC: [
      [[n(1.5), n(-2)], n(-3)],
      [[1n, n(0.5)], 1n],
      [[10n ** 37n, n(100)], /NUMERIC overflow/],
    ],
    bq_div_NUMERIC: [
      [[n(1), n(4)], n(0.25)],
      [[n(2), n(3)], 666_666_667n],
      [[n(1), 0n], /division by zero: 1 \/ 0/],
    ],
    bq_mod_NUMERIC: [
      [[n(-7), n(2)], n(-1)],
      [[n(1), 0n], /division by zero: MOD\(1, 0\)/],
    ],
    bq_round_NUMERIC: [
      [[n(2.5), 0n, false], n(3)],
      [[n(-2.5), 0n, false], n(-3)],
      [[n(2.79), 1n, true], n(2.7)],
      [[n(125), -1n, false], n(130)],
    ],
    bq_fit_NUMERIC: [
      [[n(1.26), 3n, 1n], n(1.3)],
      [[n(100), 3n, 1n], /^NUMERIC\(3, 1\) has precision 3 and scale 1 but got a value that is not in range: 100$/],
    ],
    bq_to_numeric: [
      [[' 1.5 '], n(1.5)],
      [['0.0000000005'], 1n],
      [['x'], /Invalid NUMERIC value: x/],
      [['1e30'], /Invalid NUMERIC value/],
    ],
    bq_float_numeric: [
      [[0.5], n(0.5)],
      [[Number.NaN], /non-finite floating point number to NUMERIC/],
      [[1e30], /NUMERIC out of range: 1e\+30/],
    ],
    bq_mul_BIGNUMERIC: [[[big(1.5), big(2)], big(3)]],
    bq_div_BIGNUMERIC: [
      [[big(1), big(4)], big(0.25)],
      [[big(1), big(3)], /more than 18 digits/],
    ],
    bq_mod_BIGNUMERIC: [[[big(7), big(2)], big(1)]],
    bq_round_BIGNUMERIC: [[[big(1.25), 1n, false], big(1.3)]],
    bq_fit_BIGNUMERIC: [[[big(1.26), 3n, 1n], big(1.3)]],
    bq_to_bignumeric: [
      [['1.5'], big(1.5)],
      [['0.0000000000000000001'], /18 digits/],
    ],
    bq_float_bignumeric: [[[0.5], big(0.5)]],
  })
})
