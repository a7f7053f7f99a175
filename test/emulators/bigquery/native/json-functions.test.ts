import {JSON_FUNCTIONS} from '../../../../lib/emulators/bigquery/native/json-functions.ts'
import {nativeTests} from './native-cases.ts'

const OBJECT = '{"a": {"b c": [1, "x", null]}, "n": 1.50}'

describe('native functions on JSON', () => {
  nativeTests(JSON_FUNCTIONS, {
    bq_parse_json: [
      [['{"b": 1, "a": 2.0}'], '{"a":2.0,"b":1}'],
      [['18446744073709551615'], '18446744073709551615'],
      [['0.12345678901234567890'], /cannot be represented without loss of precision/],
      [['{oops'], /syntax error/],
    ],
    bq_json_get: [
      [[OBJECT, '$.a."b c"[1]', 'value'], 'x'],
      [[OBJECT, "$.a['b c']", 'legacy'], '[1,"x",null]'],
      [[OBJECT, '$.n', 'value'], '1.50'],
      [[OBJECT, '$.a', 'value'], null],
      [[OBJECT, '$.missing', 'query'], null],
      [[OBJECT, 'a', 'query'], /JSONPath must start with '\$'/],
      [[OBJECT, '$.*', 'query'], /Invalid token in JSONPath/],
    ],
    bq_json_list: [
      [
        [OBJECT, '$.a."b c"', 'value'],
        ['1', 'x', null],
      ],
      [
        [OBJECT, '$.a."b c"', 'query'],
        ['1', '"x"', 'null'],
      ],
      [[OBJECT, '$.n', 'value'], null],
      [
        [OBJECT, '$', 'keys'],
        ['a', 'a."b c"', 'n'],
      ],
    ],
    bq_json_field: [
      [['{"a":1}', 'a'], '1'],
      [['[1]', 'a'], null],
    ],
    bq_json_item: [
      [['[1,2]', 1n], '2'],
      [['[1,2]', -1n], null],
      [['[1,2]', 2n], null],
    ],
    bq_json_type: [
      [['1'], 'number'],
      [['[]'], 'array'],
      [['{}'], 'object'],
      [['null'], 'null'],
      [['"a"'], 'string'],
      [['true'], 'boolean'],
    ],
    bq_json_scalar: [
      [['10.0', 'int64'], '10'],
      [['"a"', 'string'], 'a'],
      [['1.5', 'int64'], /not an integer: 1\.5/],
      [['"1"', 'number'], /not a number/],
    ],
    bq_json_string: [[['a"b'], '"a\\"b"']],
    bq_json_float: [
      [[1.5], '1.5'],
      [[Number.NaN], '"NaN"'],
      [[Number.NEGATIVE_INFINITY], '"-Infinity"'],
    ],
    bq_json_decimal: [
      [['1.50'], '1.5'],
      [['12345678901234567.1'], '"12345678901234567.1"'],
    ],
  })
})
