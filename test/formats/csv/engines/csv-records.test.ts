import {expect} from 'chai'
import {parse} from 'csv-parse/sync'
import fc from 'fast-check'
import {CsvRecords} from '../../../../lib/formats/csv/engines/csv-records.ts'
import {type CsvOptions, checkCsvOptions} from '../../../../lib/formats/index.ts'
import {caught, cut} from '../../chunks.ts'
import {type Read, readCsv} from '../csv-reading.ts'

function read(chunks: readonly (Buffer | string)[], options: CsvOptions = {}, rejects = false): Read {
  return readCsv(chunks, {...options, engine: 'csv-parse'}, rejects)
}
const rows = (text: string, options?: CsvOptions) => read([text], options).values

describe('CsvRecords', () => {
  it('names fields by the header', () => {
    expect(rows('a,b\n1,2\n3,4\n')).to.deep.equal([
      {a: '1', b: '2'},
      {a: '3', b: '4'},
    ])
  })
  it('makes plain objects that share nothing', () => {
    const [first, second] = rows('a\n1\n1\n')
    expect(Object.getPrototypeOf(first)).to.equal(Object.prototype)
    expect(first).to.not.equal(second)
  })
  it('keeps a column named __proto__ as a plain field', () => {
    const [row] = rows('__proto__,b\nx,y\n')
    expect(Object.getOwnPropertyDescriptor(row, '__proto__')?.value).to.equal('x')
  })
  it('takes a byte order mark off the first column', () => {
    expect(read(['\ufeffa,b\n1,2'])).to.deep.include({values: [{a: '1', b: '2'}], offsets: [7]})
  })
  it('takes a byte order mark off a quoted first column', () => {
    expect(rows('\ufeff"a",b\n1,2')).to.deep.equal([{a: '1', b: '2'}])
  })
  it('refuses UTF-16 by its mark', () => {
    expect(caught(() => read([Buffer.from('\ufeffa,b', 'utf16le')]))).to.include({code: 'ERR_SLUICE_ENCODING'})
  })
  it('reads delimiters, quotes and newlines inside quotes', () => {
    expect(rows('a,b\n"1,5","say ""hi""\r\nnow"\n')).to.deep.equal([{a: '1,5', b: 'say "hi"\r\nnow'}])
  })
  it('reads mixed line ends', () => {
    expect(rows('a,b\n1,2\r\n3,4\n')).to.deep.equal([
      {a: '1', b: '2'},
      {a: '3', b: '4'},
    ])
  })
  it('skips blank lines', () => {
    expect(read(['a,b\n\n1,2\n\r\n\n3,4\n\n'])).to.deep.include({
      values: [
        {a: '1', b: '2'},
        {a: '3', b: '4'},
      ],
      offsets: [5, 12],
    })
  })
  it('takes blank lines as records with `skipBlankLines: false`', () => {
    expect(rows('a\n1\n\n2\n', {skipBlankLines: false})).to.deep.equal([{a: '1'}, {a: ''}, {a: '2'}])
  })
  it('reads without a header by `columns`', () => {
    expect(rows('1,2\n', {header: false, columns: ['x', 'y']})).to.deep.equal([{x: '1', y: '2'}])
  })
  it('renames by `columns` and leaves out what is null there', () => {
    expect(rows('a,b,c\n1,2,3\n', {header: 'replace', columns: ['x', null, 'z']})).to.deep.equal([{x: '1', z: '3'}])
  })
  it('makes names of the header by a function', () => {
    expect(rows('A,B\n1,2\n', {columns: header => header.map(name => name.toLowerCase())})).to.deep.equal([
      {a: '1', b: '2'},
    ])
  })
  it('gives nothing for a file with only a header, and for an empty one', () => {
    expect(rows('a,b\n')).to.deep.equal([])
    expect(read([]).values).to.deep.equal([])
  })
  it('reads other delimiters, quotes and escapes', () => {
    expect(rows("a;b\n'1;\\'x';2\n", {delimiter: ';', quote: "'", escape: '\\'})).to.deep.equal([{a: "1;'x", b: '2'}])
  })
  it('takes quotes as text with `quote: null`', () => {
    expect(rows('a,b\n"1,5"\n', {quote: null})).to.deep.equal([{a: '"1', b: '5"'}])
  })
  it('casts by column', () => {
    const cast = {n: 'number', i: 'integer', b: 'boolean', j: 'json', f: (text: string) => text.length} as const
    expect(rows('n,i,b,j,f,s\n 1.5e2,-7,No,"{""x"":1}",abc,007\n,,,,,\n', {cast})).to.deep.equal([
      {n: 150, i: -7, b: false, j: {x: 1}, f: 3, s: '007'},
      {n: null, i: null, b: null, j: null, f: 0, s: ''},
    ])
  })
  it('casts all columns by a function that is told the column', () => {
    expect(rows('a,b\n1,2\n', {cast: (text, {column}) => column + text})).to.deep.equal([{a: 'a1', b: 'b2'}])
  })
  it('makes numbers with `cast: true` only where nothing is lost', () => {
    const text = '1,-2.5,007,+1,1e3,9007199254740993,0x10,,Infinity,1.,-'
    const names = [...'abcdefghijk']
    expect(Object.values(rows(`${names}\n${text}\n`, {cast: true})[0]!)).to.deep.equal([
      ...[1, -2.5, '007', '+1', 1000, '9007199254740993', '0x10', '', 'Infinity', '1.', '-'],
    ])
  })
  it('never changes a number with `cast: true`', () => {
    const kept = [
      '123456789012345.67891',
      '0.12345678901234567',
      '9007199254740992',
      '-9007199254740993',
      '1e400',
      '1e-400',
    ]
    const changed = ['0.1', '123456789012345.6', '9007199254740991', '1.10', '5e-324', '1e22']
    expect(Object.values(rows(`a,b,c,d,e,f\n${kept}\n`, {cast: true})[0]!)).to.deep.equal(kept)
    expect(Object.values(rows(`a,b,c,d,e,f\n${changed}\n`, {cast: true})[0]!)).to.deep.equal(changed.map(Number))
  })
  it('casts integers of 64 bits exactly, and JSON with its long numbers', () => {
    const cast = {a: 'integer', b: 'json'} as const
    expect(rows('a,b\n9223372036854775807,[9007199254740993]\n-9223372036854775808,1\n', {cast})).to.deep.equal([
      {a: 9223372036854775807n, b: [9007199254740993n]},
      {a: -9223372036854775808n, b: 1},
    ])
    expect(caught(() => rows('a,b\n9223372036854775808,1\n', {cast})).message).to.match(/'a'.*out of range/)
    expect(caught(() => rows('a,b\n1,0.12345678901234567\n', {cast})).message).to.match(/'b'.*would become/)
  })
  it('reports the byte offset at which each record begins', () => {
    expect(read(['é,b\n"1\n",2\r\n3,4']).offsets).to.deep.equal([5, 13])
  })
  it('fails for a wrong number of fields with file, line, offset, record and the fix', () => {
    const error = caught(() => rows('a,b\n"1\n",2\n3\n5,6\n'))
    expect(error).to.include({code: 'ERR_SLUICE_CSV', element: '3'})
    expect(error.message).to.match(
      /^a\.csv, line 4 \(byte 11\): the record has 1 field instead of 2: '3'.*rejects: true/,
    )
  })
  it('hands on the rows before a failure', () => {
    const csv = new CsvRecords('a.csv', checkCsvOptions('x', {}), {rejects: false})
    const batches = csv.push(Buffer.from('a,b\n1,2\n3\n4,5\n6,7\n'))
    expect(batches.next().value).to.deep.include({values: [{a: '1', b: '2'}]})
    expect(caught(() => batches.next())).to.include({code: 'ERR_SLUICE_CSV'})
  })
  it('sets records with too few, too many or uncastable fields aside', () => {
    const text = 'a,b\r\n1,2\r\n3\r\n"x\r\n""y",4,5\r\n6,z\r\n7,8\r\n'
    const all = read([text], {cast: {b: 'number'}}, true)
    expect(all.values).to.deep.equal([
      {a: '1', b: 2},
      {a: '7', b: 8},
    ])
    const at = {file: 'a.csv', header: 'a,b'}
    expect(all.rejects).to.deep.equal([
      {...at, raw: '3', line: 3, byteOffset: 10, error: 'the record has 1 field instead of 2'},
      {...at, raw: '"x\r\n""y",4,5', line: 4, byteOffset: 13, error: 'the record has 3 fields instead of 2'},
      {...at, raw: '6,z', line: 6, byteOffset: 27, error: 'column \'b\': "z" is not a FLOAT64'},
    ])
  })
  it('keeps what a cast threw as the cause', () => {
    const cause = new TypeError('no')
    const cast = {
      a: () => {
        throw cause
      },
    }
    expect(caught(() => rows('a\n1\n', {cast}))).to.include({cause})
  })
  for (const [what, text, line, offset] of [
    ['never closed', 'a,b\n1,2\n"3,4\n5,6\n', 3, 8],
    ['closing quote', 'a,b\n1,2\n\n"3"x,4\n5,6\n', 4, 9],
    ['inside a field', 'a,b\n1,2\n3",4\n5,6\n', 3, 8],
  ] as const)
    it(`fails at a stray quote (${what}) with file and line, also when rejects are set aside`, () => {
      const error = caught(() => read([text], {}, true))
      expect(error).to.include({code: 'ERR_SLUICE_CSV'})
      expect(error.message).to.match(new RegExp(`^a\\.csv, line ${line} \\(byte ${offset}\\): .*${what}.*quote: null`))
    })
  it('stops at a record that grows beyond the bound instead of buffering the file', () => {
    const csv = new CsvRecords('a.csv', checkCsvOptions('x', {maxRecordBytes: 100_000}), {rejects: true})
    const filler = Buffer.alloc(64 * 1024, 'x,y\n')
    const error = caught(() => {
      for (const chunk of ['a,b\n1,2\n"', filler, filler, filler]) [...csv.push(Buffer.from(chunk as string))]
    })
    expect(error.message).to.match(
      /^a\.csv, line 3 \(byte 8\): .*longer than 100000 bytes.*never closed.*maxRecordBytes/,
    )
  })
  it('fails for a record that is too long also when it came whole, after the rows before it', () => {
    const csv = new CsvRecords('a.csv', checkCsvOptions('x', {maxRecordBytes: 10}), {rejects: true})
    const got: unknown[] = []
    const error = caught(() => {
      for (const {values} of csv.push(Buffer.from('a\n123456789\n1234567890\n1\n1\n1\n'))) got.push(...values)
    })
    expect(got).to.deep.equal([{a: '123456789'}])
    expect(error).to.include({code: 'ERR_SLUICE_CSV'})
    expect(error.message).to.match(/^a\.csv, line 3 \(byte 12\): .*longer than 10 bytes/)
  })
  it('parses a large chunk in slices, one batch each', () => {
    const text = `a,b\n${'1,2\n'.repeat(100_000)}`
    const all = read([text])
    expect(all.values).to.have.length(100_000)
    expect(all.batches).to.be.at.least(6)
  })
  it('counts lines right across slices', () => {
    const text = `a,b\n${'"x\r\n",2\n'.repeat(20_000)}bad\n`
    expect(read([text], {}, true).rejects).to.deep.include({
      raw: 'bad',
      line: 40_002,
      byteOffset: text.length - 4,
      file: 'a.csv',
      header: 'a,b',
      error: 'the record has 1 field instead of 2',
    })
  })
  it('refuses a header that names a column twice', () => {
    expect(caught(() => rows('a,b,a\n')).message).to.match(/a\.csv: column 'a' appears twice/)
  })
  it('refuses `columns` that do not fit the header', () => {
    expect(caught(() => rows('a,b\n', {header: 'replace', columns: ['x']})).message).to.match(
      /1 names, but the header has 2/,
    )
  })
  it('refuses a `cast` for a column that is not there', () => {
    expect(caught(() => rows('a,b\n', {cast: {c: 'number'}})).message).to.match(/names column 'c'.*'a', 'b'/)
  })
  it('agrees with csv-parse, however the bytes are cut', () => {
    const field = fc.oneof(
      fc.constantFrom('', 'a', '1.5', 'é😀', 'x y'),
      fc.constantFrom('', ',', '\n', '\r\n', '""', 'é', ' ').map(inner => `"${inner}"`),
    )
    const record = fc.tuple(field, field, field).map(fields => fields.join(','))
    fc.assert(
      fc.property(fc.array(record), fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(80)), (records, end, cuts) => {
        const bytes = Buffer.from(['a,b,c', ...records].join(end))
        const whole = read([bytes])
        expect(whole.values).to.deep.equal(parse(bytes, {columns: true}))
        const {values, offsets} = read(cut(bytes, cuts))
        expect({values, offsets}).to.deep.equal({values: whole.values, offsets: whole.offsets})
      }),
      {numRuns: 300},
    )
  })
  it('gives rejects the same text, line and offset however the bytes are cut', () => {
    const record = fc.constantFrom('1,2', '3', '"x\ny",4,5', '', '"",""', 'é,😀,', '"a""b",1')
    fc.assert(
      fc.property(fc.array(record), fc.array(fc.nat(80)), (records, cuts) => {
        const bytes = Buffer.from(['a,b', ...records].join('\n'))
        const {rejects} = read(cut(bytes, cuts), {}, true)
        expect(rejects).to.deep.equal(read([bytes], {}, true).rejects)
        for (const {raw, line, byteOffset} of rejects) {
          expect(bytes.toString('utf8', byteOffset, byteOffset + Buffer.byteLength(raw))).to.equal(raw)
          expect(bytes.toString('utf8', 0, byteOffset).split('\n')).to.have.length(line)
        }
      }),
      {numRuns: 300},
    )
  })
})

describe('checkCsvOptions', () => {
  for (const [name, options] of [
    ['header', {header: 1}],
    ['columns', {header: false}],
    ['columns', {columns: []}],
    ['columns', {columns: 'a,b'}],
    ["cast['a']", {cast: {a: 'flaot'}}],
    ['cast', {cast: ['number']}],
    ['delimiter', {delimiter: ''}],
    ['delimiter', {delimiter: '\n'}],
    ['quote', {quote: 'ab'}],
    ['quote', {quote: ','}],
    ['escape', {escape: '\\', quote: null}],
    ['maxRecordBytes', {maxRecordBytes: 0}],
  ] as const)
    it(`names the bad option in ${JSON.stringify(options)}`, () => {
      const error = caught(() => checkCsvOptions('readFromCsv', options as unknown as CsvOptions))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
      expect(error.message)
        .to.match(/^readFromCsv: /)
        .and.to.include(`\`${name}\``)
    })
})
