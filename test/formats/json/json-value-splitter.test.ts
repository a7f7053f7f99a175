import {expect} from 'chai'
import fc from 'fast-check'
import {jsonTexts} from '../../../lib/formats/index.ts'

/** The texts and the failure of a document that comes in chunks of this size. */
function split(input: string | Buffer, size = 1000, max = 1000) {
  const bytes = Buffer.from(input)
  const texts = jsonTexts('a.json', 'document', max)
  const found: {values: string[]; offsets: number[]; lines: number[]; failure?: string} = {
    values: [],
    offsets: [],
    lines: [],
  }
  const take = (batch: ReturnType<typeof texts.push>) => {
    found.values.push(...batch.values)
    found.offsets.push(...batch.offsets)
    found.lines.push(...(batch.lines ?? []))
    if (batch.failure) found.failure ??= batch.failure.message
  }
  for (let at = 0; at < bytes.length && found.failure === undefined; at += size)
    take(texts.push(bytes.subarray(at, at + size)))
  if (found.failure === undefined) take(texts.end())
  return found
}

describe('a JSON document', () => {
  for (const [what, input, values] of [
    ['an array', '[1, {"a":\n2}]', ['1', '{"a":\n2}']],
    ['an empty array', ' [ ] ', []],
    ['one value over several lines', '{\n "a": [1,\n 2]\n}\n', ['{\n "a": [1,\n 2]\n}']],
    [
      'values one after the other',
      '{"a":1}{"b":2}\n"x""y" 1 true\n[2]',
      ['{"a":1}', '{"b":2}', '"x"', '"y"', '1', 'true', '[2]'],
    ],
    ['brackets and quotes in strings', '{"a":"]}\\""} 2', ['{"a":"]}\\""}', '2']],
    ['a word of its own for what is no JSON', '{a:1} nope, }', ['{a:1}', 'nope,', '}']],
    ['nothing', ' \n', []],
  ] as const)
    it(`is ${what}`, () => {
      for (const size of [1, 3, 1000]) {
        const found = split(input, size)
        expect([found.values, found.failure]).to.deep.equal([values, undefined])
      }
    })

  it('reports the line and the byte at which a value begins', () => {
    const {lines, offsets} = split('\ufeff{"ä":\n1}\n\n 2')
    expect({lines, offsets}).to.deep.equal({lines: [1, 4], offsets: [3, 15]})
  })
  it('fails where it ends in a value', () => {
    expect(split('1 {"a":').failure).to.equal('a.json, line 1 (byte 2): the file ends in the value that begins here')
  })
  it('fails at a value that is too long', () => {
    expect(split(`1 "${'x'.repeat(50)}"`, 10, 20).failure).to.match(/byte 2.*longer than 20/)
  })
  it('is not UTF-16', () => {
    expect(split(Buffer.from('{"a":1}', 'utf16le')).failure).to.include('UTF-16')
  })
  it('gives back any values, however they are laid out and cut', () => {
    const document = fc.array(
      fc.tuple(fc.jsonValue(), fc.constantFrom(undefined, 2), fc.constantFrom(' ', '\n', '\r\n\t')),
    )
    fc.assert(
      fc.property(document, fc.integer({min: 1, max: 20}), (parts, size) => {
        // what begins with a bracket is an array
        fc.pre(!Array.isArray(parts[0]?.[0]))
        const text = parts.map(([value, indent, blank]) => JSON.stringify(value, null, indent) + blank).join('')
        expect(split(text, size, 100_000).values.map(value => JSON.parse(value) as unknown)).to.deep.equal(
          parts.map(([value]) => JSON.parse(JSON.stringify(value)) as unknown),
        )
      }),
    )
  })
})
