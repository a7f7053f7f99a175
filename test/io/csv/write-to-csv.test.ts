import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {parse} from 'csv-parse/sync'
import fc from 'fast-check'
import {
  type CsvReadOptions,
  type CsvWriteOptions,
  parseCsv,
  readFromCsv,
  writeToCsv,
} from '../../../lib/io/csv/index.ts'
import {create, map} from '../../../lib/transforms/index.ts'
import {failureOf} from '../../files/fixtures.ts'

type Row = Record<string, unknown>

describe('writeToCsv', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const write = async (rows: Row[], options?: CsvWriteOptions<Row>, prefix = 'out') => {
    await pipeline(create(rows), writeToCsv<Row>(join(dir, prefix), {shardNameTemplate: '', ...options}))
    return readFile(join(dir, prefix), 'utf8')
  }

  it('takes the header from the keys of the first row', async () => {
    expect(await write([{b: 1, a: 'x'}, {a: 'y'}])).to.equal('b,a\n1,x\n,y\n')
  })
  it('writes the columns that are named, in their order, and no other key', async () => {
    expect(await write([{a: 1, b: 2, c: 3}], {columns: ['c', 'a']})).to.equal('c,a\n3,1\n')
  })
  it('writes no header with `header: false`', async () => {
    expect(await write([{a: 1}], {header: false})).to.equal('1\n')
  })
  it('writes columns that are numbers in the order of the file that they come from, through steps', async () => {
    const source = join(dir, 'years.csv')
    await writeFile(source, 'id,2021,2020,__proto__,constructor\n1,2,3,4,5\n')
    const through = async (options: CsvReadOptions, ...steps: Transform[]) => {
      const sink = writeToCsv(join(dir, `years${Math.random()}`))
      await pipeline([readFromCsv(source, options), ...steps, sink] as never)
      return await readFile(sink.written[0]!, 'utf8')
    }
    expect(await through({})).to.equal('id,2021,2020,__proto__,constructor\n1,2,3,4,5\n')
    const more = () => map((row: object) => ({...row, x: 6}))
    expect(await through({}, more())).to.equal('id,2021,2020,__proto__,constructor,x\n1,2,3,4,5,6\n')
    expect(await through({columns: ['2021', 'id', '2020']}, more())).to.equal('2021,id,2020,x\n2,1,3,6\n')
    const texts = parseCsv({header: true})
    const sink = writeToCsv(join(dir, 'texts'))
    await pipeline(create(['b,7,3\n1,2,3']), texts, sink)
    expect(await readFile(sink.written[0]!, 'utf8')).to.equal('b,7,3\n1,2,3\n')
  })
  it('writes the header of named columns also without a row, and nothing when none is known', async () => {
    expect(await write([], {columns: ['a', 'b']}, 'x')).to.equal('a,b\n')
    expect(await write([], {}, 'y')).to.equal('')
  })
  it('puts the header into each shard', async () => {
    const options = {shardNameTemplate: '-SS', maxRecordsPerShard: 1}
    await pipeline(create([{a: 1}, {a: 2}]), writeToCsv(join(dir, 'out'), options))
    const all = await Promise.all((await readdir(dir)).sort().map(name => readFile(join(dir, name), 'utf8')))
    expect(all).to.deep.equal(['a\n1\n', 'a\n2\n'])
  })
  it('quotes delimiters, quotes and line breaks, and nothing else', async () => {
    const row = {a: 'x,y', b: 'say "hi"', c: 'two\nlines', d: 'cr\r', e: ' plain; text '}
    expect(await write([row], {header: false})).to.equal('"x,y","say ""hi""","two\nlines","cr\r", plain; text \n')
  })
  it('quotes another delimiter instead', async () => {
    expect(await write([{a: 'x,y', b: 'p\tq'}], {header: false, delimiter: '\t'})).to.equal('x,y\t"p\tq"\n')
  })
  it('does not alter what a spreadsheet would take for a formula', async () => {
    expect(await write([{a: '=1+1', b: '@x', c: '-3'}], {header: false})).to.equal('=1+1,@x,-3\n')
  })
  it('writes null and undefined as nothing, Dates in ISO 8601, objects as JSON', async () => {
    const row = {a: null, b: undefined, c: new Date(0), d: {x: [1]}, e: true, f: 12n, g: 0.1}
    expect(await write([row], {header: false})).to.equal(',,1970-01-01T00:00:00.000Z,"{""x"":[1]}",true,12,0.1\n')
  })
  it('writes an empty field that stands alone in quotes: a blank line is not a record', async () => {
    expect(await write([{a: ''}, {a: null}])).to.equal('a\n""\n""\n')
    expect(await readFromCsv(join(dir, 'out')).toArray()).to.deep.equal([{a: ''}, {a: ''}])
  })

  const refused: [string, unknown[], RegExp][] = [
    ['a key that the first row did not have', [{a: 1}, {a: 1, b: 2}], /'b'.*columns/],
    ['what is no row', [['a']], /is not a row/],
    ['a string', ['a'], /is not a row/],
    ['a first row without keys', [{}], /columns/],
    ['bytes', [{a: Buffer.from('x')}], /'a'/],
    ['an invalid Date', [{a: new Date('x')}], /'a'/],
    ['a function', [{a: () => 1}], /'a'/],
    ['NaN in an object', [{a: {b: Number.NaN}}], /'a'.*NaN/],
  ]
  for (const [what, rows, message] of refused)
    it(`fails the run for ${what}, naming the row, and leaves no file`, async () => {
      const error = await failureOf(write(rows as Row[]))
      expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToCsv'})
      expect(error.element).to.equal(rows.at(-1))
      expect(error.message).to.match(message)
      expect(await readdir(dir)).to.deep.equal([])
    })
  it('refuses columns and delimiters that make no CSV', () => {
    expect(() => writeToCsv('x', {columns: []})).to.throw(/columns/)
    expect(() => writeToCsv<Row>('x', {columns: ['a', 'a']})).to.throw(/columns/)
    for (const delimiter of ['', '"', '\n']) expect(() => writeToCsv('x', {delimiter})).to.throw(/delimiter/)
  })

  it('is read back by csv-parse and by readFromCsv, whatever the text is', async () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({unit: fc.constantFrom('"', ',', '\n', '\r', '\ufeff', ' ', 'a', ';', 'é')}),
    )
    const columns = fc.uniqueArray(
      text.filter(name => !['__proto__'].includes(name)),
      {minLength: 1, maxLength: 4},
    )
    const table = columns.chain(names =>
      fc.record({
        names: fc.constant(names),
        cells: fc.array(fc.array(text, {minLength: names.length, maxLength: names.length})),
      }),
    )
    let run = 0
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom(',', ';', '\t', '||'), async ({names, cells}, delimiter) => {
        const rows = cells.map(values => Object.fromEntries(names.map((name, i) => [name, values[i]])))
        const prefix = `p${run++}`
        const written = await write(rows, {columns: names, delimiter}, prefix)
        const records = parse(written, {delimiter, record_delimiter: ['\r\n', '\n'], skip_empty_lines: true, bom: true})
        expect(records).to.deep.equal([names, ...cells])
        const read = await readFromCsv(join(dir, prefix), {delimiter}).toArray()
        expect(read.map(row => names.map(name => row[name]))).to.deep.equal(cells)
      }),
      {numRuns: 100},
    )
  })
})
