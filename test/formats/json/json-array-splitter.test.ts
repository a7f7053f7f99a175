import {expect} from 'chai'
import fc from 'fast-check'
import type {SluiceError} from '../../../lib/errors/index.ts'
import {jsonTexts} from '../../../lib/formats/index.ts'
import {caught, cut} from '../chunks.ts'

interface Found {
  texts: string[]
  offsets: number[]
  lines: number[]
  broken: number[]
  failure: SluiceError | undefined
}

function split(chunks: readonly (Buffer | string)[], maxLineBytes = 1000): Found {
  const splitter = jsonTexts('a.json', 'array', maxLineBytes)
  const found: Found = {texts: [], offsets: [], lines: [], broken: [], failure: undefined}
  const add = (batch: ReturnType<typeof splitter.push>) => {
    found.broken.push(...[...(batch.broken?.keys() ?? [])].map(i => i + found.texts.length))
    found.texts.push(...batch.values)
    found.offsets.push(...batch.offsets)
    found.lines.push(...batch.lines!)
    found.failure = batch.failure
  }
  for (const chunk of chunks) {
    add(splitter.push(Buffer.from(chunk as string)))
    if (found.failure) return found
  }
  add(splitter.end())
  return found
}
const bytewise = (text: string | Buffer) => [...Buffer.from(text as string)].map(byte => Buffer.from([byte]))

describe('JsonArraySplitter', () => {
  it('gives the text of each element with its byte and line', () => {
    const text = '\ufeff [\n {"é": [1, 2]} ,\n\n "a,]\\"}",3\n]\n'
    for (const chunks of [[text], bytewise(text)])
      expect(split(chunks)).to.deep.equal({
        texts: ['{"é": [1, 2]}', '"a,]\\"}"', '3'],
        offsets: [7, 26, 35],
        lines: [2, 4, 4],
        broken: [],
        failure: undefined,
      })
  })
  it('gives nothing for an empty array', () => {
    for (const text of ['[]', ' [ \n] ']) expect(split([text])).to.deep.include({texts: [], failure: undefined})
  })
  it('takes all between two commas for an element, whatever it is', () => {
    expect(split(['[{"a":1} {"b":2},}x,tru,[1}]']).texts).to.deep.equal(['{"a":1} {"b":2}', '}x', 'tru', '[1}'])
  })
  it('takes a missing element for an empty one', () => {
    expect(split(['[,1,,2,]']).texts).to.deep.equal(['', '1', '', '2', ''])
  })
  it('counts lines that stand in strings', () => {
    const text = '["a\nb", "\\\n", 1]'
    for (const chunks of [[text], bytewise(text)]) expect(split(chunks).lines).to.deep.equal([1, 2, 3])
  })
  it('tells elements that are not UTF-8 from those with a replacement character in the file', () => {
    const text = Buffer.concat([
      Buffer.from('["é","\ufffd",'),
      Buffer.from([0x22, 0xe2, 0x82, 0x22]),
      Buffer.from(',"ü"]'),
    ])
    for (const chunks of [[text], bytewise(text)]) expect(split(chunks).broken).to.deep.equal([2])
  })
  for (const [what, text, texts, message] of [
    [
      'something else than an array',
      ' {"a":1}',
      [],
      /line 1 \(byte 1\): the file is not a JSON array: it begins with "\{.*format: 'lines'/,
    ],
    ['nothing', '', [], /line 1 \(byte 0\): the file ends here without a JSON array/],
    ['blanks', '\n ', [], /line 2 \(byte 2\): the file ends here/],
    [
      'an array that is not closed',
      '[1,\n2',
      ['1'],
      /line 2 \(byte 4\): the file ends in the element that begins here/,
    ],
    [
      'an array that ends behind a comma',
      '[1,\n',
      ['1'],
      /line 2 \(byte 4\): the file ends before its array is closed/,
    ],
    ['a string that is not closed', '[1,"a]', ['1'], /line 1 \(byte 3\): the file ends in the element/],
    ['a bracket that is not closed', '[1,{"a":[}]', ['1'], /line 1 \(byte 3\): the file ends in the element/],
    ['something behind the array', '[1]\n\n[2]', ['1'], /line 3 \(byte 5\): something follows the end/],
  ] as const)
    it(`names line and byte of ${what}, after the elements before it`, () => {
      for (const chunks of [[text], bytewise(text)]) {
        const found = split(chunks)
        expect(found.texts).to.deep.equal(texts)
        expect(found.failure).to.include({code: 'ERR_SLUICE_JSON'})
        expect(found.failure!.message)
          .to.match(message)
          .and.match(/^a\.json, /)
      }
    })
  it('bounds an element, which a quote that is not closed would make as long as the file', () => {
    for (const chunks of [
      ['[1,"abc",5,"', 'x'.repeat(10)],
      bytewise('[1,"abc",5,"xxxxxxxx",'),
      ['[1,"abc",5,"xxxx",6]'],
    ]) {
      const found = split(chunks, 5)
      expect(found.texts).to.deep.equal(['1', '"abc"', '5'])
      expect(found.failure).to.include({code: 'ERR_SLUICE_READ'})
      expect(found.failure!.message).to.match(/^a\.json, line 1 \(byte 11\): the element .* 5 bytes.*maxLineBytes/)
    }
  })
  it('refuses UTF-16, with a mark and without', () => {
    for (const bytes of [Buffer.from('\ufeff[1]', 'utf16le'), Buffer.from('\ufeff[1]', 'utf16le').swap16()])
      expect(caught(() => split(bytewise(bytes))).code).to.equal('ERR_SLUICE_ENCODING')
    expect(split([Buffer.from('[1]', 'utf16le').swap16()]).failure).to.include({code: 'ERR_SLUICE_ENCODING'})
    expect(split([Buffer.from('[1]', 'utf16le')]).failure).to.include({code: 'ERR_SLUICE_ENCODING'})
  })
  it('gives the elements that JSON.parse gives, with the places at which they begin, however the bytes are cut', () => {
    const space = fc.constantFrom('', ' ', '\n', '\r\n\t', ' \n ')
    const indent = fc.constantFrom(0, 1, '\t')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.jsonValue({maxDepth: 3}), space, space, indent), {maxLength: 8}),
        fc.array(fc.nat(200)),
        (elements, cuts) => {
          const text = ` [${elements.map(([value, a, b, tab]) => a + JSON.stringify(value, null, tab) + b).join(',')}]\n`
          const bytes = Buffer.from(text)
          for (const chunks of [cut(bytes, cuts), bytewise(bytes)]) {
            const {texts, offsets, lines, broken, failure} = split(chunks, 10_000)
            expect(failure).to.equal(undefined)
            expect(broken).to.deep.equal([])
            expect(texts.map(each => JSON.parse(each))).to.deep.equal(JSON.parse(text))
            texts.forEach((each, i) => {
              const from = offsets[i]!
              expect(bytes.toString('utf8', from, from + Buffer.byteLength(each))).to.equal(each)
              expect(lines[i]).to.equal(bytes.toString('latin1', 0, from).split('\n').length)
            })
          }
        },
      ),
      {numRuns: 200},
    )
  })
  it('finds in any text the same, however it is cut; and takes for an array what JSON.parse takes for one', () => {
    const piece = fc.constantFrom('[', ']', '{', '}', ',', '"', '\\', '1', ' ', '\n', 'é', '"a":', 'null')
    fc.assert(
      fc.property(fc.array(piece, {maxLength: 20}), fc.array(fc.nat(40)), (pieces, cuts) => {
        const bytes = Buffer.from(`[${pieces.join('')}`)
        const {failure, ...whole} = split([bytes])
        for (const chunks of [cut(bytes, cuts), bytewise(bytes)]) {
          const {failure: itsFailure, ...found} = split(chunks)
          expect(found).to.deep.equal(whole)
          expect(itsFailure?.message).to.equal(failure?.message)
        }
        const value = parsed(bytes.toString())
        const elements = whole.texts.map(parsed)
        if (value !== undefined) {
          expect(failure).to.equal(undefined)
          expect(elements).to.deep.equal(value)
        } else expect(failure !== undefined || elements.includes(undefined)).to.equal(true)
      }),
      {numRuns: 1000},
    )
  })
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

