import {expect} from 'chai'
import fc from 'fast-check'
import {FastCsvRecords} from '../../../../lib/formats/csv/engines/fast-csv-records.ts'
import {type CsvOptions, type CsvReject, checkCsvOptions} from '../../../../lib/formats/index.ts'
import {caught, cut} from '../../chunks.ts'
import {type Read, readCsv} from '../csv-reading.ts'

const FAST: CsvOptions = {engine: 'fast'}
const XY: CsvOptions = {...FAST, header: false, columns: ['x', 'y']}

function read(chunks: readonly (Buffer | string)[], options: CsvOptions = {}, rejects = true): Read {
  return readCsv(chunks, {...FAST, ...options}, rejects)
}
const rows = (text: string, options?: CsvOptions) => read([text], options).values
const problems = ({rejects}: {rejects: CsvReject[]}) => rejects.map(({raw, error}) => [raw, error])

/** Every cut of the bytes into two, every single byte, and the whole. */
function everyCut(bytes: Buffer): Buffer[][] {
  const halves = Array.from(bytes, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)])
  return [[bytes], Array.from(bytes, byte => Buffer.from([byte])), ...halves]
}

/** Reads the text at every cut; the result must always be the same. */
function readAtEveryCut(text: string | Buffer, options: CsvOptions): Read {
  const bytes = Buffer.from(text as string)
  const whole = read([bytes], options)
  for (const chunks of everyCut(bytes)) {
    const {values, offsets, rejects} = read(chunks, options)
    expect({values, offsets, rejects}).to.deep.equal({
      values: whole.values,
      offsets: whole.offsets,
      rejects: whole.rejects,
    })
  }
  return whole
}

const INSIDE = 'a quote stands inside a field that does not begin with one'
const AFTER = 'a closing quote is followed by something other than a delimiter or a line end'
const NEVER = 'a quote in the record is opened and never closed'

