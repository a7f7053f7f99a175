import {TEXT_FUNCTIONS} from '../../../../lib/emulators/bigquery/native/text-functions.ts'
import {nativeTests} from './native-cases.ts'

const SHA512_OF_NOTHING =
  'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce' +
  '47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e'
const bytes = (...list: number[]) => Uint8Array.from(list)

describe('native functions on text', () => {
  nativeTests(TEXT_FUNCTIONS, {
    bq_cap: [
      [['a'], 'a'],
      [['x'.repeat(104_857_601)], /exceeds the limit of 100 MiB/],
    ],
    bq_raise: [[['no'], /^no$/]],
    bq_substr: [
      [['a😀c', 2n], '😀c'],
      [['abc', -2n], 'bc'],
      [['abc', 0n], 'abc'],
      [['abc', -9n], 'abc'],
    ],
    bq_substr_length: [
      [['abc', 2n, 1n], 'b'],
      [['abc', 1n, -1n], /Third argument in SUBSTR\(\) cannot be negative/],
    ],
    bq_left: [
      [['😀bc', 2n], '😀b'],
      [['a', -1n], /Second argument in LEFT\(\)/],
    ],
    bq_right: [
      [['ab😀', 2n], 'b😀'],
      [['ab', 5n], 'ab'],
      [['a', -1n], /Second argument in RIGHT\(\)/],
    ],
    bq_max_length_STRING: [
      [['😀', 1n, 'f'], '😀'],
      [['ab', 1n, 'f'], /^Field f: STRING\(1\) has maximum length 1 but got a value with length 2$/],
    ],
    bq_max_length_BYTES: [
      [[bytes(1), 1n, 'f'], '01'],
      [[bytes(1, 2), 1n, 'f'], /^Field f: BYTES\(1\)/],
    ],
    bq_initcap: [[['hELLO wORLD-x'], 'Hello World-X']],
    bq_reverse: [[['a😀'], '😀a']],
    bq_contains_substr: [
      [['The Blue House', 'blue'], true],
      [['a', 'b'], false],
      [['ａ', 'A'], true],
    ],
    bq_normalize: [[['e\u0301'], 'é']],
    bq_repeat: [
      [['ab', 2n], 'abab'],
      [['a', -1n], /cannot be negative/],
      [['a', 10_485_761n], /Output of REPEAT exceeds the limit/],
    ],
    bq_pad: [
      [['ab', 5n, 'xy', true], 'xyxab'],
      [['ab', 5n, 'xy', false], 'abxyx'],
      [['abc', 2n, ' ', true], 'ab'],
      [['a', 2n, '', true], /LPAD cannot be empty/],
      [['a', -1n, ' ', false], /RPAD cannot be negative/],
    ],
    bq_translate: [
      [['abc', 'ab', 'x'], 'xc'],
      [['a', 'aa', 'x'], /Duplicate character/],
    ],
    bq_sha512: [[[bytes()], SHA512_OF_NOTHING]],
    bq_safe_utf8: [[[bytes(97, 255)], 'a\ufffd']],
    bq_groups: [
      [['a(b)'], 1n],
      [['\\(a[(]b(?:c)'], 0n],
      [['(a)(?P<x>b)'], /more than 1 capturing group/],
    ],
    bq_like_regex: [
      [['a%_.'], 'a.*.\\.'],
      [['a\\'], /LIKE pattern ends with a backslash/],
    ],
  })
})