describe('JSON of either form', () => {
  const forms = (text: string | Buffer) => {
    const found = [[text], bytewise(text)].map(chunks => {
      const texts = jsonTexts('a.json', 'auto', 1000)
      const batches = [...chunks.map(chunk => texts.push(Buffer.from(chunk as string))), texts.end()]
      return {
        array: batches.some(batch => batch.lines),
        values: batches.flatMap(batch => batch.values).filter(each => each.trim() !== ''),
        line: texts.line,
      }
    })
    expect(found[0]).to.deep.equal(found[1])
    return found[0]
  }

  it('is an array when the first byte that is not blank is a bracket', () => {
    for (const text of ['[1,2]', '\ufeff[1,2]', '\ufeff\n\t [1,2]'])
      expect(forms(text)).to.deep.equal({array: true, values: ['1', '2'], line: Number.NaN})
  })
  it('is lines when it is something else', () => {
    for (const text of ['1\n2', '\ufeff1\n2\n'])
      expect(forms(text)).to.deep.equal({array: false, values: ['1', '2'], line: 2})
    expect(forms('\n 1\n2')).to.deep.equal({array: false, values: [' 1', '2'], line: 3})
  })
  it('is lines when there is nothing', () => {
    expect(forms('')).to.deep.equal({array: false, values: [], line: 0})
    expect(forms('\n \n')).to.deep.equal({array: false, values: [], line: 2})
    expect(forms(Buffer.from([0xef, 0xbb]))!.values).to.deep.equal([Buffer.from([0xef, 0xbb]).toString()])
  })
  it('is lines after 64 KiB of blanks, so that no more than that is held', () => {
    const texts = jsonTexts('a.json', 'auto', 1000)
    expect(texts.push(Buffer.alloc(65_535, ' \n')).values).to.deep.equal([])
    expect(texts.push(Buffer.from(' ')).values).to.have.length(32_767)
  })
})
