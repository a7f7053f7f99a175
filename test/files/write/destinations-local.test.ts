import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readdirSync} from 'node:fs'
import {mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, relative} from 'node:path'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {gunzipSync, inflateSync} from 'node:zlib'
import {expect} from 'chai'
import fc from 'fast-check'
import {writeToCsv} from '../../../lib/io/csv/index.ts'
import {type JsonWriteOptions, writeToJson} from '../../../lib/io/json/index.ts'
import {writeToText} from '../../../lib/io/text/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {NODE_ON_BUILT} from '../../support/command.ts'
import {failureOf, until} from '../fixtures.ts'

interface Row {
  id: number
  to: string
}

describe('files of many destinations, on the local disk', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true, force: true}))

  const rows = (...to: string[]) => to.map((name, id) => ({id, to: name}))
  const write = async (values: Row[], options?: JsonWriteOptions<Row>) => {
    const sink = writeToJson<Row>(dir, {destination: row => row.to, suffix: '.jsonl', ...options})
    await pipeline(create(values), sink)
    return sink
  }
  /** All files below the folder, hidden ones too. */
  const names = async () => {
    const found = await readdir(dir, {recursive: true, withFileTypes: true})
    return found.map(each => join(each.parentPath, each.name).slice(dir.length + 1)).sort()
  }
  const text = (name: string) => readFile(join(dir, name), 'utf8')

  it('writes the files of each below the folder, and reports all names', async () => {
    const sink = await write(rows('NL', 'BE', 'NL'))
    expect(await names()).to.deep.equal(['BE-00000-of-00001.jsonl', 'NL-00000-of-00001.jsonl'])
    expect(await text('NL-00000-of-00001.jsonl')).to.equal('{"id":0,"to":"NL"}\n{"id":2,"to":"NL"}\n')
    expect(sink.written).to.deep.equal(['NL', 'BE'].map(to => join(dir, `${to}-00000-of-00001.jsonl`)))
    expect(sink.info.metrics.extra).to.deep.equal({files: 2, bytes: 57, records: 3})
  })
  it('makes folders of `/`', async () => {
    await write(rows('country=NL/orders', 'country=BE/orders'))
    expect(await names()).to.deep.equal([
      'country=BE',
      'country=BE/orders-00000-of-00001.jsonl',
      'country=NL',
      'country=NL/orders-00000-of-00001.jsonl',
    ])
  })
  it('gives each its own shards, limits, header and footer', async () => {
    const sink = writeToText(dir, {
      destination: line => line.slice(0, 1),
      maxRecordsPerShard: 2,
      header: prefix => `for ${prefix.slice(dir.length + 1)}`,
      footer: 'end',
    })
    await pipeline(create(['a1', 'b1', 'a2', 'a3']), sink)
    expect(await names()).to.deep.equal(['a-00000-of-00002', 'a-00001-of-00002', 'b-00000-of-00001'])
    expect(await text('a-00001-of-00002')).to.equal('for a\na3\nend\n')
  })
  it('gives CSV of each the header of its own first row', async () => {
    const values = [
      {kind: 'a', x: 1},
      {kind: 'b', y: 2},
      {kind: 'a', x: 3},
    ]
    const sink = writeToCsv<{kind: string}>(dir, {destination: row => row.kind, shardNameTemplate: '', suffix: '.csv'})
    await pipeline(create(values), sink)
    expect([await text('a.csv'), await text('b.csv')]).to.deep.equal(['kind,x\na,1\na,3\n', 'kind,y\nb,2\n'])
  })
  it('deals to several shards of each', async () => {
    await write(rows('a', 'a', 'b', 'a'), {numShards: 2})
    expect(await text('a-00000-of-00002.jsonl')).to.equal('{"id":0,"to":"a"}\n{"id":3,"to":"a"}\n')
    expect(await text('b-00001-of-00002.jsonl')).to.equal('')
  })
  it('writes nothing for an empty input', async () => {
    const sink = await write([])
    expect({names: await names(), written: sink.written}).to.deep.equal({names: [], written: []})
  })
  it('compresses each, by its name', async () => {
    const sink = writeToText(dir, {destination: line => line, shardNameTemplate: ''})
    await pipeline(create(['a.gz', 'b.deflate', 'c.txt', 'a.gz']), sink)
    expect(gunzipSync(await readFile(join(dir, 'a.gz'))).toString()).to.equal('a.gz\na.gz\n')
    expect(inflateSync(await readFile(join(dir, 'b.deflate'))).toString()).to.equal('b.deflate\n')
    expect(await text('c.txt')).to.equal('c.txt\n')
    expect(sink.info.metrics.extra['bytes']).to.be.greaterThan(0)
  })
  it('holds few files open and loses nothing, with thousands of destinations in turn', async () => {
    const count = 3000
    const sink = writeToText(dir, {
      destination: line => `d${Number(line) % count}`,
      shardNameTemplate: '',
      suffix: '.gz',
    })
    let open = 0
    const values = async function* () {
      for (let n = 0; n < 3 * count; n++) {
        if (n % 500 === 0) open = Math.max(open, (await readdir('/proc/self/fd').catch(() => [])).length)
        yield String(n)
      }
    }
    await pipeline(Readable.from(values()), sink)
    expect(open).to.be.lessThan(200)
    expect(sink.written).to.have.length(count)
    const content = gunzipSync(await readFile(join(dir, 'd17.gz'))).toString()
    expect(content).to.equal(`17\n${count + 17}\n${2 * count + 17}\n`)
  }).timeout(60_000)
  it('writes each record once, in order, whatever the destinations and limits', async () => {
    const values = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c/d', 'é'), fc.string({maxLength: 20})), {
      maxLength: 60,
    })
    const options = fc.record({
      maxRecordsPerShard: fc.option(fc.integer({min: 1, max: 5}), {nil: undefined}),
      maxBytesPerShard: fc.option(fc.integer({min: 5, max: 60}), {nil: undefined}),
    })
    let run = 0
    await fc.assert(
      fc.asyncProperty(values, options, fc.constantFrom('', '.gz'), async (pairs, limits, suffix) => {
        const base = join(dir, `run-${run++}`)
        await mkdir(base)
        const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
        const sink = writeToJson<[string, string]>(base, {destination: ([to]) => to, suffix, ...given})
        await pipeline(create(pairs), sink)
        for (const to of new Set(pairs.map(([name]) => name))) {
          const files = sink.written.filter(path => path.startsWith(join(base, `${to}-`)))
          const parts = await Promise.all(
            files.map(async path => (suffix ? gunzipSync(await readFile(path)) : readFile(path))),
          )
          const lines = parts.join('').split('\n').slice(0, -1)
          expect(lines.map(line => JSON.parse(line))).to.deep.equal(pairs.filter(([name]) => name === to))
        }
      }),
      {numRuns: 40},
    )
  }).timeout(60_000)

  describe('all or none', () => {
    it('shows nothing but hidden temporary files before the end', async () => {
      const sink = writeToJson<Row>(dir, {destination: row => row.to})
      sink.write({id: 1, to: 'a/b', text: 'x'.repeat(200_000)})
      await until(() => sink.info.metrics.in === 1)
      const there = await names()
      expect(there).to.have.length(1)
      expect(there[0]).to.match(/^\.[^/]*\.tmp$/)
      sink.end()
      await once(sink, 'finish')
      expect(await names()).to.deep.equal(['a', 'a/b-00000-of-00001'])
    })
    it('leaves neither files nor folders of a run that fails', async () => {
      const failing = async function* () {
        for (let n = 0; n < 5000; n++) yield {id: n, to: `f${n % 7}/x`, text: 'x'.repeat(300)}
        throw new Error('no more')
      }
      const sink = writeToJson<Row>(dir, {destination: row => row.to, suffix: '.gz'})
      const error = await pipeline(Readable.from(failing()), sink).catch(given => given)
      expect(error).to.have.property('message', 'no more')
      expect(await names()).to.deep.equal([])
    })
    it('takes back what was final when the last cannot become so', async () => {
      const sink = writeToJson<Row>(dir, {destination: row => row.to, overwrite: true, shardNameTemplate: ''})
      for (const row of rows('a', 'new/b', 'in-the-way')) sink.write(row)
      await until(() => sink.info.metrics.in === 3)
      await mkdir(join(dir, 'in-the-way'))
      sink.end()
      expect((await failureOf(once(sink, 'finish'))).code).to.equal('ERR_SLUICE_WRITE')
      expect(await names()).to.deep.equal(['in-the-way'])
    })
    it('takes back everything when it is aborted while names in many folders are made to last', async () => {
      await mkdir(join(dir, 'f3'))
      const sink = writeToJson<Row>(relative(process.cwd(), dir), {destination: row => row.to})
      for (let n = 0; n < 100; n++) sink.write({id: n, to: `f${n}/x/y`})
      sink.end()
      while (!existsSync(join(dir, 'f99/x/y-00000-of-00001'))) await new Promise(setImmediate)
      sink.destroy(new Error('enough'))
      await once(sink, 'close').catch(() => {})
      await until(() => readdirSync(dir).length === 1)
      expect(await names()).to.deep.equal(['f3'])
      expect(sink.written).to.deep.equal([])
    })
    it('does not replace a file of one destination that somebody made meanwhile', async () => {
      const sink = writeToJson<Row>(dir, {destination: row => row.to})
      for (const row of rows('a', 'b')) sink.write(row)
      await until(() => sink.info.metrics.in === 2)
      await writeFile(join(dir, 'b-00000-of-00001'), 'theirs')
      sink.end()
      expect((await failureOf(once(sink, 'finish'))).code).to.equal('ERR_SLUICE_EXISTS')
      expect(await names()).to.deep.equal(['b-00000-of-00001'])
      expect(await text('b-00000-of-00001')).to.equal('theirs')
    })
  })

  describe('files of an earlier run', () => {
    it('are an error that lists them when their destination comes up, of whatever count', async () => {
      await write(rows('a/x', 'a/x', 'b'), {numShards: 2})
      const error = await failureOf(write(rows('c', 'a/x')))
      expect(error).to.include({code: 'ERR_SLUICE_EXISTS', stage: 'writeToJson'})
      expect(error.message).to.include('a/x-00000-of-00002.jsonl').and.include('a/x-00001-of-00002.jsonl')
      expect((await names()).filter(name => name.includes('c-'))).to.deep.equal([])
    })
    it('are replaced with `overwrite`, and those of destinations that did not come up stay', async () => {
      await write(rows('a', 'a', 'b'), {numShards: 2})
      await write(rows('a'), {overwrite: true})
      expect(await names()).to.deep.equal([
        'a-00000-of-00001.jsonl',
        'b-00000-of-00002.jsonl',
        'b-00001-of-00002.jsonl',
      ])
    })
    it('of a destination whose name begins alike are not taken for its own', async () => {
      await write(rows('a-b', 'ab'))
      await write(rows('a'))
      expect(await names()).to.have.length(3)
    })
  })

  describe('names', () => {
    const refused: [string, unknown, RegExp][] = [
      ['one that leads out', '../x', /'\.\.\/x'.*'\.\.'/],
      ['one that leads out further in', 'a/../../x', /'\.\.'/],
      ['an absolute one', '/etc/x', /empty/],
      ['a folder', 'a/', /empty/],
      ['an empty one', '', /must give a name/],
      ['what is no string', 5, /must give a name/],
      ['one that is too long', 'x'.repeat(250), /255 bytes/],
      ['half a character', 'a\ud800', /surrogate/],
    ]
    for (const [what, to, message] of refused)
      it(`refuses ${what}, naming the row, and leaves nothing`, async () => {
        const row = {id: 1, to} as Row
        const error = await failureOf(write([row]))
        expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToJson', element: row})
        expect(error.message).to.match(message)
        expect(await names()).to.deep.equal([])
      })
    it('never lead out of the folder, whatever the text', async () => {
      const unit = fc.constantFrom('.', '/', '\\', '\0', '\n', 'a', '%', '~')
      await mkdir(join(dir, 'in'))
      await fc.assert(
        fc.asyncProperty(fc.string({unit, minLength: 1, maxLength: 6}), async to => {
          const sink = writeToText(join(dir, 'in'), {destination: () => to, overwrite: true})
          await pipeline(create(['x']), sink).catch(() => {})
          for (const path of sink.written) expect(path.startsWith(join(dir, 'in', '/'))).to.equal(true)
          expect((await readdir(dir)).sort()).to.deep.equal(['in'])
        }),
        {numRuns: 60},
      )
    })
    it('that two shards would share fail the run, and nothing is lost', async () => {
      const values = [...Array(12).fill('a'), 'a1', 'a1']
      const error = await failureOf(
        write(rows(...values), {shardNameTemplate: 'S', maxRecordsPerShard: 1, overwrite: true}),
      )
      expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToJson'})
      expect(error.message).to.match(/a1[01]\.jsonl.*shardNameTemplate/)
      expect(await names()).to.deep.equal([])
    })
    it('have characters percent-encoded that they cannot hold', async () => {
      const sink = await write(rows('a\0b\nc\\d', 'über %'))
      expect(sink.written.map(path => path.slice(dir.length + 1))).to.deep.equal([
        'a%00b%0Ac%5Cd-00000-of-00001.jsonl',
        'über %-00000-of-00001.jsonl',
      ])
    })
    it('fail the run with what `destination` throws', async () => {
      const sink = writeToJson<Row>(dir, {
        destination: () => {
          throw new Error('which one?')
        },
      })
      const error = await failureOf(pipeline(create(rows('a')), sink))
      expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToJson'})
      expect(error.message).to.include('which one?')
    })
  })

  it('names the folder that is missing, before it writes', async () => {
    const sink = writeToText(join(dir, 'no'), {destination: line => line})
    const error = await failureOf(pipeline(create(['a']), sink))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND', stage: 'writeToText'})
    expect(error.message).to.include(join(dir, 'no'))
  })
  it('takes a folder that ends with /, and one behind a link', async () => {
    await mkdir(join(dir, 'real'))
    await symlink(join(dir, 'real'), join(dir, 'link'))
    await pipeline(create(['a']), writeToText(`${join(dir, 'link')}/`, {destination: line => line}))
    expect(await readdir(join(dir, 'real'))).to.deep.equal(['a-00000-of-00001'])
  })
  it('refuses a destination that is not a function', () => {
    expect(() => writeToText('x', {destination: 'a'} as never)).to.throw(/destination.*function/)
  })

  it('removes what a killed run left, and only that', async () => {
    const code = `import {writeToText} from 'sluice'
      const sink = writeToText(${JSON.stringify(dir)}, {destination: line => line.slice(0, 1)})
      for (const letter of 'ab') sink.write(letter.repeat(1e6))
      const look = () => (sink.info.metrics.in > 1 ? console.log('written') : setImmediate(look))
      look()
      setInterval(() => {}, 1000)`
    const [command = '', ...flags] = NODE_ON_BUILT
    const child = spawn(command, [...flags, '--input-type=module', '-e', code], {stdio: ['ignore', 'pipe', 'inherit']})
    await once(child.stdout, 'data')
    const there = await names()
    expect(there).to.have.length(2)
    await write(rows('x'))
    // it lives still
    expect(await names()).to.deep.equal([...there, 'x-00000-of-00001.jsonl'])
    child.kill('SIGKILL')
    await once(child, 'exit')
    await writeFile(join(dir, '.notes.tmp'), '')
    await write(rows('y'))
    expect(await names()).to.deep.equal(['.notes.tmp', 'x-00000-of-00001.jsonl', 'y-00000-of-00001.jsonl'])
  }).timeout(60_000)
})
