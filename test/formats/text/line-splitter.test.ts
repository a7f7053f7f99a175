import {expect} from 'chai'
import fc from 'fast-check'
import {type LineBatch, LineSplitter} from '../../../lib/formats/index.ts'
import {caught, cut} from '../chunks.ts'

function split(chunks: readonly (Buffer | string)[], options: {skipHeaderLines?: number; maxLineBytes?: number} = {}) {
  const splitter = new LineSplitter({file: 'a.txt', ...options})
  const all: LineBatch = {values: [], offsets: []}
  const add = (batch: LineBatch) => {
    all.values.push(...batch.values)
    all.offsets.push(...batch.offsets)
  }
  for (const chunk of chunks) add(splitter.push(Buffer.from(chunk as string)))
  add(splitter.end())
  return all
}

describe('LineSplitter', () => {
  it('takes \\n and \\r\\n as line ends', () => {
    expect(split(['a\nb\r\nc\n']).values).to.deep.equal(['a', 'b', 'c'])
  })
  it('knows \\r\\n that is cut between two chunks', () => {
    expect(split(['a\r', '\nb\n']).values).to.deep.equal(['a', 'b'])
  })
  it('leaves a lone \\r in the line', () => {
    expect(split(['a\rb\nc\r']).values).to.deep.equal(['a\rb', 'c\r'])
  })
  it('gives out a last line without newline', () => {
    expect(split(['a\nb']).values).to.deep.equal(['a', 'b'])
  })
  it('gives out nothing after the last newline', () => {
    expect(split(['a\n']).values).to.deep.equal(['a'])
  })
  it('gives out empty lines in the middle', () => {
    expect(split(['a\n\n\r\nb\n\n']).values).to.deep.equal(['a', '', '', 'b', ''])
  })
  it('gives nothing for an empty file', () => {
    expect(split([])).to.deep.equal({values: [], offsets: []})
  })
  it('reports the byte offset of each line', () => {
    expect(split(['aé\n', 'b\r\n\nc']).offsets).to.deep.equal([0, 4, 7, 8])
  })
  it('takes a UTF-8 byte order mark off, also byte by byte', () => {
    const bytes = Buffer.from('\ufeffé\nb')
    expect(split([...bytes].map(byte => Buffer.from([byte])))).to.deep.equal({values: ['é', 'b'], offsets: [3, 6]})
  })
  it('leaves a mark in the middle of a file alone', () => {
    expect(split(['a\n\ufeffb']).values).to.deep.equal(['a', '\ufeffb'])
  })
  for (const [name, bytes] of [
    ['UTF-16LE', [0xff, 0xfe, 0x61, 0x00]],
    ['UTF-16BE', [0xfe, 0xff, 0x00, 0x61]],
    ['UTF-32LE', [0xff, 0xfe, 0x00, 0x00]],
    ['UTF-32BE', [0x00, 0x00, 0xfe, 0xff]],
  ] as const)
    it(`refuses ${name} with the file's name and a way out`, () => {
      const error = caught(() => split([...bytes].map(byte => Buffer.from([byte]))))
      expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
      expect(error.message).to.match(/a\.txt is UTF-(16|32).*iconv/)
    })
  it('gives a file that is only the beginning of a mark as it is', () => {
    expect(split([Buffer.from([0xef, 0xbb])]).values).to.deep.equal([Buffer.from([0xef, 0xbb]).toString()])
  })
  it('does not wait for more bytes to give out a short first line', () => {
    expect(new LineSplitter({file: 'a.txt'}).push(Buffer.from('\n')).values).to.deep.equal([''])
  })
  it('puts code points together that a chunk cuts', () => {
    const bytes = Buffer.from('naïve 😀\nü\n')
    expect(split([...bytes].map(byte => Buffer.from([byte]))).values).to.deep.equal(['naïve 😀', 'ü'])
  })
  it('replaces invalid UTF-8 as TextDecoder does', () => {
    const bytes = Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x0a, 0xf0, 0x9f, 0x62])
    expect(split([bytes]).values.join('\n')).to.equal(new TextDecoder().decode(bytes))
  })
  it('skips header lines, blank ones too', () => {
    expect(split(['h1\n\nh', '3\na\n'], {skipHeaderLines: 3})).to.deep.equal({values: ['a'], offsets: [7]})
  })
  it('gives nothing when the file has fewer lines than the header', () => {
    expect(split(['h1\nh2'], {skipHeaderLines: 2}).values).to.deep.equal([])
  })
  it('fails for a longer line than allowed, with file, line, offset and the fix', () => {
    for (const chunks of [['ab\nabcdef\n'], ['ab\nabc', 'def\n'], ['ab\nab', 'c', 'def']]) {
      const error = caught(() => split(chunks, {maxLineBytes: 5}))
      expect(error).to.include({code: 'ERR_SLUICE_READ'})
      expect(error.message).to.match(/^a\.txt, line 2 \(byte 3\): the line is longer than 5 bytes.*maxLineBytes/)
    }
  })
  it('allows a line of exactly the maximum', () => {
    expect(split(['abc', 'de\nabcde'], {maxLineBytes: 5}).values).to.deep.equal(['abcde', 'abcde'])
  })
  it('gives the same lines and offsets however the bytes are cut', () => {
    const piece = fc.constantFrom('a', 'bc', 'é', '😀', '\r', '\n', '\r\n', '\ufeff', '\n\n', '\u0000')
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.nat(60)), fc.nat(3), (pieces, cuts, skipHeaderLines) => {
        const bytes = Buffer.from(pieces.join(''))
        expect(split(cut(bytes, cuts), {skipHeaderLines})).to.deep.equal(split([bytes], {skipHeaderLines}))
      }),
      {numRuns: 500},
    )
  })
  it('gives the lines that a plain split gives, and offsets at which they begin', () => {
    const piece = fc.constantFrom('a', 'é', '😀', '\n', '\r\n', 'xyz')
    fc.assert(
      fc.property(fc.array(piece), pieces => {
        const text = pieces.join('')
        const expected = text.split(/\r?\n/)
        if (expected.at(-1) === '') expected.pop()
        const {values, offsets} = split([text])
        expect(values).to.deep.equal(expected)
        const bytes = Buffer.from(text)
        values.forEach((line, i) => {
          const length = Buffer.byteLength(line)
          expect(bytes.toString('utf8', offsets[i], offsets[i]! + length)).to.equal(line)
        })
      }),
      {numRuns: 300},
    )
  })
})
