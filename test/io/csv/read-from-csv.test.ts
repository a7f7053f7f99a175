import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {type Bundle, Sink} from '../../../lib/core/index.ts'
import {SluiceError} from '../../../lib/errors/index.ts'
import {type CsvReadOptions, type CsvReject, readFromCsv} from '../../../lib/io/csv/index.ts'
import {failureOf} from '../../files/fixtures.ts'

class Bundles<T> extends Sink<T> {
  readonly all: Bundle<T>[] = []
  override writeBundle(bundle: Bundle<T>) {
    this.all.push(bundle)
  }
  override commit() {}
  get values(): T[] {
    return this.all.flatMap(({values}) => values)
  }
  get ids(): string[] {
    return this.all.flatMap(({ids, values}) => values.map((_, i) => ids!.at(i)))
  }
}

describe('readFromCsv', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = (name: string, content: string | Buffer) => writeFile(join(dir, name), content)
  const read = (options?: CsvReadOptions) => readFromCsv(join(dir, '*'), options).toArray()

  it('gives objects named by the header of each file', async () => {
    await put('a', '\ufeffid,name\r\n1,"x, y"\r\n')
    await put('b', gzipSync('name,id\n"say ""hi""\nnow",2'))
    expect(await read()).to.deep.equal([
      {id: '1', name: 'x, y'},
      {name: 'say "hi"\nnow', id: '2'},
    ])
  })
  it('casts columns', async () => {
    await put('a', 'id,n\n1,2.5\n')
    expect(await read({cast: {n: 'number'}})).to.deep.equal([{id: '1', n: 2.5}])
  })
  it('reads the columns that are asked for', async () => {
    await put('a', 'id,name,n\n1,x,2\n')
    await put('b', 'n,id\n3,4\n')
    expect(await read({columns: ['id', 'n']})).to.deep.equal([
      {id: '1', n: '2'},
      {n: '3', id: '4'},
    ])
  })
  it('passes options through to csv-parse', async () => {
    await put('a', 'id\n# none\n1\n')
    expect(await read({csvParse: {comment: '#'}})).to.deep.equal([{id: '1'}])
  })
  for (const engine of ['fast', 'csv-parse'] as const)
    it(`refuses UTF-16 with a clear error (${engine})`, async () => {
      await put('a', Buffer.from('\ufeffid\n1\n', 'utf16le'))
      const error = await failureOf(read({engine}))
      expect(error).to.include({code: 'ERR_SLUICE_ENCODING', stage: 'readFromCsv'})
      expect(error.message).to.match(/\/a is UTF-16.*only UTF-8 is read/)
    })
  it('gives rows that may be changed in place', async () => {
    await put('a', 'id\n1\n')
    const [row] = await read()
    expect(Object.isFrozen(row)).to.equal(false)
  })
  it('makes ids of the byte offsets of the records', async () => {
    await put('a', 'id\n1\n\n22\n3')
    const sink = new Bundles()
    await pipeline(readFromCsv(join(dir, 'a')), sink)
    expect(sink.ids).to.deep.equal(['3', '6', '9'])
    expect(sink.all[0]!.ids!.prefix).to.match(/\/a#\d+$/)
  })
  it('fails for a malformed record, naming stage, file, line and byte', async () => {
    await put('a', 'a,b\n1,2\n3\n')
    const error = await failureOf(read({name: 'Read'}))
    expect(error).to.include({code: 'ERR_SLUICE_CSV', stage: 'Read'})
    expect(error.message).to.include(`${dir}/a, line 3 (byte 8)`)
  })
  it('sets a stray quote aside and loses one line to it', async () => {
    await put('a', 'a,b\n1,2\n3,"x\n5,6\n7,"8"\n')
    const source = readFromCsv(join(dir, 'a'), {rejects: true})
    const rejects = new Bundles<CsvReject>()
    source.tagged('rejects').pipe(rejects)
    expect((await source.toArray()).map(row => row['a'])).to.deep.equal(['1', '5', '7'])
    expect(rejects.values).to.have.length(1)
    expect(rejects.values[0]).to.include({raw: '3,"x', line: 3, byteOffset: 8, file: join(dir, 'a')})
  })
  it('fails at a stray quote under csv-parse even when rejects are set aside', async () => {
    await put('a', 'a,b\n1,2\n3,x"\n5,6\n')
    const source = readFromCsv(join(dir, 'a'), {rejects: true, engine: 'csv-parse'})
    source.tagged('rejects').resume()
    const error = await failureOf(source.toArray())
    expect(error.message).to.include(`${dir}/a, line 3 (byte 8)`)
  })
  it('hands malformed records to the output `rejects`', async () => {
    await put('a', 'a,b\n1,2\n3\n5,6\n7,8,9\n')
    const source = readFromCsv(join(dir, 'a'), {rejects: true})
    const rejects = new Bundles<CsvReject>()
    source.tagged('rejects').pipe(rejects)
    expect(await source.toArray()).to.deep.equal([
      {a: '1', b: '2'},
      {a: '5', b: '6'},
    ])
    const file = join(dir, 'a')
    expect(rejects.values).to.deep.equal([
      {raw: '3', line: 3, byteOffset: 8, file, header: 'a,b', error: 'the record has 1 field instead of 2'},
      {raw: '7,8,9', line: 5, byteOffset: 14, file, header: 'a,b', error: 'the record has 3 fields instead of 2'},
    ])
    expect(rejects.ids).to.deep.equal(['8', '14'])
  })
  for (const engine of ['fast', 'csv-parse'] as const)
    it(`gives the bytes of rejects that are not UTF-8, and the header that names their fields (${engine})`, async () => {
      await put('a', Buffer.from('a,b\r\n\xe9,"x\r\n"\r\n\xef\xbf\xbd,1\r\n\xfc,2', 'latin1'))
      const source = readFromCsv(join(dir, 'a'), {rejects: true, engine})
      const rejects = source.tagged('rejects').toArray()
      expect(await source.toArray()).to.deep.equal([{a: '\ufffd', b: '1'}])
      const [first, ...others] = (await rejects) as CsvReject[]
      const bytes = Buffer.from(first!.rawBase64!, 'base64').toString('latin1')
      // the fast engine sets lines aside
      expect(bytes).to.equal(engine === 'fast' ? '\xe9,"x' : '\xe9,"x\r\n"')
      expect(first!.header).to.equal('a,b')
      expect(others.at(-1)).to.include({raw: '\ufffd,2', rawBase64: '/Cwy', header: 'a,b'})
    })
  it('counts rejects as failed', async () => {
    await put('a', 'a,b\n1,2\n3\n')
    const source = readFromCsv(join(dir, 'a'), {rejects: true})
    source.tagged('rejects').resume()
    await source.toArray()
    expect(source.info.metrics).to.include({out: 1, failed: 1})
  })
  it('waits for the reader of its rejects', async () => {
    await put('a', `a,b\n${'1\n'.repeat(100_000)}`)
    const source = readFromCsv(join(dir, 'a'), {rejects: true})
    const rejects = source.tagged('rejects')
    const reader = rejects[Symbol.asyncIterator]()
    const all = source.toArray()
    await reader.next()
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    expect(source.info.metrics.failed).to.be.at.most(5000)
    for (let next = await reader.next(); !next.done; next = await reader.next());
    await all
    expect(source.info.metrics.failed).to.equal(100_000)
  })
  it('fails at the first reject that nobody reads, saying where it is', async () => {
    await put('a', 'a,b\n1,2\n3\n')
    const error = await failureOf(read({rejects: true}))
    expect(error).to.include({code: 'ERR_SLUICE_UNCLAIMED_DEAD_LETTER'})
    expect(error.element).to.deep.include({raw: '3', line: 3})
    expect(error.message).to.include(`${dir}/a, line 3 (byte 8)`).and.to.include("tagged('rejects')")
  })
  it('has no output `rejects` without the option, and reports it', () => {
    const source = readFromCsv('a') as unknown as {tagged(tag: string): unknown}
    expect(() => source.tagged('rejects')).to.throw(SluiceError, /rejects: true/)
  })
  it('has no other output', () => {
    const source = readFromCsv('a', {rejects: true}) as unknown as {tagged(tag: string): unknown}
    expect(() => source.tagged('reject')).to.throw(SluiceError, /There is only tagged\('rejects'\)/)
  })
  it('holds the records of a slice, not of a chunk or file, while its consumer pauses', async () => {
    await put('a', `a,b\n${'1,2\n'.repeat(1_000_000)}`)
    const source = readFromCsv(join(dir, 'a'))
    const reader = source[Symbol.asyncIterator]()
    await reader.next()
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    expect(source.info.metrics.out).to.be.at.most(3000)
    await reader.return!()
  })
  for (const [name, options] of [
    ['engine', {engine: 'quick'}],
    ['csvParse', {engine: 'fast', csvParse: {}}],
    ['rejects', {rejects: 1}],
    ['delimiter', {delimiter: ''}],
    ['seperator', {seperator: ';'}],
  ] as const)
    it(`refuses a bad \`${name}\` at construction`, () => {
      expect(() => readFromCsv('a', options as never))
        .to.throw(SluiceError, new RegExp(`readFromCsv: .*\`${name}\``))
        .with.property('code', 'ERR_SLUICE_OPTION')
    })
})
