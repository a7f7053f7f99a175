import {mkdtemp, rm, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {deadLetter, silentLogger} from '../../../lib/core/index.ts'
import {EMIT_BARRIER} from '../../../lib/core/streams/internals.ts'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {SluiceError} from '../../../lib/errors/index.ts'
import {HAS_ZSTD} from '../../../lib/files/codecs/zstd.ts'
import {readAllFromText, readFromText} from '../../../lib/io/text/index.ts'
import {runStage, testSink, testSource} from '../../../lib/testing/index.ts'
import {create, filter} from '../../../lib/transforms/index.ts'
import {Log} from '../../core/barrier-logs.ts'
import {ManualSource, settle} from '../../core/support.ts'
import {BZIP2, failureOf, until, ZSTD} from '../../files/fixtures.ts'

describe('readAllFromText', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = async (name: string, content: string | Buffer) => {
    await writeFile(join(dir, name), content)
    return join(dir, name)
  }

  it('gives the lines of each path and pattern, in the order of the paths', async () => {
    const b = await put('b', 'b1\nb2\n')
    await put('a1', 'x\r\n')
    await put('a2', 'y')
    const {output} = await runStage(readAllFromText(), [b, join(dir, 'a*'), `file://${b}`])
    expect(output).to.deep.equal(['b1', 'b2', 'x', 'y', 'b1', 'b2'])
  })
  it('gives records that other delimiters end, with their positions, when it is asked to', async () => {
    const file = await put('a', 'x;yy;')
    const {output} = await runStage(readAllFromText({delimiter: ';', withPosition: true}), [file])
    expect(output).to.deep.equal([
      {file, byteOffset: 0, value: 'x'},
      {file, byteOffset: 2, value: 'yy'},
    ])
  })
  it('lets a barrier pass between the lines of the paths before it and those after it', async () => {
    const paths = [await put('a', 'a1\na2\n'), await put('b', 'b1\n'), await put('c', 'c1\nc2\n')]
    const [source, sink] = [new ManualSource<string>(), new Log()]
    const done = pipeline(source, readAllFromText(), sink)
    source.give(paths.slice(0, 2))
    await settle()
    source[EMIT_BARRIER](1)
    source.give(paths.slice(2))
    await settle()
    source[EMIT_BARRIER](2)
    source.finish()
    await done
    expect(sink.log).to.deep.equal(['a1', 'a2', 'b1', '#1', 'c1', 'c2', '#2'])
  })
  it('gives nothing for no path', async () => {
    expect((await runStage(readAllFromText(), [])).output).to.deep.equal([])
  })
  it('has the settings of readFromText', async () => {
    const a = await put('a', gzipSync('head\n1\n'))
    expect((await runStage(readAllFromText({skipHeaderLines: 1}), [a])).output).to.deep.equal(['1'])
    const error = await failureOf(runStage(readAllFromText({maxLineBytes: 3}), [a]))
    expect(error).to.include({code: 'ERR_SLUICE_READ', stage: 'readAllFromText', element: a})
  })
  it('takes no range, which is of files that are known beforehand', () => {
    expect(() => readAllFromText({range: {end: 5}} as never)).to.throw(/readAllFromText.*range/)
  })
  it('unzips what is compressed, by its content', async () => {
    const paths = [await put('a', BZIP2.hello), await put('b.gz', BZIP2.world)]
    if (HAS_ZSTD) paths.push(await put('c', ZSTD.hello))
    const {output} = await runStage(readAllFromText(), paths)
    expect(output).to.deep.equal(HAS_ZSTD ? ['hello ', 'world', 'hello '] : ['hello ', 'world'])
  })
  it('gives each line the id that readFromText gives it', async () => {
    await put('a', 'x\ny\n')
    await put('b', gzipSync('é\nb\n'))
    for (const name of ['a', 'b']) await utimes(join(dir, name), 5, 5)
    const [all, each] = [testSink<string>(), testSink<string>()]
    await pipeline(create([join(dir, 'a'), join(dir, 'b')]), readAllFromText(), all)
    await pipeline(readFromText(join(dir, '*')), each)
    expect(all.ids).to.have.length(4)
    expect(all.ids).to.deep.equal(each.ids)
  })
  it('gives lines the timestamp of the path, and the watermark when they have gone', async () => {
    const a = await put('a', 'x\ny\n')
    const b = await put('b', 'z\n')
    const sink = testSink<string>()
    const source = testSource([[a, b]], {timestamps: path => (path === a ? 10 : 20), watermarks: [15]})
    await pipeline(source, readAllFromText(), sink)
    expect(sink.timestamps).to.deep.equal([10, 10, 20])
    expect(sink.watermark).to.equal(15)
    const withValues = sink.bundles.filter(({values}) => values.length > 0)
    expect(withValues.map(({watermark}) => watermark)).to.deep.equal([-Infinity, -Infinity])
  })
  it('has a message acknowledged when all lines of its path are committed, and not before', async () => {
    const a = await put('a', 'x\n'.repeat(2500))
    const source = testSource([[a]], {leases: true})
    const sink = testSink<string>({stall: true})
    const run = pipeline(source, readAllFromText(), sink)
    await until(() => sink.writableLength > 0)
    expect(source.outstanding).to.deep.equal([a])
    sink.release()
    await run
    expect(source.acked).to.deep.equal([a])
    expect(sink.values).to.have.length(2500)
  })
  it('has a message acknowledged whose file is empty, or none of whose lines is wanted', async () => {
    const [a, b] = [await put('a', ''), await put('b', 'x\ny\n')]
    const source = testSource([[a, b]], {leases: true})
    await pipeline(
      source,
      readAllFromText(),
      filter(() => false),
      testSink(),
    )
    expect(source.acked).to.have.members([a, b])
  })
  it('keeps a message whose lines are not committed', async () => {
    const a = await put('a', 'x\ny\n')
    const source = testSource([[a]], {leases: true, drain: '1ms', logger: silentLogger})
    await pipeline(source, readAllFromText(), testSink({acknowledge: 'never'}))
    expect(source.acked).to.deep.equal([])
  })
  it('fails the run at a path that cannot be read, with the path as the element', async () => {
    const path = join(dir, 'nope')
    const error = await failureOf(runStage(readAllFromText({name: 'Lines'}), [path]))
    expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH', stage: 'Lines', element: path})
  })
  it('fails the run only when the lines before have been handed on', async () => {
    const a = await put('a', 'x\ny\n')
    const sink = testSink<string>()
    await failureOf(pipeline(create([a, join(dir, 'nope')]), readAllFromText(), sink))
    expect(sink.values).to.deep.equal(['x', 'y'])
  })
  it('sends paths that cannot be read to a dead letter, and continues', async () => {
    const a = await put('a', 'x\n')
    const bad = await put('bad', gzipSync('hello\n'.repeat(100)).subarray(0, -9))
    const nope = join(dir, 'nope*')
    const stage = readAllFromText({onError: deadLetter('bad')})
    const given = [a, nope, bad, 's3://b/a', '', 7 as never, a]
    const {output, tags, metrics} = await runStage(stage, given, {tags: ['bad']})
    expect(output.filter(line => line !== 'hello')).to.deep.equal(['x', 'x'])
    expect(tags.bad.map(({element}) => element)).to.deep.equal([nope, bad, 's3://b/a', '', 7])
    expect(tags.bad.map(({error}) => error).join('\n')).to.match(
      /No file matches[\s\S]*truncated gzip[\s\S]*s3:\/\/[\s\S]*'' is neither a path[\s\S]*7 is neither a path/,
    )
    expect(metrics.failed).to.equal(5)
  })
  it('reads nothing more of a pattern of which a file has failed', async () => {
    for (const [name, content] of [
      ['a', 'x\n'],
      ['b', gzipSync('hello').subarray(0, 15)],
      ['c', 'y\n'],
    ] as const)
      await put(name, content)
    const stage = readAllFromText({onError: deadLetter('bad')})
    const {output, tags} = await runStage(stage, [join(dir, '*'), join(dir, 'c')], {tags: ['bad']})
    expect(output).to.deep.equal(['x', 'y'])
    expect(tags.bad).to.have.length(1)
  })
  it('gives a dead letter the message along, and acknowledges it when that is committed', async () => {
    const source = testSource([[join(dir, 'nope')]], {leases: true})
    const stage = readAllFromText({onError: deadLetter('bad')})
    const rejects = testSink<unknown>({stall: true})
    const run = Promise.all([pipeline(source, stage, testSink()), pipeline(stage.tagged('bad'), rejects)])
    await until(() => rejects.writableLength > 0)
    expect(source.acked).to.deep.equal([])
    rejects.release()
    await run
    expect(source.acked).to.have.length(1)
    expect(rejects.ids).to.deep.equal(['testSource:0.bad.0'])
  })
  it("gives the message back with 'nack', and continues", async () => {
    const a = await put('a', 'x\n')
    const nope = join(dir, 'nope')
    const source = testSource([[nope, a]], {leases: true})
    const sink = testSink<string>()
    await pipeline(source, readAllFromText({onError: 'nack', logger: silentLogger}), sink)
    expect(source.nacked).to.deep.equal([nope])
    expect(source.acked).to.deep.equal([a])
    expect(sink.values).to.deep.equal(['x'])
  })
  it('fails when nobody reads the dead letters', async () => {
    const error = await failureOf(runStage(readAllFromText({onError: deadLetter('bad')}), [join(dir, 'nope')]))
    expect(error).to.include({code: 'ERR_SLUICE_UNCLAIMED_DEAD_LETTER'})
  })
  it('reads a huge file no further than its lines are taken', async () => {
    const a = await put('a', 'x'.repeat(999).concat('\n').repeat(20_000))
    const stage = readAllFromText()
    const reader = create([a]).pipe(stage)[Symbol.asyncIterator]()
    await reader.next()
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    expect(stage.info.metrics.extra['bytes']).to.be.below(2_000_000)
    await reader.return!()
  })
  it('hands on the lines of paths as they come, before the input ends', async () => {
    const a = await put('a', 'x\n')
    let end!: () => void
    const source = testSource(
      (async function* () {
        yield [a]
        await new Promise<void>(resolve => (end = resolve))
      })(),
    )
    const sink = testSink<string>()
    const run = pipeline(source, readAllFromText(), sink)
    await sink.received(1)
    end()
    await run
  })
  it('reads many paths, in order, with any concurrency', async () => {
    const paths = await Promise.all(Array.from({length: 500}, (_, i) => put(`f${i}`, `${i}\n`)))
    for (const concurrency of [1, 2, 64])
      expect((await runStage(readAllFromText({concurrency}), paths)).output.map(Number)).to.deep.equal([
        ...paths.keys(),
      ])
  })
  it('ends when a later stage fails in mid-file', async () => {
    const a = await put('a', 'x\n'.repeat(100_000))
    const cause = new Error('no')
    const stage = readAllFromText()
    const run = pipeline(create([a, a, a]), stage, testSink({fail: {in: 'write', error: cause}}))
    expect((await failureOf(run)).cause).to.equal(cause)
    expect(stage.destroyed).to.equal(true)
  })
  for (const [name, make] of [
    ['concurrency', () => readAllFromText({concurrency: 0})],
    ['every', () => readAllFromText({every: '1s'} as never)],
    ['onError', () => readAllFromText({onError: 'skip' as never})],
    ['skipHeaderLines', () => readAllFromText({skipHeaderLines: -1})],
  ] as const)
    it(`refuses a bad \`${name}\` at construction`, () => {
      expect(make)
        .to.throw(SluiceError, new RegExp(`readAllFromText: .*\`${name}\``))
        .with.property('code', 'ERR_SLUICE_OPTION')
    })
})

