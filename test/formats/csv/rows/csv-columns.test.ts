import {expect} from 'chai'
import type {CsvOptions} from '../../../../lib/formats/index.ts'
import {checkCsvOptions} from '../../../../lib/formats/index.ts'
import {caught} from '../../chunks.ts'
import {readCsv} from '../csv-reading.ts'

const rows = (text: string, options: CsvOptions = {}) => readCsv([text], options).values
const refused = (text: string, options: CsvOptions) => caught(() => rows(text, options)).message

describe('columns of CSV', () => {
  it('that are asked for are found by name, wherever they stand', () => {
    const columns = ['id', 'total']
    expect(rows('total,x,id\n1,2,3\n', {columns})).to.deep.equal([{id: '3', total: '1'}])
  })
  it('are never taken by position: a header that lacks one is refused', () => {
    const options = {columns: ['id', 'total']}
    expect(refused('total,ident\n1,2\n', options)).to.match(
      /^a\.csv: the header has no column 'id'; it has \[ 'total', 'ident' \]/,
    )
    expect(refused('x,y\n1,2\n', options)).to.match(/lacks 2 columns, \[ 'id', 'total' \]/)
    expect(refused('x\n', options)).to.match(/lacks 2 columns/)
  })
  it('are refused also when malformed records are set aside: all rows of the file would be', () => {
    expect(caught(() => readCsv(['x,y\n1,2\n'], {columns: ['id']}, true)).message).to.match(/no column 'id'/)
  })
  for (const [what, header] of [
    ['case', 'ID,total'],
    ['a blank', 'id ,total'],
    ['an inner byte order mark', '\ufeff\ufeffid,total'],
    ['quotes', '"""id""",total'],
    ['a full-width letter', 'ｉd,total'],
    ['a zero-width space', 'i\u200bd,total'],
    ['a hyphen', 'i-d,total'],
  ] as const)
    it(`that differ by ${what} only are named in the error`, () => {
      expect(refused(`${header}\n1,2\n`, {columns: ['id']})).to.match(/Did you mean '.+' for 'id'\?/)
    })
  it('that are misspelt are named in the error', () => {
    expect(refused('custommer,total\n', {columns: ['customer']})).to.include("Did you mean 'custommer' for 'customer'?")
    expect(refused('a,b\n', {columns: ['customer']})).not.to.include('Did you mean')
  })
  for (const [delimiter, shown] of [
    [';', "';'"],
    ['\t', "'\\t'"],
    ['|', "'|'"],
  ] as const)
    it(`are not found where ${shown} stands between fields, and the error says so`, () => {
      expect(refused(`id${delimiter}total\n1${delimiter}2\n`, {columns: ['id', 'total']})).to.include(
        `set \`delimiter: ${shown}\``,
      )
    })
  it('are not asked for in a file without any byte, nor in one of blank lines', () => {
    expect(rows('', {columns: ['id']})).to.deep.equal([])
    expect(rows('\n\r\n', {columns: ['id']})).to.deep.equal([])
  })
  it('are asked for in a file with a header only', () => {
    expect(rows('id\n', {columns: ['id']})).to.deep.equal([])
    expect(refused('x\n', {columns: ['id']})).to.match(/no column 'id'/)
  })

  it('that a file need not have are null where it has not', () => {
    const options = {columns: ['id'], optionalColumns: ['note', 'n'], cast: {n: 'INT64'}} as const
    expect(rows('n,id\n1,a\n', options)).to.deep.equal([{id: 'a', note: null, n: 1}])
    expect(rows('note,id,n\nx,a,\n', options)).to.deep.equal([{id: 'a', note: 'x', n: null}])
  })
  it('that a file need not have may be columns of the schema', () => {
    const options = {schema: 'id:STRING,total:FLOAT64,note:STRING', optionalColumns: ['note']}
    expect(rows('total,id\n1.50,a\n', options)).to.deep.equal([{id: 'a', total: 1.5, note: null}])
    expect(refused('id,note\n', options)).to.match(/no column 'total'/)
  })
  it('that are asked for may not be blank if a type makes nothing of that, unless they are optional', () => {
    const options = {columns: ['id', 'n'], cast: {n: 'FLOAT64'}} as const
    const {values, rejects} = readCsv(['id,n\na,1\nb,\n'], options, true)
    expect(values).to.deep.equal([{id: 'a', n: 1}])
    expect(rejects[0]!.error).to.match(
      /^column 'n': it is blank, but the column is FLOAT64\. Name the column in `optionalColumns`/,
    )
    expect(rows('id,n\nb,\n', {...options, optionalColumns: ['n']})).to.deep.equal([{id: 'b', n: null}])
    expect(rows('id,n\nb,\n', {cast: {n: 'FLOAT64'}})).to.deep.equal([{id: 'b', n: null}])
  })
  it('may have new names by position, as many as there are', () => {
    expect(rows('a,b,c\n1,2,3\n', {header: 'replace', columns: ['b', null, 'x']})).to.deep.equal([{b: '1', x: '3'}])
    expect(refused('a,b\n', {header: 'replace', columns: ['x']})).to.match(/has 1 names, but the header has 2/)
  })
  it('have the names of the header as they are', () => {
    const names = [
      '2021',
      '2020',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '',
      'a.b',
      'q"x',
      'n\nl',
      'ｉd',
    ]
    const header = names.map(name => `"${name.replaceAll('"', '""')}"`).join(',')
    for (const engine of ['fast', 'csv-parse'] as const)
      for (const columns of [undefined, names]) {
        const [row] = rows(`${header}\n${names.map((_, i) => i).join(',')}\n`, {engine, ...(columns && {columns})})
        expect(Object.entries(row!).sort()).to.deep.equal(names.map((name, i) => [name, String(i)]).sort())
        expect(Object.getPrototypeOf(row)).to.equal(Object.prototype)
      }
  })
  it('may be 100,000', () => {
    const names = Array.from({length: 100_000}, (_, i) => `c${i}`)
    const text = `${names.join(',')}\n${names.join(',')}\n`
    for (const engine of ['fast', 'csv-parse'] as const) {
      const [row] = rows(text, {engine, columns: header => header})
      expect(Object.keys(row!)).to.deep.equal(names)
      const casts = Object.fromEntries(names.map(name => [name, 'STRING' as const]))
      expect(Object.keys(rows(text, {engine, columns: names.toReversed(), cast: casts})[0]!)).to.deep.equal(
        names.toReversed(),
      )
    }
  }).timeout(60_000)
})

