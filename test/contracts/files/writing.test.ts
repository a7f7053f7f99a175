import {pipeline} from 'node:stream/promises'
import {gunzipSync} from 'node:zlib'
import {expect} from 'chai'
import {
  create,
  readFromCsv,
  readFromJson,
  readFromText,
  writeToCsv,
  writeToJson,
  writeToText,
} from '../../../lib/index.ts'
import {testSource} from '../../../lib/testing/index.ts'
import {failureOf, until} from '../../files/fixtures.ts'
import {contract, type Target} from './targets.ts'

const KiB = 1024

/** Lines of so many bytes in all. */
function linesOf(bytes: number): string[] {
  const lines = Array.from({length: Math.ceil(bytes / 100)}, (_, i) => String(i).padStart(99, '-'))
  lines[lines.length - 1] = lines.at(-1)!.slice(0, bytes - (lines.length - 1) * 100 - 1)
  return lines
}

const contentOf = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('')

async function write(
  {options}: Target,
  prefix: string,
  lines: readonly string[],
  more?: Parameters<typeof writeToText>[1],
): Promise<readonly string[]> {
  const sink = writeToText(prefix, {...options, ...more})
  await pipeline(create(lines), sink)
  return sink.written
}

/** A source that gives lines, and then waits to be told how to end. */
function heldSource(...lines: string[]) {
  let end!: (error?: Error) => void
  const told = new Promise<Error | undefined>(resolve => {
    end = resolve
  })
  async function* given() {
    yield lines
    const error = await told
    if (error) throw error
  }
  return {source: testSource(given()), end}
}