describe('FastCsvRecords', () => {
  it('names fields by the header', () => {
    expect(rows('a,b\n1,2\n3,4')).to.deep.equal([
      {a: '1', b: '2'},
      {a: '3', b: '4'},
    ])
  })
  it('makes plain objects that share nothing', () => {
    const [first, second] = rows('a\n1\n1\n')
    expect(Object.getPrototypeOf(first)).to.equal(Object.prototype)
    expect(first).to.not.equal(second)
  })
  it('keeps columns with odd names as plain fields', () => {
    const names = ['__proto__', 'constructor', '2', "it's `x`", '\\', 'ü\u2028', '']
    const [row] = rows(`${names.join(',')}\n${names.map((_, i) => `v${i}`).join(',')}\n`)
    names.forEach((name, i) => {
      expect(Object.getOwnPropertyDescriptor(row, name)?.value).to.equal(`v${i}`)
    })
    expect(Object.getPrototypeOf(row)).to.equal(Object.prototype)
  })
  it('reads files with more columns than it makes code for', () => {
    const names = Array.from({length: 1500}, (_, i) => (i === 7 ? '__proto__' : `c${i}`))
    const [row] = rows(`${names}\n${names.map((_, i) => i)}\n`, {cast: {c1499: 'number'}})
    expect(Object.keys(row!)).to.deep.equal(names)
    expect(row).to.include({c0: '0', c1498: '1498', c1499: 1499})
    expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).to.equal('7')
  })
  it('takes a byte order mark off, also byte by byte', () => {
    const {values, offsets} = readAtEveryCut('\ufeff"a",b\n1,2\n', {})
    expect({values, offsets}).to.deep.equal({values: [{a: '1', b: '2'}], offsets: [9]})
  })
  it('refuses UTF-16 by its mark', () => {
    expect(caught(() => read([Buffer.from('\ufeffa,b', 'utf16le')]))).to.include({code: 'ERR_SLUICE_ENCODING'})
  })
  it('gives nothing for a file with only a header, and for an empty one', () => {
    expect(rows('a,b\n')).to.deep.equal([])
    expect(read([]).values).to.deep.equal([])
  })
  it('puts code points together that a chunk cuts', () => {
    expect(readAtEveryCut('é,b\n"naïve 😀",x\n"ü""ü",ascii\n', {}).values).to.deep.equal([
      {é: 'naïve 😀', b: 'x'},
      {é: 'ü"ü', b: 'ascii'},
    ])
  })

  describe('columns', () => {
    it('gives those that are asked for by name, in the order that they are asked for', () => {
      const {values} = read(['a,b,c\n1,2,3\n4,"5""",6\n'], {columns: ['c', 'b']})
      expect(JSON.stringify(values)).to.equal('[{"c":"3","b":"2"},{"c":"6","b":"5\\""}]')
    })
    it('counts the fields of the others all the same', () => {
      const {rejects} = read(['a,b,c\n1,2,3\n4,5\n'], {columns: ['b']})
      expect(problems({rejects})).to.deep.equal([['4,5', 'the record has 2 fields instead of 3']])
    })
    it('takes new names by position only if it is told so', () => {
      expect(rows('a,b,c\n1,2,3\n', {header: 'replace', columns: ['x', null, 'z']})).to.deep.equal([{x: '1', z: '3'}])
      expect(rows('a,b\n1,2\n', {header: 'replace', columns: ['a', 'z']})).to.deep.equal([{a: '1', z: '2'}])
    })
    it('may be asked for by a function of the header', () => {
      const columns = (header: string[]) => header.filter(name => name !== 'b')
      expect(rows('a,b,c\n1,2,3\n', {columns})).to.deep.equal([{a: '1', c: '3'}])
    })
    it('does not mind columns of the same name that nobody asks for', () => {
      expect(rows('x,b,x\n1,2,3\n', {columns: ['b']})).to.deep.equal([{b: '2'}])
      expect(caught(() => rows('x,b,x\n', {columns: ['x']})).message).to.match(/column 'x' appears twice/)
    })
    it('refuses as many new names as there are not columns', () => {
      expect(caught(() => rows('a,b,c\n', {header: 'replace', columns: ['a', 'z']})).message).to.match(
        /2 names, but the header has 3/,
      )
    })
  })

  describe('recovery', () => {
    it('loses one line to a lost quote, at every chunk boundary', () => {
      const {values, offsets, rejects} = readAtEveryCut('1,a\n2,"b\n3,c\n4,"d"\n', XY)
      expect(values).to.deep.equal([
        {x: '1', y: 'a'},
        {x: '3', y: 'c'},
        {x: '4', y: 'd'},
      ])
      expect(offsets).to.deep.equal([0, 9, 13])
      expect(rejects).to.deep.equal([{raw: '2,"b', line: 2, byteOffset: 4, file: 'a.csv', error: AFTER}])
    })
    for (const [what, text, raw, error] of [
      ['a quote inside a field', '2,b"x\n', '2,b"x', INSIDE],
      ['a quote after spaces', '2, "b"\n', '2, "b"', INSIDE],
      ['text after a closing quote', '2,"b"x\r\n', '2,"b"x', AFTER],
      ['a lone \\r after a closing quote', '2,"b"\rx\n', '2,"b"\rx', AFTER],
      ['too few fields', '2\n', '2', 'the record has 1 field instead of 2'],
      ['too many fields', '2,b,c\n', '2,b,c', 'the record has 3 fields instead of 2'],
    ] as const)
      it(`continues at the next line after ${what}, at every chunk boundary`, () => {
        const {values, rejects} = readAtEveryCut(`1,a\n${text}3,c\n`, XY)
        expect(values.map(row => row['x'])).to.deep.equal(['1', '3'])
        expect(rejects).to.deep.equal([{raw, line: 2, byteOffset: 4, file: 'a.csv', error}])
      })
    it('continues after a quote that the file never closes, at every chunk boundary', () => {
      const {values, rejects} = readAtEveryCut('1,a\n2,"b\n3,c\n4,d', XY)
      expect(values.map(row => row['x'])).to.deep.equal(['1', '3', '4'])
      expect(problems({rejects})).to.deep.equal([['2,"b', NEVER]])
    })
    it('continues after a quote that is not closed within `maxRecordBytes`, at every chunk boundary', () => {
      const {values, rejects} = readAtEveryCut('1,a\n2,"b\n3,c\n4,d\n5,e\n6,f\n7,"g"\n', {...XY, maxRecordBytes: 12})
      expect(values.map(row => row['x'])).to.deep.equal(['1', '3', '4', '5', '6', '7'])
      expect(rejects[0]).to.include({raw: '2,"b', line: 2, byteOffset: 4})
      expect(rejects[0]!.error).to.include('not closed within 12 bytes')
    })
    it('continues after a failed cast, at every chunk boundary', () => {
      const {values, rejects} = readAtEveryCut('1,a\nz,b\n3,c\n', {...XY, cast: {x: 'integer'}})
      expect(values.map(row => row['x'])).to.deep.equal([1, 3])
      expect(problems({rejects})).to.deep.equal([['z,b', 'column \'x\': "z" is not an INT64']])
    })
    it('continues after bytes that are not UTF-8, at every chunk boundary', () => {
      const bytes = Buffer.concat([Buffer.from('1,ä\n2,'), Buffer.from([0xe4]), Buffer.from('\n3,ü\n')])
      const {values, rejects} = readAtEveryCut(bytes, XY)
      expect(values.map(row => row['y'])).to.deep.equal(['ä', 'ü'])
      expect(problems({rejects})).to.deep.equal([['2,\ufffd', 'the record has bytes that are not UTF-8']])
    })
    it('counts lines right behind quoted and blank ones', () => {
      const {rejects} = readAtEveryCut('a,b\n\n"x\r\n\n",2\r\n\r\nbad\n', {})
      expect(rejects).to.deep.include({
        raw: 'bad',
        line: 7,
        byteOffset: 17,
        file: 'a.csv',
        header: 'a,b',
        error: 'the record has 1 field instead of 2',
      })
    })
    it('fails at the first malformed record without rejects, after the rows before it', () => {
      const csv = new FastCsvRecords('a.csv', checkCsvOptions('x', XY), {rejects: false})
      const batches = csv.push(Buffer.from('1,a\n2,"b"c\n3,c\n'))[Symbol.iterator]()
      expect(batches.next().value).to.deep.include({values: [{x: '1', y: 'a'}]})
      const error = caught(() => batches.next())
      expect(error).to.include({code: 'ERR_SLUICE_CSV', element: '2,"b"c'})
      expect(error.message).to.match(/^a\.csv, line 2 \(byte 4\): a closing quote .*rejects: true.*quote: null/)
    })
    it('keeps what a cast threw as the cause', () => {
      const cause = new TypeError('no')
      const cast = () => {
        throw cause
      }
      expect(caught(() => read(['a\n1\n'], {cast}, false))).to.include({cause})
    })
    it('fails for a malformed header also when rejects are set aside', () => {
      const error = caught(() => read(['a,"b"x\n1,2\n']))
      expect(error).to.include({code: 'ERR_SLUICE_CSV'})
      expect(error.message).to.match(/^a\.csv, line 1 \(byte 0\): .*Correct the header/)
    })
    it('fails for a single line that is longer than a record may be, at every chunk boundary', () => {
      const bytes = Buffer.from('1,a\n2,"234567890\n3,c\n')
      for (const chunks of everyCut(bytes)) {
        const error = caught(() => read(chunks, {...XY, maxRecordBytes: 12}))
        expect(error.message).to.match(/^a\.csv, line 2 \(byte 4\): the line .*longer than 12 bytes.*maxRecordBytes/)
      }
    })
    it('holds no more than a record may have while a quote is open', () => {
      const csv = new FastCsvRecords('a.csv', checkCsvOptions('x', {...XY, maxRecordBytes: 100_000}), {rejects: true})
      const count = (chunk: string) =>
        [...csv.push(Buffer.from(chunk))].reduce((sum, {values}) => sum + values.length, 0)
      expect(count('1,"a\n')).to.equal(0)
      expect(count('x,y\n'.repeat(20_000))).to.equal(0)
      expect(count('x,y\n'.repeat(20_000))).to.equal(40_000)
    })
    it('gives every byte of the file out once, in a row, a reject or a blank line', () => {
      const piece = fc.constantFrom('1,2', '3', '"', '""', 'x', ',', '\n', '\n', '\r\n', '\r', 'é', '"a"', '😀')
      fc.assert(
        fc.property(
          fc.array(piece, {maxLength: 40}),
          fc.array(fc.nat(80)),
          fc.integer({min: 20, max: 60}),
          (p, cuts, max) => {
            // which decides that a lone \r is data
            const bytes = Buffer.from(`\n${p.join('')}`)
            const options: CsvOptions = {...XY, maxRecordBytes: max}
            let whole: Read
            try {
              whole = read([bytes], options)
            } catch (error) {
              expect(caught(() => read(cut(bytes, cuts), options)).message).to.equal((error as Error).message)
              return
            }
            const {values, offsets, rejects} = read(cut(bytes, cuts), options)
            expect({values, offsets, rejects}).to.deep.equal({
              values: whole.values,
              offsets: whole.offsets,
              rejects: whole.rejects,
            })
            for (const {raw, line, byteOffset} of rejects) {
              expect(bytes.toString('utf8', byteOffset, byteOffset + Buffer.byteLength(raw))).to.equal(raw)
              expect(bytes.toString('utf8', 0, byteOffset).split('\n')).to.have.length(line)
            }
            const parts = [...offsets, ...rejects.map(reject => reject.byteOffset), bytes.length].sort((a, b) => a - b)
            const blank = bytes.toString('latin1', 0, parts[0])
            expect(blank).to.match(/^(\r?\n)*$/)
            expect(new Set(parts.slice(0, -1)).size).to.equal(values.length + rejects.length)
          },
        ),
        {numRuns: 1000},
      )
    })
  })

  it('gives batches of at most 1,000 rows', () => {
    const csv = new FastCsvRecords('a.csv', checkCsvOptions('x', XY), {rejects: true})
    const sizes = [...csv.push(Buffer.from('1,2\n'.repeat(2500)))].map(({values}) => values.length)
    expect(sizes).to.deep.equal([1000, 1000, 500])
  })
  it('gives batches of at most 128 KiB, and a header or blank lines of more are not an end', () => {
    const wide = 'x'.repeat(50_000)
    const csv = new FastCsvRecords('a.csv', checkCsvOptions('x', XY), {rejects: true})
    const sizes = [...csv.push(Buffer.from('\n'.repeat(300_000) + `${wide},1\n`.repeat(7)))].map(
      ({values}) => values.length,
    )
    expect(sizes.reduce((a, b) => a + b)).to.equal(7)
    expect(Math.max(...sizes)).to.be.at.most(3)
    expect(rows(`"${'h'.repeat(200_000)}",b\n1,2\n`)).to.have.length(1)
  })
  it('reads a record of many chunks without going through it again for each', () => {
    const chunk = Buffer.from(`${'x'.repeat(1022)}""`)
    const csv = new FastCsvRecords('a.csv', checkCsvOptions('x', XY), {rejects: false})
    expect([...csv.push(Buffer.from('1,"'))]).to.deep.equal([])
    for (let i = 0; i < 10_000; i++) expect([...csv.push(chunk)]).to.deep.equal([])
    const [batch] = [...csv.push(Buffer.from('"\n'))]
    expect(batch!.values[0]!['y']).to.have.length(10_000 * 1023)
  })
})