describe('options that name columns', () => {
  for (const [options, problem] of [
    [{columns: ['a', null]}, /header: 'replace'/],
    [{columns: ['a', 'a']}, /'a' is there twice/],
    [{header: 'skip', columns: ['a']}, /option `header` is 'skip'; give true, false or 'replace'/],
    [{header: 'replace'}, /`header: 'replace'` option `columns` is undefined/],
    [{optionalColumns: ['a']}, /`optionalColumns`.*the required ones too/],
    [{columns: ['a'], optionalColumns: 'b'}, /an array of names/],
    [{header: false, columns: ['a'], optionalColumns: ['b']}, /names out of `columns`/],
    [{columns: ['a'], cast: {b: 'INT64'}}, /`cast` names column 'b', but the columns are \[ 'a' \]/],
    [{columns: ['a'], cast: {a: 'constructor'}}, /`cast\['a'\]` is 'constructor'/],
    [{schema: 'a:STRING', columns: ['a']}, /leave `columns` out/],
    [{schema: 'a:STRING', cast: true}, /leave `cast` out/],
    [{schema: 'a'}, /'name:TYPE,name:TYPE'/],
    [{schema: ''}, /'name:TYPE,name:TYPE'/],
    [{schema: 'a:FLOAT46'}, /one of STRING, .* to column 'a'/],
    [{schema: 'a:STRING,a:STRING'}, /'a' is there twice/],
    [{schema: ['a']}, /an object of names and types/],
  ] as const)
    it(`are refused: ${JSON.stringify(options)}`, () => {
      const error = caught(() => checkCsvOptions('readFromCsv', options as unknown as CsvOptions))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
      expect(error.message).to.match(problem)
    })
})
