import {mkdtemp, rm, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type Bundle, Sink, silentLogger} from '../../../lib/core/index.ts'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {SluiceError} from '../../../lib/errors/index.ts'
import type {FileReject} from '../../../lib/files/index.ts'
import {readFromStdin} from '../../../lib/io/stdio/index.ts'
import {readAllFromText, readFromText, type TextReadOptions} from '../../../lib/io/text/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf} from '../../files/fixtures.ts'

/** Keeps the bundles that it is given. */
class Bundles extends Sink<unknown> {
  readonly all: Bundle<unknown>[] = []
  override writeBundle(bundle: Bundle<unknown>) {
    this.all.push(bundle)
  }
  override commit() {}
  get ids(): string[] {
    return this.all.flatMap(({ids, values}) => values.map((_, i) => `${ids!.prefix} ${ids!.at(i)}`))
  }
}

describe('readFromText', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = (name: string, content: string | Buffer) => writeFile(join(dir, name), content)
  const read = (pattern = '*', options?: TextReadOptions) => readFromText(join(dir, pattern), options).toArray()
  const bundles = async (pattern = '*', options?: TextReadOptions) => {
    const sink = new Bundles()
    await pipeline(readFromText(join(dir, pattern), options), sink)
    return sink
  }

  describe('with `rejects`', () => {
    const readBoth = async (content: string, options?: TextReadOptions) => {
      await put('a', Buffer.from(content, 'latin1'))
      const source = readFromText(join(dir, 'a'), {...options, rejects: true})
      const rejects = source.tagged('rejects').toArray()
      return {lines: await source.toArray(), rejects: (await rejects) as FileReject[]}
    }
    const error = 'the line is not UTF-8; convert the file first: iconv -f LATIN1 -t UTF-8'

    it('sets lines aside that are not UTF-8, with their bytes', async () => {
      const {lines, rejects} = await readBoth('a\n\xe9\r\n\xc3\xa9\n\xfc')
      expect(lines).to.deep.equal(['a', 'é'])
      const at = {file: join(dir, 'a'), raw: '\ufffd', error}
      expect(rejects).to.deep.equal([
        {...at, rawBase64: '6Q==', line: 2, byteOffset: 2},
        {...at, rawBase64: '/A==', line: 4, byteOffset: 8},
      ])
    })
    it('does so with a delimiter', async () => {
      const {lines, rejects} = await readBoth('a|\xe9|b|\xe9\xe8', {delimiter: '|'})
      expect(lines).to.deep.equal(['a', 'b'])
      expect(rejects.map(({rawBase64, byteOffset}) => [rawBase64, byteOffset])).to.deep.equal([
        ['6Q==', 2],
        ['6eg=', 6],
      ])
    })
    it('leaves a replacement character that stands in the file alone', async () => {
      expect(await readBoth('\xef\xbf\xbd\n')).to.deep.equal({lines: ['\ufffd'], rejects: []})
    })
  })

  describe('without `rejects`', () => {
    const warnings: string[] = []
    const logger = {...silentLogger, warn: (message: string) => void warnings.push(message)}
    beforeEach(() => void (warnings.length = 0))

    for (const options of [{}, {delimiter: '\n'}])
      it(`says once where bytes that are not UTF-8 become U+FFFD: ${JSON.stringify(options)}`, async () => {
        await put('a', 'ä\n')
        await put('b', Buffer.from('x\ny\xe9\nz\xe9\n', 'latin1'))
        expect(await read('*', {...options, logger})).to.deep.equal(['ä', 'x', 'y\ufffd', 'z\ufffd'])
        expect(warnings).to.have.length(1)
        expect(warnings[0]).to.include(`readFromText: ${join(dir, 'b')}, line 2 (byte 2): the line is not UTF-8`)
        expect(warnings[0]).to.include('`rejects: true`')
      })
    it('says nothing of a replacement character that stands in the file', async () => {
      await put('a', '\ufffd\n')
      expect(await read('a', {logger})).to.deep.equal(['\ufffd'])
      expect(warnings).to.deep.equal([])
    })
    it('says it of standard input and of readAllFromText too', async () => {
      await put('a', Buffer.from('\xe9', 'latin1'))
      const stream = Readable.from([Buffer.from('\xe9', 'latin1')], {objectMode: false})
      await readFromStdin({stream, logger}).toArray()
      await create([join(dir, 'a')])
        .pipe(readAllFromText({logger}))
        .toArray()
      expect(warnings.map(warning => warning.split(':')[0])).to.deep.equal(['readFromStdin', 'readAllFromText'])
    })
  })

  it('reads a file once that several patterns match, however they spell it', async () => {
    await put('a', 'x\n')
    const spellings = [join(dir, 'a'), `${dir}/./a`, `${dir}/*`, `file://${dir}/a`]
    expect(await readFromText(spellings).toArray()).to.deep.equal(['x'])
  })
  it('gives the lines of all files, in the order of their names', async () => {
    await put('b', 'b1\nb2\n')
    await put('a', 'a1\r\na2')
    expect(await read()).to.deep.equal(['a1', 'a2', 'b1', 'b2'])
  })
  it('leaves the header of each file out', async () => {
    await put('a', '\ufeffhead\na1\n')
    await put('b', 'head\nb1\n')
    await put('c', 'head')
    expect(await read('*', {skipHeaderLines: 1})).to.deep.equal(['a1', 'b1'])
  })
  it('reads records that end with a `delimiter`, in which an `escape` makes one data', async () => {
    await put('a', 'head|a1\n|a\\|2|')
    await put('b', gzipSync('head|b1'))
    const options = {delimiter: '|', escape: '\\', skipHeaderLines: 1}
    expect(await read('*', options)).to.deep.equal(['a1\n', 'a\\|2', 'b1'])
    expect((await bundles('a', options)).ids.map(id => id.split(' ').at(-1))).to.deep.equal(['5', '9'])
  })
  it('cuts records wherever the chunks of a file are cut', async () => {
    const records = Array.from({length: 30_000}, (_, i) => `record ${i} ${'é'.repeat(i % 7)}`)
    await put('a', records.join('<end>'))
    expect(await read('a', {delimiter: '<end>'})).to.deep.equal(records)
  })
  it('fails naming stage and file for a record that is too long', async () => {
    await put('a', 'ab\0abcdef')
    const error = await failureOf(read('a', {delimiter: '\0', maxLineBytes: 5, name: 'Read'}))
    expect(error).to.include({code: 'ERR_SLUICE_READ', stage: 'Read'})
    expect(error.message).to.include(`${dir}/a, line 2 (byte 3)`)
  })
  it('unzips by content, whatever the name says', async () => {
    await put('a.txt', gzipSync('a1\na2\n'))
    await put('b.gz', 'b1\n')
    expect(await read()).to.deep.equal(['a1', 'a2', 'b1'])
  })
  it('reads several patterns in their order, and a file that two of them match once', async () => {
    for (const name of ['a1', 'a2', 'b1']) await put(name, name)
    const patterns = ['b*', 'a*', '*1'].map(pattern => join(dir, pattern))
    expect(await readFromText(patterns).toArray()).to.deep.equal(['b1', 'a1', 'a2'])
  })
  it('fails before it reads anything when one of several patterns matches nothing', async () => {
    await put('a', 'a1')
    const source = readFromText([join(dir, 'a'), join(dir, 'nope*')])
    const seen: string[] = []
    source.on('data', line => seen.push(line))
    const error = await failureOf(new Promise((_, reject) => source.on('error', reject)))
    expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH', stage: 'readFromText'})
    expect(error.message).to.include('nope*')
    expect(seen).to.deep.equal([])
  })
  it('hands on bundles of at most 1,000 lines and 128 KiB', async () => {
    await put('short', 'x\n'.repeat(100_000))
    await put('long', `${'y'.repeat(1000)}\n`.repeat(2000))
    const {all} = await bundles()
    const bytes = ({values}: Bundle<unknown>) => values.reduce((sum: number, line) => sum + String(line).length + 1, 0)
    expect(Math.max(...all.map(({values}) => values.length))).to.be.at.most(1000)
    expect(Math.max(...all.map(bytes))).to.be.at.most(128 * 1024 + 1001)
    expect(all.reduce((sum, {values}) => sum + values.length, 0)).to.equal(102_000)
  })
  it('makes ids of file, time of change and byte offset in the unzipped content', async () => {
    await put('a', gzipSync('é\nb\n'))
    await utimes(join(dir, 'a'), 5, 5)
    expect((await bundles()).ids).to.deep.equal([`${dir}/a#5000000000 0`, `${dir}/a#5000000000 3`])
  })
  it('makes the same ids in every run over the same files', async () => {
    await put('a', 'x\n'.repeat(3000))
    expect((await bundles()).ids).to.deep.equal((await bundles()).ids)
  })
  it('makes other ids once a file has changed', async () => {
    await put('a', 'x\n')
    const before = (await bundles()).ids
    await utimes(join(dir, 'a'), 5, 5)
    expect((await bundles()).ids).to.not.deep.equal(before)
  })
  it('makes no more ids than values when a bundle is cut', async () => {
    await put('a', Array.from({length: 2500}, (_, i) => `${i}\n`).join(''))
    const {ids} = await bundles()
    expect(new Set(ids)).to.have.length(2500)
  })
  it('counts files and bytes', async () => {
    await put('a', 'a1\n')
    await put('b', gzipSync('b'))
    const source = readFromText(join(dir, '*'))
    await source.toArray()
    expect(source.info.metrics.extra).to.deep.include({files: 2, bytes: 3 + gzipSync('b').length})
    expect(source.info.metrics.out).to.equal(2)
  })
  it('fails naming stage and file for a line that is too long', async () => {
    await put('a', 'abcdef')
    const error = await failureOf(read('a', {maxLineBytes: 5, name: 'Read'}))
    expect(error).to.include({code: 'ERR_SLUICE_READ', stage: 'Read'})
    expect(error.message).to.include(`${dir}/a, line 1`)
  })
  it('fails naming the file for damaged gzip', async () => {
    await put('a', gzipSync('hello').subarray(0, 15))
    const error = await failureOf(read())
    expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
    expect(error.message).to.include(`${dir}/a`)
  })
  it('ends a pipeline with the signal that it is given', async () => {
    await put('a', 'x\n'.repeat(100_000))
    const abort = new AbortController()
    const source = readFromText(join(dir, 'a'), {signal: abort.signal})
    source.once('data', () => abort.abort())
    const error = await new Promise<Error>(resolve => source.on('error', resolve))
    expect(error.name).to.equal('AbortError')
  })
  it('reads no further than its consumer asks', async () => {
    await put('a', 'x'.repeat(999).concat('\n').repeat(20_000))
    const source = readFromText(join(dir, 'a'))
    const reader = source[Symbol.asyncIterator]()
    await reader.next()
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    expect(source.info.metrics.extra['bytes']).to.be.below(2_000_000)
    await reader.return!()
  })
  it('gives single lines to streams that are not ours', async () => {
    await put('a', 'a1\na2\n')
    const seen: unknown[] = []
    await pipeline(readFromText(join(dir, 'a')), async function* (lines: AsyncIterable<unknown>) {
      for await (const line of lines) seen.push(line)
      yield* []
    })
    expect(seen).to.deep.equal(['a1', 'a2'])
  })

  for (const [pattern, fix] of [
    ['gs://my-bucket', 'gs://my-bucket/**'],
    ['s3://my-bucket/a', 'gs://BUCKET/OBJECT'],
  ] as const)
    it(`refuses ${pattern} at construction`, () => {
      expect(() => readFromText(['a', pattern]))
        .to.throw(SluiceError, fix)
        .with.property('code', 'ERR_SLUICE_OPTION')
    })
  for (const [name, make] of [
    ['skipHeaderLines', () => readFromText('a', {skipHeaderLines: -1})],
    ['maxLineBytes', () => readFromText('a', {maxLineBytes: 0})],
    ['delimiter', () => readFromText('a', {delimiter: ''})],
    ['escape', () => readFromText('a', {escape: 'ab'})],
    ['compression', () => readFromText('a', {compression: 'lzma' as never})],
    ['client', () => readFromText('gs://a/b', {client: {} as never})],
    ['stallTimeout', () => readFromText('a', {stallTimeout: 'soon' as never})],
    ['retryFor', () => readFromText('a', {retryFor: -1})],
    ['allowMixedTargets', () => readFromText('a', {allowMixedTargets: 'yes' as never})],
    ['skipHeaderLine', () => readFromText('a', {skipHeaderLine: 1} as never)],
    ['pattern', () => readFromText([])],
    ['pattern', () => readFromText(undefined as never)],
  ] as const)
    it(`refuses a bad \`${name}\` at construction`, () => {
      expect(make)
        .to.throw(SluiceError, new RegExp(`readFromText: .*\`${name}\``))
        .with.property('code', 'ERR_SLUICE_OPTION')
    })
})