contract('writing', promise => {
  promise('what was written is read again, under the name that the sink tells', async target => {
    const folder = await target.folder()
    const written = await write(target, `${folder.path}a`, ['héllo', 'wörld'], {suffix: '.txt'})
    expect(written).to.deep.equal([`${folder.path}a-00000-of-00001.txt`])
    expect(await folder.names()).to.deep.equal(['a-00000-of-00001.txt'])
    expect(String(await folder.get('a-00000-of-00001.txt'))).to.equal('héllo\nwörld\n')
    expect(await readFromText(written, target.options).toArray()).to.deep.equal(['héllo', 'wörld'])
  })

  promise('rows of CSV and JSON come back as they were', async target => {
    const folder = await target.folder()
    const rows = [
      {id: '1', text: 'a "quoted", line\nand another'},
      {id: '2', text: '日本 😀'},
    ]
    await pipeline(create(rows), writeToCsv(`${folder.path}csv`, target.options))
    await pipeline(create(rows), writeToJson(`${folder.path}json`, target.options))
    expect(await readFromCsv(`${folder.path}csv*`, target.options).toArray()).to.deep.equal(rows)
    expect(await readFromJson(`${folder.path}json*`, target.options).toArray()).to.deep.equal(rows)
  })

  promise('an empty input makes an empty file', async target => {
    const folder = await target.folder()
    await write(target, `${folder.path}a`, [])
    expect(await folder.names()).to.deep.equal(['a-00000-of-00001'])
    expect(await folder.get('a-00000-of-00001')).to.have.length(0)
  })

  const chunkSize = 256 * KiB
  for (const [what, bytes] of [
    ['one byte less than a chunk', chunkSize - 1],
    ['a whole chunk', chunkSize],
    ['one byte more than a chunk', chunkSize + 1],
    ['several whole chunks', 4 * chunkSize],
    ['more than 8 MiB in many chunks', 8 * 1024 * KiB + 12_345],
  ] as const)
    promise(`a file is written whole: ${what}`, async target => {
      const folder = await target.folder()
      const lines = linesOf(bytes)
      await write(target, `${folder.path}a`, lines, {chunkSize})
      const content = await folder.get('a-00000-of-00001')
      expect(content.length).to.equal(bytes)
      expect(content.equals(Buffer.from(contentOf(lines)))).to.equal(true)
    })

  promise('a file of more than one chunk of the default size is written whole', async target => {
    const folder = await target.folder()
    const lines = linesOf(9 * 1024 * KiB)
    await write(target, `${folder.path}a`, lines)
    expect((await folder.get('a-00000-of-00001')).equals(Buffer.from(contentOf(lines)))).to.equal(true)
  })

  promise('gzip is stored as gzip, and read again unzipped', async target => {
    const folder = await target.folder()
    const lines = linesOf(300 * KiB)
    await write(target, `${folder.path}a`, lines, {suffix: '.gz'})
    expect(String(gunzipSync(await folder.get('a-00000-of-00001.gz')))).to.equal(contentOf(lines))
    expect(await readFromText(`${folder.path}a*`, target.options).toArray()).to.deep.equal(lines)
  })

  promise('shards hold all lines, each once', async target => {
    const folder = await target.folder()
    const lines = linesOf(100 * KiB)
    await write(target, `${folder.path}a`, lines, {numShards: 7})
    expect(await folder.names()).to.have.length(7)
    const read = await readFromText(`${folder.path}a-?????-of-00007`, target.options).toArray()
    expect(read.sort()).to.deep.equal([...lines].sort())
  })

  for (const name of ['a b', 'é 日本 😀', '100%', 'a+b#c&d=e', "it's", '(1)', '!x', 'a;b,c'])
    promise(`a file may be called ${name}`, async target => {
      const folder = await target.folder()
      const [path] = await write(target, folder.path + name, ['x'], {shardNameTemplate: ''})
      expect(path).to.equal(folder.path + name)
      expect(await folder.names()).to.deep.equal([name])
      expect(await readFromText(path!, target.options).toArray()).to.deep.equal(['x'])
    })

  promise('nothing has its final name before the end', async target => {
    const folder = await target.folder()
    const sink = writeToText(`${folder.path}a`, {...target.options, maxRecordsPerShard: 1})
    const {source, end} = heldSource('one', 'two', 'three')
    const done = pipeline(source, sink)
    await until(() => sink.info.metrics.in === 3)
    expect((await folder.names()).filter(name => name.startsWith('a'))).to.deep.equal([])
    end()
    await done
    expect(await folder.names()).to.have.length(3)
  })

  promise('a run that fails leaves nothing', async target => {
    const folder = await target.folder()
    const sink = writeToText(`${folder.path}a`, {...target.options, numShards: 3})
    const {source, end} = heldSource('one', 'two')
    const done = failureOf(pipeline(source, sink))
    await until(() => sink.info.metrics.in === 2)
    const cause = new Error('the source breaks')
    end(cause)
    expect((await done).cause).to.equal(cause)
    expect(await folder.names()).to.deep.equal([])
  })

  promise('files of an earlier run, of whatever count, are an error that lists them, and stay', async target => {
    const folder = await target.folder()
    await write(target, `${folder.path}a`, ['old'], {numShards: 2})
    const error = await failureOf(write(target, `${folder.path}a`, ['new']))
    expect(error.code).to.equal('ERR_SLUICE_EXISTS')
    expect(error.message).to.include(`${folder.path}a-00001-of-00002`)
    expect(await folder.names()).to.deep.equal(['a-00000-of-00002', 'a-00001-of-00002'])
    expect(String(await folder.get('a-00000-of-00002'))).to.equal('old\n')
  })

  promise('files that are not shards of the set are left alone', async target => {
    const folder = await target.folder()
    for (const name of ['a', 'a-1-of-1', 'ab-00000-of-00001', 'a-00000-of-00001.txt']) await folder.put(name, 'theirs')
    await write(target, `${folder.path}a`, ['mine'], {overwrite: true})
    expect(await folder.names()).to.have.length(5)
    expect(String(await folder.get('a'))).to.equal('theirs')
  })

  promise('`overwrite` replaces files of the same name, and removes those of another count', async target => {
    const folder = await target.folder()
    await write(target, `${folder.path}a`, ['1', '2', '3'], {numShards: 3})
    await write(target, `${folder.path}a`, ['4'], {overwrite: true})
    expect(await folder.names()).to.deep.equal(['a-00000-of-00001'])
    await write(target, `${folder.path}a`, ['5'], {overwrite: true})
    expect(String(await folder.get('a-00000-of-00001'))).to.equal('5\n')
  })

  promise('of several runs that write one name at once one has it, whole', async target => {
    const folder = await target.folder()
    const runs = [1, 2, 3, 4].map(run => Array.from({length: 2000}, (_, i) => `run ${run} line ${i}`))
    const results = await Promise.allSettled(runs.map(lines => write(target, `${folder.path}a`, lines)))
    const winners = results.flatMap(({status}, i) => (status === 'fulfilled' ? [i] : []))
    expect(winners).to.have.length(1)
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).to.have.property('code', 'ERR_SLUICE_EXISTS')
    expect(await folder.names()).to.deep.equal(['a-00000-of-00001'])
    expect(String(await folder.get('a-00000-of-00001'))).to.equal(contentOf(runs[winners[0]!]!))
  })

  promise('a name that somebody takes meanwhile is not replaced, and none of the other shards stays', async target => {
    const folder = await target.folder()
    const sink = writeToText(`${folder.path}a`, {...target.options, numShards: 3})
    const {source, end} = heldSource('one', 'two', 'three')
    const done = failureOf(pipeline(source, sink))
    await until(() => sink.info.metrics.in === 3)
    await folder.put('a-00001-of-00003', 'theirs')
    end()
    expect((await done).code).to.equal('ERR_SLUICE_EXISTS')
    expect(await folder.names()).to.deep.equal(['a-00001-of-00003'])
    expect(String(await folder.get('a-00001-of-00003'))).to.equal('theirs')
  })

  promise('a folder or bucket that is missing is an error that names it', async target => {
    const {path} = await target.folder()
    const at = path.startsWith('gs://') ? 'gs://no-such-bucket/' : `${path}missing/`
    const error = await failureOf(write(target, `${at}a`, ['x']))
    expect(error.code).to.equal('ERR_SLUICE_NOT_FOUND')
    expect(error.message).to.include(at.slice(0, -1))
  })

  promise(
    'an object has the CRC32C of what was written, and no encoding that anybody would undo on the way',
    async target => {
      const folder = await target.folder()
      await write(target, `${folder.path}a`, ['hello'], {suffix: '.gz'})
      const [file] = await target.files.match(`${folder.path}a*`)
      expect(file!.contentEncoding).to.equal(undefined)
      expect(file!.crc32c).to.match(/^[A-Za-z0-9+/]{6}==$/)
      expect(await readFromText(file!.path, target.options).toArray()).to.deep.equal(['hello'])
    },
    {on: 'gs'},
  )
})
