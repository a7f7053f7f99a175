import {expect} from 'chai'
import fc from 'fast-check'
import {InexactNumber, type JsonNumbers, jsonLine, jsonValue} from '../../../lib/formats/index.ts'

/** What came of it, or the error as it is told. */
function outcome(read: () => unknown): unknown {
  try {
    return {value: read()}
  } catch (error) {
    return {error: `${(error as Error).name}: ${(error as Error).message}`}
  }
}

describe('jsonValue', () => {
  describe("with 'exact'", () => {
    const read: [string, unknown][] = [
      ['9007199254740991', 9007199254740991],
      ['-9007199254740991', -9007199254740991],
      ['9007199254740992', 9007199254740992n],
      ['9007199254740993', 9007199254740993n],
      ['-9007199254740993', -9007199254740993n],
      ['12345678901234567890', 12345678901234567890n],
      ['100000000000000000000', 100000000000000000000n],
      ['1e20', 1e20],
      ['1.10', 1.1],
      ['1.1000000000000000000000000', 1.1],
      ['0.30000000000000004', 0.30000000000000004],
      ['1.7976931348623157e308', Number.MAX_VALUE],
      ['5e-324', Number.MIN_VALUE],
      ['0e999', 0],
      ['0.00000000000000000000', 0],
      ['1000000000000000000000e-5', 1e16],
      ['-0', -0],
    ]
    for (const [text, value] of read)
      it(`reads ${text}`, () => {
        expect(jsonValue(text)).to.equal(value)
        expect(jsonValue(`{"a":[${text} , 1]}`)).to.deep.equal({a: [value, 1]})
      })

    const refused: [string, RegExp][] = [
      ['123456789012345.67891', /would become 123456789012345.67 as a number/],
      ['0.12345678901234567', /would become 0\.1234567890123456\d /],
      ['3.14159265358979323846', /would become 3.141592653589793 /],
      ['9007199254740993.0', /would become 9007199254740992 /],
      ['9007199254740993e0', /would become/],
      ['1e309', /is too large for a number/],
      ['-1e400', /is too large/],
      ['1e-400', /would become 0 /],
      ['4.5e-324', /would become 5e-324/],
      [`1${'0'.repeat(400)}.5`, /is too large/],
      ['1'.repeat(10_001), /has 10001 digits/],
    ]
    for (const [text, message] of refused)
      it(`refuses ${text.slice(0, 40)}, and says where it is and what helps`, () => {
        expect(() => jsonValue(`{"items":[0,{"price":${text}}]}`))
          .to.throw(InexactNumber, message)
          .with.property('message')
          .that.matches(/^field 'items\[1\]\.price': .*Set `numbers: 'text'`/)
      })
  })

  it("gives the digits as read with 'text', of integers beyond 2^53 and of what would be rounded", () => {
    const text = '[9007199254740991,9007199254740992,-9007199254740993,123456789012345.67891,1e400,0.5]'
    expect(jsonValue(text, 'text')).to.deep.equal([
      9007199254740991,
      '9007199254740992',
      '-9007199254740993',
      '123456789012345.67891',
      '1e400',
      0.5,
    ])
  })

  it("is JSON.parse with 'double'", () => {
    const text = '[9007199254740993,123456789012345.67891,1e400]'
    expect(jsonValue(text, 'double')).to.deep.equal(JSON.parse(text))
  })

  it('leaves digits in strings and keys alone', () => {
    const text =
      '{"9007199254740993":"9007199254740993","a":"x 123456789012345.67891, y","b":"\\"9007199254740993\\\\","c":1e1}'
    expect(jsonValue(text)).to.deep.equal(JSON.parse(text))
    expect(jsonValue(text.replace('1e1', '9007199254740993'))).to.deep.equal({
      ...JSON.parse(text),
      c: 9007199254740993n,
    })
  })

  it('keeps the order of keys, takes the last of the same, and `__proto__` for a key', () => {
    const value = jsonValue('{"b":1,"a":1,"__proto__":{"x":9007199254740993},"b":9007199254740993}') as object
    expect(Object.keys(value)).to.deep.equal(['b', 'a', '__proto__'])
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype)
    expect(jsonLine(value)).to.equal('{"b":9007199254740993,"a":1,"__proto__":{"x":9007199254740993}}')
  })

  it('reads what is nested deeply', () => {
    const text = `${'{"a":['.repeat(20_000)}9007199254740993${']}'.repeat(20_000)}`
    expect(jsonLine(jsonValue(text))).to.equal(text)
  })

  it('finds a long number wherever it stands in its text', () => {
    for (let before = 0; before < 40; before++)
      for (let digits = 15; digits < 40; digits++) {
        const literal = '9'.repeat(digits)
        expect(jsonValue(`{"${'x'.repeat(before)}":${literal},"y":1}`)).to.deep.equal({
          ['x'.repeat(before)]: digits === 15 ? Number(literal) : BigInt(literal),
          y: 1,
        })
      }
  })

  const modes = fc.constantFrom<JsonNumbers>('exact', 'text', 'double')
  const spaced = (value: unknown, space: string) => JSON.stringify(value, null, space)
  const short = fc.oneof(fc.integer(), fc.double({noNaN: true, noDefaultInfinity: true}).filter(isShort))
  const tree = fc.letrec(tie => ({
    value: fc.oneof(
      {maxDepth: 4},
      short,
      fc.string({unit: 'binary'}),
      fc.constantFrom('1234567890123456789', '\\"', '"', '\\'),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), {maxLength: 4}),
      fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('value'), {maxKeys: 4}),
    ),
  })).value

  it('is JSON.parse wherever no number is too long', () => {
    fc.assert(
      fc.property(tree, modes, fc.constantFrom('', ' ', '\n\t'), (value, numbers, space) => {
        const text = spaced(value, space)
        expect(jsonValue(text, numbers)).to.deep.equal(JSON.parse(text))
      }),
    )
  })

  it('reads a value that has a long number as JSON.parse does, but for that number', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom('', '  '), (value, space) => {
        // the last one: the tree may have others
        const text = spaced([value, {end: '@'}], space).replace(/"@"(?=[^"]*$)/, '9007199254740993')
        const read = jsonValue(text) as unknown[]
        expect(read).to.deep.equal([JSON.parse(JSON.stringify(value)), {end: 9007199254740993n}])
      }),
    )
  })

  it('says the same as JSON.parse of anything that is not JSON', () => {
    const text = fc.oneof(
      fc.string({unit: fc.constantFrom(...'{}[]",:0123456789.eE+- tfn\\'), maxLength: 60}),
      fc.tuple(tree, fc.nat(), fc.string({maxLength: 2})).map(([value, at, more]) => {
        const whole = JSON.stringify([value, 9007199254740992])
        return whole.slice(0, at % whole.length) + more + whole.slice(at % whole.length)
      }),
    )
    fc.assert(
      fc.property(text, modes, (given, numbers) => {
        const expected = outcome(() => JSON.parse(given)) as {error?: string}
        const found = outcome(() => jsonValue(given, numbers)) as {error?: string}
        if (expected.error !== undefined) expect(found).to.deep.equal(expected)
        else if (found.error !== undefined) expect(found.error).to.match(/numbers: 'text'/)
      }),
      {numRuns: 1000},
    )
  })

  it('never gives another number than the text has', () => {
    const literal = fc
      .tuple(
        fc.constantFrom('', '-'),
        fc.bigInt({min: 0n, max: 10n ** 25n}),
        fc.option(fc.string({unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 25})),
        fc.option(fc.integer({min: -330, max: 330})),
      )
      .map(([sign, whole, fraction, exponent]) =>
        [sign, whole, fraction === null ? '' : `.${fraction}`, exponent === null ? '' : `e${exponent}`].join(''),
      )
    fc.assert(
      fc.property(literal, text => {
        const found = outcome(() => jsonValue(`[${text}]`)) as {value?: (number | bigint)[]}
        if (found.value) expect(ratio(String(found.value[0]))).to.deep.equal(ratio(text))
        expect(ratio(String((jsonValue(`[${text}]`, 'text') as unknown[])[0]))).to.deep.equal(ratio(text))
      }),
      {numRuns: 1000},
    )
  })

  it('gives back every double as it was printed', () => {
    fc.assert(
      fc.property(fc.double({noNaN: true, noDefaultInfinity: true}), value => {
        const found = jsonValue(JSON.stringify([value])) as (number | bigint)[]
        expect(Number(found[0])).to.equal(value === 0 ? 0 : value)
      }),
      {numRuns: 1000},
    )
  })
})

function isShort(value: number): boolean {
  return String(value).length < 15 || !Number.isInteger(value)
}

/** A decimal number as an integer of 1e-800: an exact value to compare, computed another way. */
function ratio(text: string): bigint {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)\.?(\d*)(?:e([+-]?\d+))?$/.exec(text)!
  const value = BigInt(whole + fraction) * 10n ** BigInt(800 - fraction.length + Number(exponent))
  return sign ? -value : value
}
