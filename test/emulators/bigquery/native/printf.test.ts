import {PRINTF_FUNCTIONS} from '../../../../lib/emulators/bigquery/native/printf.ts'
import {nativeTests} from './native-cases.ts'

describe("native functions of FORMAT's specifiers", () => {
  nativeTests(PRINTF_FUNCTIONS, {
    bq_printf_int: [
      [['%d', -5n], '-5'],
      [['%+05d', 5n], '+0005'],
      [["%'d", 1234567n], '1,234,567'],
      [['%-4d', 5n], '5   '],
      [['%#x', 255n], '0xff'],
      [['%X', 255n], 'FF'],
      [['%o', 8n], '10'],
      [['%99999d', 1n], /too wide/],
    ],
    bq_printf_float: [
      [['%f', 1.5], '1.500000'],
      [['%.1e', 1234], '1.2e+03'],
      [['%g', 1e-5], '1e-05'],
      [['%F', Number.POSITIVE_INFINITY], 'INF'],
      [['%05f', Number.NaN], '  nan'],
    ],
    bq_printf_decimal: [
      [['%.2f', '1.005'], '1.01'],
      [['%f', '-2'], '-2.000000'],
      [['%e', '1'], /%e of NUMERIC is not supported/],
    ],
    bq_printf_text: [
      [['%s', 'a'], 'a'],
      [['%4s', '😀'], '   😀'],
      [['%-3s', 'a'], 'a  '],
      [['%.1s', '😀b'], '😀'],
    ],
  })
})
