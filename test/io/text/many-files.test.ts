import {execFile, execFileSync} from 'node:child_process'
import {once} from 'node:events'
import {createWriteStream, existsSync, readdirSync, readlinkSync} from 'node:fs'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {promisify} from 'node:util'
import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {readFromText} from '../../../lib/io/text/index.ts'
import {testSink} from '../../../lib/testing/index.ts'
import {failureOf, noise, until} from '../../files/fixtures.ts'
import {LIBRARY, NODE_ON_BUILT} from '../../support/command.ts'

const rest = async () => {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate)
}

describe('readFromText of many files on gs://', () => {
  let cloud: LocalCloud
  let client: Storage
  beforeEach(async () => {
    cloud = await startLocalCloud({services: ['storage']})
    client = new Storage(cloud.clientOptions.storage)
    await client.createBucket('my-bucket')
  })
  afterEach(() => cloud.close())
  const put = async (count: number, content = (i: number): string | Buffer => `${i}\n`) => {
    const name = (i: number) => `f${String(i).padStart(3, '0')}`
    await Promise.all(
      Array.from({length: count}, (_, i) =>
        client.bucket('my-bucket').file(name(i)).save(content(i), {resumable: false, validation: false}),
      ),
    )
    cloud.log.clear()
  }
  const numbers = (count: number) => Array.from({length: count}, (_, i) => String(i))
  const opened = () => cloud.log.of({call: 'objects.media'}).length

  for (const [options, count] of [
    [{}, 8],
    [{concurrency: 3}, 3],
    [{concurrency: 1}, 1],
  ] as const)
    it(`opens ${count} at once with ${JSON.stringify(options)}, and no more while none of their lines is taken`, async () => {
      await put(20)
      const sink = testSink<string>({stall: true, highWaterMark: 1})
      const source = readFromText('gs://my-bucket/*', {client, highWaterMark: 1, ...options})
      // a reader that asks for nothing: the first file's bundle waits in the source
      source.read(0)
      await until(() => opened() >= count)
      await rest()
      expect(opened()).to.equal(count)
      source.pipe(sink)
      sink.release()
      await sink.received(20)
      expect(sink.values).to.deep.equal(numbers(20))
    })
  it('gives the lines in the order of the names, though the first files are the slowest', async () => {
    await put(10)
    for (const i of [0, 1]) cloud.faults.add({match: {path: `f00${i}`}, do: {kind: 'delay', ms: 30}})
    expect(await readFromText('gs://my-bucket/*', {client}).toArray()).to.deep.equal(numbers(10))
  })
  it('survives cuts, resets and refusals for now of files ahead', async () => {
    const content = (i: number) => `${String(i).repeat(1000)}\n`.repeat(200)
    await put(12, content)
    cloud.faults.add({match: {call: 'objects.media'}, nth: [2, 5], do: {kind: 'fin', afterBytes: 70_000}})
    cloud.faults.add({match: {call: 'objects.media'}, nth: [3, 8], do: {kind: 'reset', afterBytes: 10_000}})
    const lines = await readFromText('gs://my-bucket/*', {client}).toArray()
    expect(lines.join('\n')).to.equal(
      Array.from({length: 12}, (_, i) => content(i))
        .join('')
        .trimEnd(),
    )
  })
  it('reports an error of a file ahead when its turn has come', async () => {
    await put(6, i => (i === 3 ? gzipSync('hello').subarray(0, 15) : `${i}\n`))
    const sink = testSink<string>()
    const error = await failureOf(pipeline(readFromText('gs://my-bucket/*', {client}), sink))
    expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
    expect(error.message).to.include('gs://my-bucket/f003')
    expect(sink.values).to.deep.equal(['0', '1', '2'])
  })
  it('reports that a file ahead may not be read when its turn has come, and no earlier', async () => {
    await put(4)
    cloud.faults.add({match: {call: 'objects.media', path: 'f002'}, do: {kind: 'status', status: 403}})
    const sink = testSink<string>()
    const error = await failureOf(pipeline(readFromText('gs://my-bucket/*', {client}), sink))
    expect(error).to.include({code: 'ERR_SLUICE_PERMISSION'})
    expect(sink.values).to.deep.equal(['0', '1'])
  })
  for (const [how, end] of [
    ['endEarly()', (source: ReturnType<typeof readFromText>) => source.endEarly()],
    ['destroy()', (source: ReturnType<typeof readFromText>) => void source.destroy()],
  ] as const)
    it(`closes the files ahead on ${how}, also those that give nothing`, async () => {
      await put(8, () =>
        noise(3_000_000)
          .toString('hex')
          .replace(/(.{99})/g, '$1\n'),
      )
      cloud.faults.add({match: {call: 'objects.media', path: 'f005'}, do: {kind: 'hang'}})
      const source = readFromText('gs://my-bucket/*', {client})
      source.read(0)
      await until(() => opened() === 8)
      end(source)
      source.resume()
      await until(() => source.closed)
      // a connection that is still open would keep the cloud from closing
      await cloud.close()
    })
})

describe('readFromText of many local files', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = (count: number) =>
    Promise.all(Array.from({length: count}, (_, i) => writeFile(join(dir, `f${String(i).padStart(5, '0')}`), `${i}\n`)))

  it('needs few file descriptors, however many files there are', async function () {
    if (process.platform === 'win32') return this.skip()
    await put(2000)
    const code = `const {readFromText} = await import(${JSON.stringify(LIBRARY)}); let n = 0
      for await (const line of readFromText(process.argv[1] + '/*', {concurrency: 32})) if (line === String(n)) n++
      console.log(n)`
    const node = `${NODE_ON_BUILT.join(' ')} --input-type=module -e "$1" "$2"`
    const {stdout} = await promisify(execFile)('sh', ['-c', `ulimit -n 100 && exec ${node}`, 'sh', code, dir])
    expect(stdout.trim()).to.equal('2000')
  }).timeout(60_000)
  it('closes the files ahead when it ends early', async function () {
    const fds = '/proc/self/fd'
    if (!existsSync(fds)) return this.skip()
    await Promise.all(Array.from({length: 8}, (_, i) => writeFile(join(dir, `f${i}`), 'x\n'.repeat(500_000))))
    const targetOf = (fd: string) => {
      try {
        return readlinkSync(`${fds}/${fd}`)
      } catch {
        return ''
      }
    }
    const open = () => readdirSync(fds).filter(fd => targetOf(fd).startsWith(dir)).length
    const source = readFromText(join(dir, '*'))
    source.read(0)
    await until(() => open() === 8)
    source.endEarly()
    source.resume()
    await until(() => source.closed)
    await until(() => open() === 0)
  }).timeout(60_000)
  it('reads named pipes one after the other, as their writer fills them', async function () {
    if (process.platform === 'win32') return this.skip()
    const paths = Array.from({length: 6}, (_, i) => join(dir, `p${i}`))
    execFileSync('mkfifo', paths)
    const reading = readFromText(paths).toArray()
    for (const [i, path] of paths.entries()) {
      const writer = createWriteStream(path)
      writer.end(`${i}\n`)
      await once(writer, 'close')
    }
    expect(await reading).to.deep.equal(['0', '1', '2', '3', '4', '5'])
  })
})