describe('readAllFromText on gs://', () => {
  let cloud: LocalCloud
  let client: Storage
  beforeEach(async () => {
    cloud = await startLocalCloud({services: ['storage']})
    client = new Storage(cloud.clientOptions.storage)
    await client.createBucket('my-bucket')
  })
  afterEach(() => cloud.close())
  const put = (name: string, content: string | Buffer) =>
    client.bucket('my-bucket').file(name).save(content, {resumable: false, validation: false})

  it('reads paths and patterns, survives cuts, and gives the ids of readFromText', async () => {
    const lines = Array.from({length: 20_000}, (_, i) => `line ${i}`)
    await put('a1', lines.join('\n'))
    await put('a2', 'x\n')
    cloud.faults.add({match: {call: 'objects.media'}, nth: [1, 3], do: {kind: 'fin', afterBytes: 50_001}})
    const [all, each] = [testSink<string>(), testSink<string>()]
    await pipeline(create(['gs://my-bucket/a1', 'gs://my-bucket/a?']), readAllFromText({client}), all)
    expect(all.values).to.deep.equal([...lines, ...lines, 'x'])
    await pipeline(readFromText('gs://my-bucket/*', {client}), each)
    expect(all.ids.slice(lines.length)).to.deep.equal(each.ids)
  })
  it('sends a path without permission or object to a dead letter', async () => {
    await put('a', 'x\n')
    cloud.permissions = ['storage.objects.get']
    const stage = readAllFromText({client, onError: deadLetter('bad')})
    const given = ['gs://my-bucket/*', 'gs://my-bucket/nope', 'gs://my-bucket/a']
    const {output, tags} = await runStage(stage, given, {tags: ['bad']})
    expect(output).to.deep.equal(['x'])
    expect(tags.bad.map(({element}) => element)).to.deep.equal(given.slice(0, 2))
  })
  it('reports what it talks to only when there is a path of Cloud Storage', async () => {
    await put('a', 'x\n')
    const stage = readAllFromText({client})
    expect(stage.info.target?.()).to.equal(undefined)
    await runStage(stage, ['gs://my-bucket/a'])
    expect(stage.info.target?.()).to.include({service: 'storage', explicit: true})
  })
})
