import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {SluiceError} from '../../../lib/errors/index.ts'
import type {ByteRange, FileSource} from '../../../lib/files/index.ts'
import {readFromCsv} from '../../../lib/io/csv/index.ts'
import {readFromJson} from '../../../lib/io/json/index.ts'
import {readFromText} from '../../../lib/io/text/index.ts'
import {failureOf} from '../../files/fixtures.ts'
import {caught} from '../../formats/chunks.ts'

/** Larger than what is read at once, so that ranges begin and end in all kinds of places. */
const RECORDS = Array.from({length: 30_000}, (_, n) => n)
const TEXT = `\ufeffid,name\r\n${RECORDS.map(n => `${n},name ${n}\r\n`).join('')}`

/** Borders at the ends of lines, in the middle of them, and in the header. */
const BORDERS = [1, 3, 8, 12, 13, 131_072, 131_073, 200_000, 400_001]

describe('ranges of files', () => {
  let cloud: LocalCloud
  let client: Storage
  let dir: string
  before(async () => {
    cloud = await startLocalCloud({services: ['storage']})
    client = new Storage(cloud.clientOptions.storage)
    await client.createBucket('my-bucket')
  })
  after(() => cloud.close())
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))

  const put = async (where: 'local' | 'gs', content: string | Buffer) => {
    if (where === 'local') {
      await writeFile(join(dir, 'f'), content)
      return join(dir, 'f')
    }
    await client.bucket('my-bucket').file('f').save(content, {resumable: false, validation: false})
    return 'gs://my-bucket/f'
  }
  const readAll = async <O>(read: (range: ByteRange) => FileSource<O>, borders: readonly number[]) => {
    const places = [0, ...borders]
    const found: O[] = []
    for (const [i, start] of places.entries()) {
      const end = places[i + 1]
      found.push(...((await read(end === undefined ? {start} : {start, end}).toArray()) as O[]))
    }
    return found
  }

  for (const where of ['local', 'gs'] as const) {
    it(`give all lines once, ${where}`, async () => {
      const path = await put(where, TEXT)
      const lines = await readAll(range => readFromText(path, {range, skipHeaderLines: 1, client}), BORDERS)
      expect(lines).to.deep.equal(RECORDS.map(n => `${n},name ${n}`))
    })
    it(`give all CSV records once, by the names in the header, ${where}`, async () => {
      const path = await put(where, TEXT)
      for (const quote of [null, '"']) {
        const rows = await readAll(range => readFromCsv(path, {range, quote, client}), BORDERS)
        expect(rows).to.deep.equal(RECORDS.map(n => ({id: `${n}`, name: `name ${n}`})))
      }
    })
    it(`give all JSON values once, ${where}`, async () => {
      const path = await put(where, RECORDS.map(n => `{"n":${n}}\n`).join(''))
      const values = await readAll(range => readFromJson(path, {range, client}), BORDERS)
      expect(values).to.deep.equal(RECORDS.map(n => ({n})))
    })
  }

  it('are read of an object without what comes before', async () => {
    const path = await put('gs', TEXT)
    cloud.log.clear()
    const source = readFromText(path, {range: {start: 400_000, end: 400_030}, skipHeaderLines: 1, client})
    const lines = await source.toArray()
    expect(lines.length).to.be.within(1, 3)
    const ranges = cloud.log.of({call: 'objects.media'}).map(({range}) => range)
    expect(ranges).to.deep.equal([undefined, 'bytes=399999-'])
  })
  it('are of every file that the patterns match', async () => {
    await writeFile(join(dir, 'a'), 'a1\na2\na3\n')
    await writeFile(join(dir, 'b'), 'b1\nb2\nb3\n')
    expect(await readFromText(join(dir, '*'), {range: {start: 1, end: 4}}).toArray()).to.deep.equal(['a2', 'b2'])
  })
  it('may be empty, or after the end', async () => {
    const path = await put('local', 'a\nb\n')
    for (const range of [{start: 2, end: 2}, {end: 0}, {start: 4}, {start: 1000}, {start: 1000, end: 2000}])
      expect(await readFromText(path, {range}).toArray()).to.deep.equal([])
  })
  it('do not fail because of what is wrong elsewhere, where records end with a line', async () => {
    const path = await put('local', 'oops\n{"n":1}\noops')
    expect(await readFromJson(path, {range: {start: 5, end: 13}}).toArray()).to.deep.equal([{n: 1}])
    const error = await failureOf(readFromJson(path, {range: {start: 13}}).toArray())
    expect(error).to.include({code: 'ERR_SLUICE_JSON'})
    expect(error.message).to.include(`${path}, byte 13: the line is not JSON`)
  })
  it('set their own records aside, by byte, without a line where that is not known', async () => {
    const path = await put('local', 'oops\n{"n":1}\noops\n')
    const source = readFromJson(path, {range: {start: 1}, rejects: true})
    const setAside = source.tagged('rejects')
    const [values, rejects] = await Promise.all([source.toArray(), setAside.toArray()])
    expect(values).to.deep.equal([{n: 1}])
    expect(rejects.map(({line, byteOffset, raw}) => ({line, byteOffset, raw}))).to.deep.equal([
      {line: 0, byteOffset: 13, raw: 'oops'},
    ])
  })
  it('count the records of quoted CSV as they are when they are read from the beginning', async () => {
    const path = await put('local', 'id\n"a\nb"\n"c\nd"\ne\n')
    const read = (range: ByteRange) => readFromCsv<{id: string}>(path, {range})
    for (let border = 0; border <= 17; border++)
      expect((await readAll(read, [border])).map(({id}) => id)).to.deep.equal(['a\nb', 'c\nd', 'e'])
  })
  it('are refused of compressed files', async () => {
    const path = await put('local', gzipSync('a\nb\n'))
    const error = await failureOf(readFromText(path, {range: {start: 1}}).toArray())
    expect(error).to.be.instanceOf(SluiceError).and.include({code: 'ERR_SLUICE_OPTION'})
    expect(error.message).to.include(`${path} is compressed, so no part of it can be read on its own`)
    expect(await readFromText(path, {range: {start: 0}}).toArray()).to.deep.equal(['a', 'b'])
  })
  it('are refused of UTF-16, wherever they are', async () => {
    const path = await put('local', Buffer.from('\ufeffa\nb\n', 'utf16le'))
    expect(await failureOf(readFromText(path, {range: {start: 4}}).toArray())).to.include({code: 'ERR_SLUICE_ENCODING'})
  })
  it('are integers in order, of files', () => {
    for (const range of [7, null, {start: -1}, {start: 1.5}, {end: '9'}, {start: 2, end: 1}, {from: 1}])
      expect(caught(() => readFromText('f', {range: range as ByteRange}))).to.include({code: 'ERR_SLUICE_OPTION'})
    expect(caught(() => readFromText(new Readable({read() {}}), {range: {start: 1}})).message).to.include(
      'for files only',
    )
  })
})
