import {expect} from 'chai'
import fc from 'fast-check'
import {checkTextOptions, type LineBatch, type TextOptions, textSplitter} from '../../../lib/formats/index.ts'
import {caught, cut} from '../chunks.ts'

function split(chunks: readonly (Buffer | string)[], options: TextOptions) {
  const splitter = textSplitter('a.txt', checkTextOptions('test', options))
  const all: LineBatch = {values: [], offsets: []}
  const add = (batch: LineBatch) => {
    all.values.push(...batch.values)
    all.offsets.push(...batch.offsets)
  }
  for (const chunk of chunks) add(splitter.push(Buffer.from(chunk as string)))
  add(splitter.end())
  expect(splitter.line).to.equal(all.values.length + (options.skipHeaderLines ?? 0))
  return all
}

/** What records are, byte after byte: the meaning of the options without any of the splitter's means. */
function oracle(bytes: Buffer, {delimiter, escape: escaping}: TextOptions): LineBatch {
  const all: LineBatch = {values: [], offsets: []}
  const needle = delimiter === undefined ? undefined : Buffer.from(delimiter as string)
  let escaped = false
  let start = 0
  const end = (stop: number, next: number) => {
    all.values.push(bytes.toString('utf8', start, stop))
    all.offsets.push(start)
    start = next
  }
  for (let at = 0; at < bytes.length; ) {
    const ends = needle ? [needle] : [Buffer.from('\r\n'), Buffer.from('\n')]
    const found = ends.find(each => bytes.subarray(at, at + each.length).equals(each))
    if (found && !escaped) {
      end(at, at + found.length)
      at += found.length
    } else if (found && needle) {
      at += found.length
      escaped = false
    } else {
      escaped = !escaped && bytes[at] === escaping?.charCodeAt(0)
      at++
    }
  }
  if (start < bytes.length) end(bytes.length, bytes.length)
  return all
}