describe('readFromText on gs://', () => {
  let cloud: LocalCloud
  let client: Storage
  beforeEach(async () => {
    cloud = await startLocalCloud({services: ['storage']})
    client = new Storage(cloud.clientOptions.storage)
    await client.createBucket('my-bucket')
  })
  afterEach(() => cloud.close())
  const put = (name: string, content: string | Buffer, metadata = {}) =>
    client.bucket('my-bucket').file(name).save(content, {resumable: false, metadata})

  it('reads with the permissions storage.objects.list and storage.objects.get', async () => {
    await put('my-file1.csv', 'a\n1\n')
    await put('my-file2.csv', 'a\n2\n')
    cloud.permissions = ['storage.objects.list', 'storage.objects.get']
    const lines = await readFromText('gs://my-bucket/my-file*.csv', {client, skipHeaderLines: 1}).toArray()
    expect(lines).to.deep.equal(['1', '2'])
  })
  it('reads a path without glob characters with storage.objects.get alone', async () => {
    await put('a.csv', 'a\n')
    cloud.permissions = ['storage.objects.get']
    expect(await readFromText('gs://my-bucket/a.csv', {client}).toArray()).to.deep.equal(['a'])
  })
  it('reads every mix of gzip, Content-Encoding, type and name', async () => {
    const plain = 'a\nb\n'
    let n = 0
    for (const zipped of [gzipSync(plain), gzipSync(gzipSync(plain))])
      for (const contentEncoding of [undefined, 'gzip'])
        for (const contentType of ['text/csv', 'application/gzip'])
          for (const end of ['csv', 'csv.gz']) await put(`${n++}.${end}`, zipped, {contentEncoding, contentType})
    await put(`${n++}.gz`, plain, {contentType: 'application/gzip'})
    const lines = await readFromText('gs://my-bucket/*', {client}).toArray()
    expect(lines).to.deep.equal(Array.from({length: 2 * n}, (_, i) => (i % 2 === 0 ? 'a' : 'b')))
  })
  it('reads records that end with a delimiter', async () => {
    await put('a', 'x\0y\0')
    expect(await readFromText('gs://my-bucket/a', {client, delimiter: '\0'}).toArray()).to.deep.equal(['x', 'y'])
  })
  it('makes ids of path and generation', async () => {
    await put('a', 'x\ny\n')
    const [{generation}] = await client.bucket('my-bucket').file('a').getMetadata()
    const sink = new Bundles()
    await pipeline(readFromText('gs://my-bucket/a', {client}), sink)
    expect(sink.ids).to.deep.equal([`gs://my-bucket/a#${generation} 0`, `gs://my-bucket/a#${generation} 2`])
  })
  it('survives cuts, and counts what it did about them', async () => {
    const lines = Array.from({length: 20_000}, (_, i) => `line ${i}`)
    await put('a', lines.join('\n'))
    for (const nth of [1, 2, 3])
      cloud.faults.add({match: {call: 'objects.media'}, nth, do: {kind: 'fin', afterBytes: 50_001}})
    const source = readFromText('gs://my-bucket/a', {client})
    expect(await source.toArray()).to.deep.equal(lines)
    expect(source.info.metrics.extra).to.deep.include({retries: 3})
  })
  it('names the stage when the bucket does not exist', async () => {
    const error = await failureOf(readFromText('gs://nope/*', {client, name: 'Read'}).toArray())
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND', stage: 'Read'})
  })
  it('reports what it talks to, for the check of mixed targets', () => {
    expect(readFromText('gs://my-bucket/a', {client}).info.target!()).to.include({service: 'storage', explicit: true})
    expect(readFromText('a').info.target).to.equal(undefined)
    expect(readFromText('gs://b/a', {allowMixedTargets: true}).info.allowMixedTargets).to.equal(true)
  })
  it('ends with the pipeline when a later stage fails in mid-file', async () => {
    await put('a', 'x\n'.repeat(1_000_000))
    const cause = new Error('no')
    const fails = async (lines: AsyncIterable<unknown>) => {
      for await (const _ of lines) throw cause
    }
    const source = readFromText('gs://my-bucket/a', {client})
    expect(await pipeline(source, fails).catch(error => error)).to.equal(cause)
    expect(source.destroyed).to.equal(true)
  })
})
