import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {type Bundle, Sink} from '../../../lib/core/index.ts'
import {readFromCsv} from '../../../lib/io/csv/index.ts'
import {readFromJson} from '../../../lib/io/json/index.ts'
import {readFromText} from '../../../lib/io/text/index.ts'

/** Keeps the ids that it is given. */
class Ids extends Sink<unknown> {
  readonly all: string[] = []
  override writeBundle({values, ids}: Bundle<unknown>) {
    values.forEach((_, i) => {
      this.all.push(`${ids!.prefix} ${ids!.at(i)}`)
    })
  }
  override commit() {}
}

describe('withPosition', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = async (name: string, content: string | Buffer) => {
    await writeFile(join(dir, name), content)
    return join(dir, name)
  }

  it('gives the file and the byte of each line, in the unzipped content', async () => {
    const a = await put('a', '\ufeffhead\né\nx')
    const b = await put('b', gzipSync('head\ny\n'))
    expect(await readFromText(join(dir, '*'), {skipHeaderLines: 1, withPosition: true}).toArray()).to.deep.equal([
      {file: a, byteOffset: 8, value: 'é'},
      {file: a, byteOffset: 11, value: 'x'},
      {file: b, byteOffset: 5, value: 'y'},
    ])
  })
  it('gives that of records with a delimiter', async () => {
    const file = await put('a', 'x;y')
    expect(await readFromText(file, {delimiter: ';', withPosition: true}).toArray()).to.deep.equal([
      {file, byteOffset: 0, value: 'x'},
      {file, byteOffset: 2, value: 'y'},
    ])
  })
  for (const engine of ['fast', 'csv-parse'] as const)
    it(`gives that of CSV records, and leaves rejects as they are (${engine})`, async () => {
      const file = await put('a', 'a,b\n"1\n",2\n\n3\n4,5\n')
      const source = readFromCsv(file, {withPosition: true, rejects: true, engine})
      const rejects = source.tagged('rejects').toArray()
      expect(await source.toArray()).to.deep.equal([
        {file, byteOffset: 4, value: {a: '1\n', b: '2'}},
        {file, byteOffset: 14, value: {a: '4', b: '5'}},
      ])
      expect((await rejects).map(({byteOffset}) => byteOffset)).to.deep.equal([12])
    })
  it('gives that of JSON lines and of elements of an array', async () => {
    const lines = await put('lines', '1\n\n2\n')
    expect(await readFromJson(lines, {withPosition: true}).toArray()).to.deep.equal([
      {file: lines, byteOffset: 0, value: 1},
      {file: lines, byteOffset: 3, value: 2},
    ])
    const array = await put('array', '[\n 1, {}]')
    expect(await readFromJson(array, {format: 'array', withPosition: true}).toArray()).to.deep.equal([
      {file: array, byteOffset: 3, value: 1},
      {file: array, byteOffset: 6, value: {}},
    ])
  })
  it('gives that of a range where what is before and after it is read too', async () => {
    const file = await put('a', 'a\n"1"\n"2"\n"3"\n')
    expect(await readFromCsv(file, {range: {start: 3, end: 7}, withPosition: true}).toArray()).to.deep.equal([
      {file, byteOffset: 6, value: {a: '2'}},
    ])
  })
  it('names a stream that is read', async () => {
    expect(
      await readFromText(Readable.from([Buffer.from('x')], {objectMode: false}), {withPosition: true}).toArray(),
    ).to.deep.equal([{file: 'the input stream', byteOffset: 0, value: 'x'}])
  })
  it('changes no id', async () => {
    const file = await put('a', 'x\n'.repeat(2500))
    const [plain, positioned] = [new Ids(), new Ids()]
    await pipeline(readFromText(file), plain)
    await pipeline(readFromText(file, {withPosition: true}), positioned)
    expect(positioned.all).to.have.length(2500)
    expect(positioned.all).to.deep.equal(plain.all)
  })
  it('is true or false', () => {
    expect(() => readFromText('a', {withPosition: 'yes'} as never)).to.throw(
      /`withPosition` is 'yes'; give true or false/,
    )
    expect(readFromText('a', {withPosition: false})).to.be.an('object')
  })
})
