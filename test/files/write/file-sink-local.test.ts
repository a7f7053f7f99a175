import {execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync} from 'node:fs'
import {chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {gunzipSync} from 'node:zlib'
import {expect} from 'chai'
import {type TextWriteOptions, writeToText} from '../../../lib/io/text/index.ts'
import {testSource} from '../../../lib/testing/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {NODE_ON_BUILT} from '../../support/command.ts'
import {failureOf, until} from '../fixtures.ts'

describe('files written to the local disk', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true, force: true}))

  const lines = (count: number) => Array.from({length: count}, (_, i) => `line ${i}`)
  const write = async (values: string[], options?: TextWriteOptions, prefix = 'out') => {
    const sink = writeToText(join(dir, prefix), options)
    await pipeline(create(values), sink)
    return sink
  }
  const names = async () => (await readdir(dir)).sort()
  const text = (name: string) => readFile(join(dir, name), 'utf8')

  it('writes one shard by default, and reports its name', async () => {
    const sink = await write(['a', 'b'])
    expect(await names()).to.deep.equal(['out-00000-of-00001'])
    expect(await text('out-00000-of-00001')).to.equal('a\nb\n')
    expect(sink.written).to.deep.equal([join(dir, 'out-00000-of-00001')])
  })
  describe('in the place of a file', () => {
    const onto = {shardNameTemplate: '', overwrite: true}
    const modeOf = async (name: string) => (await stat(join(dir, name))).mode & 0o777

    for (const mode of [0o600, 0o640, 0o666, 0o755])
      it(`keeps its permissions: ${mode.toString(8)}`, async () => {
        await writeFile(join(dir, 'out'), 'old')
        await chmod(join(dir, 'out'), mode)
        await write(['a'], onto)
        expect(await text('out')).to.equal('a\n')
        expect(await modeOf('out')).to.equal(mode)
      })
    it('gives new files what the process gives', async () => {
      await writeFile(join(dir, 'plain'), '')
      await write(['a'], onto)
      expect(await modeOf('out')).to.equal(await modeOf('plain'))
    })
    it('lets nobody read more of it while it is written', async () => {
      await writeFile(join(dir, 'out'), 'old', {mode: 0o600})
      const sink = writeToText(join(dir, 'out'), onto)
      sink.write('a'.repeat(1_000_000))
      await until(() => readdirSync(dir).length === 2)
      for (const name of await names()) expect(await modeOf(name), name).to.equal(0o600)
      sink.end()
      await once(sink, 'finish')
    })
    it('keeps its owner and group', async function () {
      if (process.getuid?.() !== 0) return this.skip()
      await writeFile(join(dir, 'out'), 'old')
      await chown(join(dir, 'out'), 1, 2)
      await write(['a'], onto)
      expect(await stat(join(dir, 'out'))).to.include({uid: 1, gid: 2})
    })
    it('follows a link to it, which stays', async () => {
      await mkdir(join(dir, 'd'))
      await writeFile(join(dir, 'd/real'), 'old', {mode: 0o600})
      await symlink('d/real', join(dir, 'out'))
      await write(['a'], onto)
      expect(await text('d/real')).to.equal('a\n')
      expect((await lstat(join(dir, 'out'))).isSymbolicLink()).to.equal(true)
      expect(await modeOf('d/real')).to.equal(0o600)
      expect(await names()).to.deep.equal(['d', 'out'])
    })
    it('keeps the permissions of each of many shards', async () => {
      await write(['a', 'b'], {numShards: 2})
      await chmod(join(dir, 'out-00001-of-00002'), 0o600)
      await write(['c', 'd'], {numShards: 2, overwrite: true})
      expect(await modeOf('out-00001-of-00002')).to.equal(0o600)
      expect(await modeOf('out-00000-of-00002')).to.not.equal(0o600)
    })
    it('refuses a file that was made read-only, and leaves it', async function () {
      if (process.getuid?.() === 0) return this.skip()
      await writeFile(join(dir, 'out'), 'old', {mode: 0o444})
      expect(await failureOf(write(['a'], onto))).to.include({code: 'ERR_SLUICE_PERMISSION'})
      expect(await text('out')).to.equal('old')
    })
    const made: [string, (path: string) => Promise<unknown>][] = [
      ['a named pipe', async path => execFileSync('mkfifo', [path])],
      ['a folder', path => mkdir(path)],
      ['a device', path => symlink('/dev/null', path)],
      ['a link to a file that does not exist', path => symlink('gone', path)],
    ]
    for (const [what, make] of made)
      for (const overwrite of [true, false])
        it(`refuses ${what}, and leaves it, ${overwrite ? 'with' : 'without'} \`overwrite\``, async () => {
          await make(join(dir, 'out'))
          const before = await lstat(join(dir, 'out'))
          const error = await failureOf(write(['a'], {...onto, overwrite}))
          expect(error).to.include({code: 'ERR_SLUICE_WRITE'})
          expect(error.message).to.include(`${dir}/out is ${what}`)
          expect((await lstat(join(dir, 'out'))).ino).to.equal(before.ino)
          expect(await names()).to.deep.equal(['out'])
        })
  })
  it('counts files, stored bytes and records', async () => {
    const sink = await write(['a', 'b'], {numShards: 2})
    expect(sink.info.metrics.extra).to.deep.equal({files: 2, bytes: 4, records: 2})
  })
  it('makes an empty file of an empty input', async () => {
    await write([])
    expect(await text('out-00000-of-00001')).to.equal('')
  })
  it('deals records to shards in turn', async () => {
    await write(lines(5), {numShards: 2, suffix: '.txt'})
    expect(await text('out-00000-of-00002.txt')).to.equal('line 0\nline 2\nline 4\n')
    expect(await text('out-00001-of-00002.txt')).to.equal('line 1\nline 3\n')
  })
  it('makes all shards that were asked for, also those that no record reached', async () => {
    await write(['a'], {numShards: 3})
    expect(await names()).to.have.length(3)
  })
  it('begins another shard when one has its records', async () => {
    await write(lines(5), {maxRecordsPerShard: 2})
    expect(await names()).to.deep.equal([0, 1, 2].map(i => `out-0000${i}-of-00003`))
    expect(await text('out-00002-of-00003')).to.equal('line 4\n')
  })
  it('never exceeds the bytes of a shard, header and footer counted, but for a record that is longer alone', async () => {
    await write(['aaa', 'bbb', 'ccc', 'd'.repeat(50), 'eee'], {maxBytesPerShard: 12, header: 'h', footer: 'f'})
    const all = await Promise.all((await names()).map(text))
    expect(all).to.deep.equal(['h\naaa\nbbb\nf\n', 'h\nccc\nf\n', `h\n${'d'.repeat(50)}\nf\n`, 'h\neee\nf\n'])
  })
  for (const numShards of [1, 3])
    for (const compression of ['none', 'gzip'] as const)
      it(`writes short and very long records in their order: ${numShards} shards, ${compression}`, async () => {
        // of one, two and four bytes a character, around the sizes at which text becomes bytes and bytes are written
        const sizes = [
          1,
          32 * 1024 - 1,
          32 * 1024,
          3,
          100_000,
          7,
          256 * 1024,
          1,
          600_000,
          20,
          40_000,
          40_000,
          40_000,
          5,
        ]
        const values = sizes.flatMap((size, i) => [
          `${i}:`.padEnd(size, ['a', 'é', '😀'][i % 3]).replace(/[\ud800-\udbff]$/, 'x'),
          `short ${i}`,
        ])
        await write(values, {numShards, compression})
        for (let shard = 0; shard < numShards; shard++) {
          const bytes = await readFile(join(dir, `out-0000${shard}-of-0000${numShards}`))
          const content = compression === 'gzip' ? gunzipSync(bytes) : bytes
          const expected = values.filter((_, i) => i % numShards === shard)
          expect(content.equals(Buffer.from(expected.map(value => `${value}\n`).join('')))).to.equal(true)
        }
      })
  it('puts header and footer into each shard', async () => {
    await write(['a'], {numShards: 2, header: 'h', footer: 'f'})
    expect(await text('out-00001-of-00002')).to.equal('h\nf\n')
  })
  it('asks functions for header and footer, with what the names begin with', async () => {
    await write(['a'], {header: prefix => prefix.slice(dir.length), footer: prefix => String(prefix.length)})
    expect(await text('out-00000-of-00001')).to.equal(`/out\na\n${dir.length + 4}\n`)
    const error = await failureOf(write(['a'], {header: () => 5 as never}, 'x'))
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToText'})
  })
  it('zips when the names end with .gz, or when it is told to', async () => {
    await write(lines(50_000), {suffix: '.gz'}, 'a')
    await write(['x'], {compression: 'gzip'}, 'b')
    await write(['x'], {compression: 'none', suffix: '.gz'}, 'c')
    const zipped = await readFile(join(dir, 'a-00000-of-00001.gz'))
    expect(gunzipSync(zipped).toString()).to.equal(`${lines(50_000).join('\n')}\n`)
    expect(gunzipSync(await readFile(join(dir, 'b-00000-of-00001'))).toString()).to.equal('x\n')
    expect(await text('c-00000-of-00001.gz')).to.equal('x\n')
  })
  it('takes values of streams that are not ours', async () => {
    await pipeline(Readable.from(['a', 'b']), writeToText(join(dir, 'out')))
    expect(await text('out-00000-of-00001')).to.equal('a\nb\n')
  })
  it('shows nothing but hidden temporary files before the end', async () => {
    const sink = writeToText(join(dir, 'out'))
    sink.write('a')
    await until(() => sink.info.metrics.in === 1)
    expect((await names()).every(name => /^\.out-.*\.tmp$/.test(name))).to.equal(true)
    sink.end()
    await once(sink, 'finish')
    expect(await names()).to.deep.equal(['out-00000-of-00001'])
  })
  it('leaves nothing of a run that fails, at once', async () => {
    const failing = async function* () {
      yield* lines(200_000)
      throw new Error('no more')
    }
    const sink = writeToText(join(dir, 'out'), {maxRecordsPerShard: 1000, suffix: '.gz'})
    const error = await pipeline(Readable.from(failing()), sink).catch(given => given)
    expect(error).to.have.property('message', 'no more')
    expect(await names()).to.deep.equal([])
    expect(sink.written).to.deep.equal([])
  })
  it('leaves nothing of a sink that is destroyed in the middle', async () => {
    const sink = writeToText(join(dir, 'out'), {numShards: 4})
    for (const line of lines(10_000)) sink.write(line)
    await until(() => sink.info.metrics.in > 0)
    sink.destroy()
    await once(sink, 'close')
    await new Promise(setImmediate)
    expect(await names()).to.deep.equal([])
  })
  it('has no final file when the process is killed, and the next run removes what it left', async () => {
    const code = `import {writeToText} from 'sluice'
      const sink = writeToText(${JSON.stringify(join(dir, 'out'))})
      sink.write('x'.repeat(1e6))
      const look = () => (sink.info.metrics.in > 0 ? console.log('written') : setImmediate(look))
      look()
      setInterval(() => {}, 1000)`
    const child = spawn(NODE_ON_BUILT[0]!, [...NODE_ON_BUILT.slice(1), '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const left = await names()
    expect(left).to.have.length(1)
    expect(left[0]).to.match(/^\.out-.*\.tmp$/)
    await write(['next run'])
    expect(await names()).to.deep.equal(['out-00000-of-00001'])
  })
  it('refuses files of an earlier run, of whatever count, before it writes, and lists them', async () => {
    await write(['a'], {numShards: 2})
    const error = await failureOf(write(['b']))
    expect(error).to.include({code: 'ERR_SLUICE_EXISTS', stage: 'writeToText'})
    expect(error.message).to.include(join(dir, 'out-00000-of-00002')).and.include('out-00001-of-00002')
    expect(await names()).to.have.length(2)
  })
  it('does not take other files for its own', async () => {
    for (const name of ['out', 'out-00000-of-00001.csv', 'outer-00000-of-00001']) await writeFile(join(dir, name), '')
    await write(['a'])
    expect(await names()).to.include('out-00000-of-00001')
  })
  it('does not replace a file that somebody made meanwhile', async () => {
    const sink = writeToText(join(dir, 'out'))
    sink.write('a')
    await until(() => sink.info.metrics.in === 1)
    await writeFile(join(dir, 'out-00000-of-00001'), 'theirs')
    sink.end()
    const error = await failureOf(once(sink, 'finish'))
    expect(error.code).to.equal('ERR_SLUICE_EXISTS')
    expect(await text('out-00000-of-00001')).to.equal('theirs')
    expect(await names()).to.have.length(1)
  })
  it('replaces them with `overwrite`, and removes those of another count', async () => {
    await write(lines(9), {numShards: 3})
    await write(['new'], {overwrite: true})
    expect(await names()).to.deep.equal(['out-00000-of-00001'])
    await write(['newer'], {overwrite: true})
    expect(await text('out-00000-of-00001')).to.equal('newer\n')
  })
  it('keeps the old files when a run with `overwrite` fails', async () => {
    await write(['old'])
    const sink = writeToText(join(dir, 'out'), {overwrite: true})
    await pipeline(Readable.from(['new', 5]), sink).catch(() => {})
    expect(await names()).to.deep.equal(['out-00000-of-00001'])
    expect(await text('out-00000-of-00001')).to.equal('old\n')
  })
  it('names the folder that is missing', async () => {
    const error = await failureOf(write(['a'], {}, 'no/where'))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND', stage: 'writeToText'})
    expect(error.message).to.include(join(dir, 'no'))
  })
  it('names the file that the system refuses', async function () {
    if (process.getuid?.() === 0) return this.skip()
    await mkdir(join(dir, 'closed'))
    await chmod(join(dir, 'closed'), 0o555)
    const error = await failureOf(write(['a'], {}, 'closed/out'))
    expect(error.code).to.equal('ERR_SLUICE_PERMISSION')
  })
  it('fails when a final name is a folder', async () => {
    await mkdir(join(dir, 'out'))
    const error = await failureOf(write(['a'], {shardNameTemplate: '', overwrite: true}))
    expect(error.code).to.equal('ERR_SLUICE_WRITE')
    expect(await names()).to.deep.equal(['out'])
  })
  it('is not flushed before its end, and continues', async () => {
    const sink = writeToText(join(dir, 'out'))
    sink.write('a')
    expect(await failureOf(sink.flush())).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToText'})
    sink.end('b')
    await sink.flush()
    expect(await text('out-00000-of-00001')).to.equal('a\nb\n')
  })
  it('refuses messages, before any is written', async () => {
    const source = testSource<string>([['a']], {leases: true})
    const error = await failureOf(pipeline(source, writeToText(join(dir, 'out'))))
    expect(error).to.include({code: 'ERR_SLUICE_LEASE', stage: 'writeToText'})
    expect(await names()).to.deep.equal([])
  })
  it('refuses half a surrogate pair, of which UTF-8 would make another character', async () => {
    const error = await failureOf(pipeline(create(['a', 'b\ud83d']), writeToText(join(dir, 'half'))))
    expect(error).to.include({code: 'ERR_SLUICE_SINK', element: 'b\ud83d'})
    expect(error.message).to.contain('half a surrogate pair')
  })
  it('refuses anything that is not a string', async () => {
    const error = await failureOf(pipeline(create([5]), writeToText(join(dir, 'out')) as never))
    expect(error).to.include({code: 'ERR_SLUICE_SINK', element: 5})
  })

  const refused: [string, Parameters<typeof writeToText>, RegExp][] = [
    ['a prefix that is a folder', ['out/'], /prefix.*folder/],
    ['an empty prefix', [''], /prefix/],
    ['another scheme', ['s3://b/x'], /s3/],
    ['a bucket alone', ['gs://b'], /names no object/],
    ['a template without a number', ['out', {shardNameTemplate: '-of-N'}], /shardNameTemplate/],
    ['several shards of one name', ['out', {shardNameTemplate: '', numShards: 2}], /numShards/],
    ['limits of one file', ['out', {shardNameTemplate: '', maxBytesPerShard: 5}], /maxBytesPerShard/],
    ['a count and a limit', ['out', {numShards: 2, maxRecordsPerShard: 5}], /numShards/],
    ['a chunk size that the service does not take', ['out', {chunkSize: 1000}], /chunkSize.*256 KiB/],
    ['an unknown option', ['out', {sufix: '.csv'} as never], /suffix/],
    ['a header that is no string', ['out', {header: true} as never], /header/],
  ]
  for (const [what, args, message] of refused)
    it(`refuses ${what} at construction`, () => {
      expect(() => writeToText(...args))
        .to.throw(message)
        .with.property('code', 'ERR_SLUICE_OPTION')
    })
})
