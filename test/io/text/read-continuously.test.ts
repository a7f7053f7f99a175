import {mkdir, mkdtemp, rm, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {SluiceError} from '../../../lib/errors/index.ts'
import {readFromCsv} from '../../../lib/io/csv/index.ts'
import {readFromJson} from '../../../lib/io/json/index.ts'
import {readFromText, type TextReadOptions} from '../../../lib/io/text/index.ts'
import {FakeClock, type TestSink, testSink} from '../../../lib/testing/index.ts'
import {TestLogger} from '../../core/fakes.ts'
import {settle} from '../../core/support.ts'
import {failureOf, until} from '../../files/fixtures.ts'

const START = Date.UTC(2020, 0, 1)

/** A source that looks every 10 s, on a clock that the test moves, and what it has given. */
class Looking {
  readonly clock = new FakeClock(START)
  readonly logger = new TestLogger()
  readonly sink: TestSink<string> = testSink<string>()
  readonly source
  readonly run: Promise<void>

  constructor(pattern: string | string[], options: TextReadOptions = {}) {
    this.source = this.clock.attach(readFromText(pattern, {every: '10s', logger: this.logger, ...options}))
    this.run = pipeline(this.source, this.sink)
    this.run.catch(() => {})
  }

  /** Waits until a search and all that it has found are done: then nothing is set but the next one. */
  async looked(): Promise<string[]> {
    await until(() => this.source.info.watermark >= this.clock.now() && this.clock.pending.length > 0)
    // what was handed on reaches the sink
    await settle()
    return this.sink.values.splice(0)
  }

  /** What the next search finds. */
  async next(): Promise<string[]> {
    await this.clock.advance('10s')
    return this.looked()
  }
}

describe('a source of files that continues looking', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = async (name: string, content: string, time = 5) => {
    await writeFile(join(dir, name), content)
    await utimes(join(dir, name), time, time)
  }
  const look = (options?: TextReadOptions) => new Looking(join(dir, '*'), options)

  it('reads each file once, new ones at the next search, in the order of their names', async () => {
    await put('b', 'b1\nb2\n')
    const looking = look()
    expect(await looking.looked()).to.deep.equal(['b1', 'b2'])
    await put('c', 'c\n')
    await put('a', 'a\n')
    expect(await looking.next()).to.deep.equal(['a', 'c'])
    expect(await looking.next()).to.deep.equal([])
    looking.source.endEarly()
    await looking.run
  })
  it('looks from the beginning of one search to that of the next, and not in between', async () => {
    const looking = look()
    await looking.looked()
    await put('a', 'a\n')
    await looking.clock.advance('9999ms')
    expect(looking.sink.values).to.deep.equal([])
    await looking.clock.advance('1ms')
    expect(await looking.looked()).to.deep.equal(['a'])
    looking.source.endEarly()
    await looking.run
  })
  it('makes the ids that a source makes that looks once', async () => {
    await put('a', 'x\ny\n')
    const looking = look()
    await looking.looked()
    expect(looking.sink.ids).to.deep.equal([`${dir}/a#5000000000:0`, `${dir}/a#5000000000:2`])
    looking.source.endEarly()
    await looking.run
  })
  it('leaves a file alone that has changed', async () => {
    await put('a', 'a\n')
    const looking = look()
    await looking.looked()
    await put('a', 'other\n', 6)
    expect(await looking.next()).to.deep.equal([])
    looking.source.endEarly()
    await looking.run
  })
  it('reads a file again that has changed, with `matchUpdatedFiles`, once for each change', async () => {
    await put('a', 'a\n')
    const looking = look({matchUpdatedFiles: true})
    expect(await looking.looked()).to.deep.equal(['a'])
    await put('a', 'other\n', 6)
    expect(await looking.next()).to.deep.equal(['other'])
    expect(await looking.next()).to.deep.equal([])
    looking.source.endEarly()
    await looking.run
  })
  it('remembers only what is there: a file that was missing is a new one', async () => {
    await put('a', 'a\n')
    await put('b', 'b\n')
    const looking = look()
    await looking.looked()
    await rm(join(dir, 'a'))
    expect(await looking.next()).to.deep.equal([])
    await put('a', 'again\n')
    expect(await looking.next()).to.deep.equal(['again'])
    looking.source.endEarly()
    await looking.run
  })
  it('waits for the first file, in a folder that does not exist yet, and says once what it is waiting for', async () => {
    const looking = new Looking(join(dir, 'later', '*'))
    expect(await looking.looked()).to.deep.equal([])
    expect(await looking.next()).to.deep.equal([])
    await mkdir(join(dir, 'later'))
    await put('later/a', 'a\n')
    expect(await looking.next()).to.deep.equal(['a'])
    expect(looking.logger.lines).to.have.length(1)
    expect(looking.logger.lines[0]).to.match(/^readFromText: No file matches .*later.*looking again every 10/)
    looking.source.endEarly()
    await looking.run
  })
  it('gives lines the time of the search that found them, and a watermark that follows when nothing comes', async () => {
    await put('a', 'a\n')
    const looking = look()
    await looking.looked()
    expect(looking.sink.watermark).to.equal(START)
    await looking.next()
    expect(looking.sink.watermark).to.equal(START + 10_000)
    await put('b', 'b\n')
    await looking.next()
    expect(looking.sink.timestamps).to.deep.equal([START, START + 20_000])
    expect(looking.sink.watermark).to.equal(START + 20_000)
    looking.source.endEarly()
    await looking.run
  })
  it('lets no line come late: the watermark passes the time of a search only when all its files were read', async () => {
    for (const name of ['a', 'b', 'c']) await put(name, `${name}\n`.repeat(3000))
    const looking = look()
    await looking.looked()
    let watermark = Number.NEGATIVE_INFINITY
    for (const bundle of looking.sink.bundles) {
      for (const timestamp of bundle.timestamps ?? []) expect(timestamp).to.be.at.least(watermark)
      watermark = Math.max(watermark, bundle.watermark)
    }
    looking.source.endEarly()
    await looking.run
  })
  for (const [how, end] of [
    ['endEarly()', (looking: Looking) => looking.source.endEarly()],
    ['drain()', (looking: Looking) => void looking.source.drain()],
  ] as const)
    it(`ends well by ${how}, while it waits for the next search`, async () => {
      await put('a', 'a\n')
      const looking = look()
      await looking.looked()
      end(looking)
      await looking.run
      expect(looking.clock.pending).to.deep.equal([])
    })
  it('ends with its signal', async () => {
    const abort = new AbortController()
    const looking = look({signal: abort.signal})
    await looking.looked()
    abort.abort()
    expect((await looking.run.catch(error => error)).name).to.equal('AbortError')
    expect(looking.clock.pending).to.deep.equal([])
  })
  it('fails as any source does at a file that cannot be read', async () => {
    const looking = look()
    await looking.looked()
    await writeFile(join(dir, 'a'), Buffer.from([0xff, 0xfe, 0x61, 0]))
    await looking.clock.advance('10s')
    expect(await failureOf(looking.run)).to.include({code: 'ERR_SLUICE_ENCODING'})
  })
  it('finds a file once that several patterns match', async () => {
    await put('a', 'a\n')
    const looking = new Looking([join(dir, 'a'), join(dir, '*'), join(dir, 'none*')])
    expect(await looking.looked()).to.deep.equal(['a'])
    expect(await looking.next()).to.deep.equal([])
    looking.source.endEarly()
    await looking.run
  })
  it('reads CSV and JSON too, and gives rejects their time', async () => {
    await put('a.csv', 'id\n1\n')
    await put('a.jsonl', '{"id":1}\noops\n')
    const clock = new FakeClock(START)
    const csv = clock.attach(readFromCsv(join(dir, '*.csv'), {every: '1m'}))
    const json = clock.attach(readFromJson(join(dir, '*.jsonl'), {every: '1m', rejects: true}))
    const [rows, values, rejects] = [testSink(), testSink(), testSink()]
    const runs = [pipeline(csv, rows), pipeline(json, values), pipeline(json.tagged('rejects'), rejects)]
    await Promise.all([rows.received(1), values.received(1), rejects.received(1)])
    await until(() => [rows, values, rejects].every(({watermark}) => watermark === START))
    for (const sink of [rows, values, rejects]) expect(sink.timestamps).to.deep.equal([START])
    csv.endEarly()
    json.endEarly()
    await Promise.all(runs)
  })

  for (const [name, make] of [
    ['every', () => readFromText('a', {every: 'often' as never})],
    ['every', () => readFromText('a', {every: 0})],
    ['every', () => readFromText(process.stdin, {every: '1s'})],
    ['matchUpdatedFiles', () => readFromText('a', {every: '1s', matchUpdatedFiles: 'yes' as never})],
    ['matchUpdatedFiles', () => readFromText('a', {matchUpdatedFiles: true})],
  ] as const)
    it(`refuses a bad \`${name}\` at construction`, () => {
      expect(make)
        .to.throw(SluiceError, new RegExp(`readFromText: .*\`${name}\``))
        .with.property('code', 'ERR_SLUICE_OPTION')
    })
})