describe('DelimitedSplitter', () => {
  it('cuts where the delimiter stands, of any length', () => {
    expect(split(['a\0b\nc\0'], {delimiter: '\0'})).to.deep.equal({values: ['a', 'b\nc'], offsets: [0, 2]})
    expect(split(['a\r\nb\rc'], {delimiter: '\r'}).values).to.deep.equal(['a', '\nb', 'c'])
    expect(split(['é<end>\n<end><end>x'], {delimiter: '<end>'})).to.deep.equal({
      values: ['é', '\n', '', 'x'],
      offsets: [0, 7, 13, 18],
    })
    expect(split([Buffer.from([97, 0xff, 98])], {delimiter: Buffer.from([0xff])}).values).to.deep.equal(['a', 'b'])
    expect(split(['a–b'], {delimiter: '–'}).values).to.deep.equal(['a', 'b'])
  })
  it('leaves \\r in the record when the delimiter is \\n', () => {
    expect(split(['a\r\nb\n'], {delimiter: '\n'}).values).to.deep.equal(['a\r', 'b'])
  })
  it('finds a delimiter that overlaps itself from the left', () => {
    expect(split(['a|||b||'], {delimiter: '||'}).values).to.deep.equal(['a', '|b'])
    expect(split(['a|', '|', '|b|', '|'], {delimiter: '||'}).values).to.deep.equal(['a', '|b'])
  })
  it('makes an escaped delimiter part of the record, with its escape, as Beam does', () => {
    expect(split(['a\\;b;c'], {delimiter: ';', escape: '\\'}).values).to.deep.equal(['a\\;b', 'c'])
  })
  it('takes an escaped escape for data', () => {
    expect(split(['a\\\\;b\\\\\\;c'], {delimiter: ';', escape: '\\'}).values).to.deep.equal(['a\\\\', 'b\\\\\\;c'])
  })
  it('escapes line ends: \\n, and of \\r\\n the \\r, which the \\n after it then follows as the end', () => {
    expect(split(['a\\\nb\nc\\\r\nd\r\n'], {escape: '\\'}).values).to.deep.equal(['a\\\nb', 'c\\\r', 'd'])
  })
  it('takes the byte order mark off and counts it', () => {
    expect(split(['\ufeffa;b'], {delimiter: ';'})).to.deep.equal({values: ['a', 'b'], offsets: [3, 5]})
  })
  it('refuses UTF-16 with a way out', () => {
    expect(caught(() => split([Buffer.from([0xff, 0xfe, 0x61, 0])], {delimiter: ';'})).code).to.equal(
      'ERR_SLUICE_ENCODING',
    )
  })
  it('finds delimiters in what might have become a mark', () => {
    expect(split(['\0\0'], {delimiter: '\0'}).values).to.deep.equal(['', ''])
  })
  it('skips records as header', () => {
    expect(split(['h\n1;h2', ';a;b'], {delimiter: ';', skipHeaderLines: 2})).to.deep.equal({
      values: ['a', 'b'],
      offsets: [7, 9],
    })
  })
  it('allows a record of exactly `maxLineBytes`, however it is cut, and fails for a longer one', () => {
    const options = {delimiter: '<>', maxLineBytes: 5}
    for (const at of [1, 2, 3, 4, 5, 6, 7]) {
      const good = Buffer.from('abcde<>abcde')
      expect(split(cut(good, [at]), options).values).to.deep.equal(['abcde', 'abcde'])
      const error = caught(() => split(cut(Buffer.from('ab<>abcdef<>'), [at]), options))
      expect(error).to.include({code: 'ERR_SLUICE_READ'})
      expect(error.message).to.match(/^a\.txt, line 2 \(byte 4\): .*longer than 5 bytes.*maxLineBytes/)
    }
  })
  it('fails for a record that never ends before it holds more than a chunk too much', () => {
    const splitter = textSplitter('a.txt', checkTextOptions('test', {delimiter: '\0', maxLineBytes: 10}))
    splitter.push(Buffer.from('x'.repeat(10)))
    expect(caught(() => splitter.push(Buffer.from('x'))).code).to.equal('ERR_SLUICE_READ')
  })
  it('replaces invalid UTF-8 by U+FFFD', () => {
    expect(split([Buffer.from([0x61, 0xff, 0x3b, 0x62])], {delimiter: ';'}).values).to.deep.equal(['a\ufffd', 'b'])
  })
  for (const options of [
    {delimiter: ';'},
    {delimiter: ';;'},
    {delimiter: 'aba'},
    {delimiter: '\r'},
    {delimiter: '\n'},
    {delimiter: '\r\n', escape: '\\'},
    {delimiter: ';', escape: '\\'},
    {delimiter: ';;', escape: '\\'},
    {delimiter: 'é;', escape: 'a'},
    {escape: '\\'},
  ] as TextOptions[])
    it(`returns what a naive reading gives, however the bytes are cut: ${JSON.stringify(options)}`, () => {
      const piece = fc.constantFrom('a', 'b', ';', ';;', '\\', '\\\\', '\r', '\n', '\r\n', 'é', 'é;', 'aba')
      fc.assert(
        fc.property(fc.array(piece, {maxLength: 30}), fc.array(fc.nat(60)), (pieces, cuts) => {
          const bytes = Buffer.from(pieces.join(''))
          const expected = oracle(bytes, options)
          expect(split(cut(bytes, cuts), options)).to.deep.equal(expected)
          expect(split(cut(bytes, [...bytes.keys()]), options)).to.deep.equal(expected)
        }),
        {numRuns: 400},
      )
    })
})

describe('options of text', () => {
  const check = (options: object) => () => checkTextOptions('readFromText', options as TextOptions)

  it('refuse a delimiter that is not one', () => {
    expect(check({delimiter: ''})).to.throw(/readFromText: option `delimiter` is ''; give what ends a record/)
    expect(check({delimiter: 10})).to.throw(/`delimiter` is 10/)
    expect(check({delimiter: new Uint8Array(0)})).to.throw(/`delimiter`/)
  })
  it('refuse an escape that is not one ASCII character, or is part of the delimiter', () => {
    for (const given of ['', '\\\\', 'é', 92]) expect(check({escape: given})).to.throw(/`escape`.*one ASCII character/)
    expect(check({escape: '|', delimiter: '||'})).to.throw(/not part of the delimiter/)
    expect(check({escape: '\n'})).to.throw(/not part of the delimiter/)
  })
  it('keep a copy of the bytes', () => {
    const delimiter = Buffer.from(';')
    const settings = checkTextOptions('test', {delimiter})
    delimiter[0] = 0
    expect(settings.delimiter!.toString()).to.equal(';')
  })
})