describe('a source of gs:// files that continues looking', () => {
  let cloud: LocalCloud
  let client: Storage
  beforeEach(async () => {
    cloud = await startLocalCloud({services: ['storage']})
    client = new Storage(cloud.clientOptions.storage)
    await client.createBucket('my-bucket')
  })
  afterEach(() => cloud.close())
  const put = (name: string, content: string) => client.bucket('my-bucket').file(name).save(content, {resumable: false})

  it('waits for the first object, and reads new ones and, if asked, new generations', async () => {
    const looking = new Looking('gs://my-bucket/*', {client, matchUpdatedFiles: true})
    expect(await looking.looked()).to.deep.equal([])
    await put('b', 'b\n')
    expect(await looking.next()).to.deep.equal(['b'])
    await put('a', 'a\n')
    await put('b', 'b2\n')
    expect(await looking.next()).to.deep.equal(['a', 'b2'])
    expect(await looking.next()).to.deep.equal([])
    looking.source.endEarly()
    await looking.run
  })
  it('waits for an object that is named without a wildcard', async () => {
    const looking = new Looking('gs://my-bucket/a', {client})
    expect(await looking.looked()).to.deep.equal([])
    await put('a', 'a\n')
    expect(await looking.next()).to.deep.equal(['a'])
    expect(await looking.next()).to.deep.equal([])
    looking.source.endEarly()
    await looking.run
  })
  it('fails when the bucket does not exist, or may not be listed', async () => {
    expect(await failureOf(new Looking('gs://nope/*', {client}).run)).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
    cloud.permissions = []
    expect(await failureOf(new Looking('gs://my-bucket/*', {client}).run)).to.include({
      code: 'ERR_SLUICE_PERMISSION',
    })
  })
  it('tries a search again that fails for now, and reads nothing twice', async () => {
    await put('a', 'a\n')
    const looking = new Looking('gs://my-bucket/*', {client})
    await looking.looked()
    await put('b', 'b\n')
    cloud.faults.add({match: {call: 'objects.list'}, nth: [1, 2], do: {kind: 'status', status: 503}})
    await looking.clock.advance('10s')
    for (const retries of [1, 2]) {
      await until(() => looking.source.info.metrics.extra['retries'] === retries)
      await looking.clock.advance('8s')
    }
    await looking.sink.received(1)
    expect(looking.sink.values).to.deep.equal(['b'])
    looking.source.endEarly()
    await looking.run
  })
})
