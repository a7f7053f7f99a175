import {chmod, lstat, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PassThrough, Readable} from 'node:stream'
import {setImmediate as turn} from 'node:timers/promises'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {type Bundle, type Lease, type Logger, Sink, silentLogger} from '../../lib/core/index.ts'
import type {FileSource, Positioned} from '../../lib/files/index.ts'
import {readFromCsv} from '../../lib/io/csv/index.ts'
import {readFromJson} from '../../lib/io/json/index.ts'
import {readFromText, writeToText} from '../../lib/io/text/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {asList, create, discard, filter, flatMap, flatten, map} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {Kept, rejection} from './support.ts'

/** Commits values as they come until one of them is `stop`, at which it fails. */
class Until<I> extends Sink<I> {
  readonly committed: I[] = []
  readonly #stop: (value: I) => boolean

  constructor(stop: (value: I) => boolean) {
    super()
    this.#stop = stop
  }
  protected override get ownsLeases(): boolean {
    return true
  }
  override writeBundle({values, leases}: Bundle<I>): void {
    for (const [i, value] of values.entries()) {
      if (this.#stop(value)) throw new Error(`stopped at ${JSON.stringify(value)}`)
      this.committed.push(value)
      leases?.[i]?.release()
    }
  }
  override commit(): void {}
}

/** Keeps the leases of the values that it is told to; the others are committed. */
class Holding extends Sink<string> {
  readonly held = new Map<string, Lease>()
  protected override get ownsLeases(): boolean {
    return true
  }
  override writeBundle({values, leases}: Bundle<string>): void {
    for (const [i, value] of values.entries())
      if (value.startsWith('hold')) this.held.set(value, leases![i]!)
      else leases![i]!.release()
  }
  override commit(): void {}
}

interface Written {
  complete: boolean
  job: string
  sources: Record<string, {files: Record<string, {committed: [number, number, number][]; length: number | null}>}>
}

const lines = (n: number) => Array.from({length: n}, (_, i) => `line ${i}`)

describe('a run with a checkpoint', () => {
  let dir: string
  let path: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    path = join(dir, 'job.checkpoint')
  })
  afterEach(() => rm(dir, {recursive: true}))

  const put = async (name: string, content: string | Buffer) => {
    await writeFile(join(dir, name), content)
    return join(dir, name)
  }
  const written = async () => JSON.parse(await readFile(path, 'utf8')) as Written
  const run = <O>(source: FileSource<O>, sink: Sink<O>, checkpoint = path, logger: Logger = silentLogger) => {
    const p = new Pipeline({name: 'job', logger})
    p.apply('Read', source).apply('Write', sink)
    return p.run({checkpoint})
  }

  it('notes what is committed; a later run reads the rest', async () => {
    const all = lines(50_000)
    const file = await put('a.txt', all.join('\n'))
    const first = new Until<string>(line => line === 'line 30000')
    expect(await rejection(run(readFromText(file), first))).to.include({code: 'ERR_SLUICE_SINK', stage: 'Write'})
    expect(first.committed).to.deep.equal(all.slice(0, 30_000))
    const {complete, sources} = await written()
    expect(complete).to.equal(false)
    const [[from, to, line] = [0, 0, 0]] = sources['Read']!.files[file]!.committed
    expect([from, all.slice(0, line).join('\n').length + 1]).to.deep.equal([0, to])
    expect(line).to.be.above(20_000)

    const second = new Kept<string>()
    const {steps} = await run(readFromText(file), second)
    expect(second.values).to.deep.equal(all.slice(line))
    expect(steps[0]!.extra).to.include({committedBefore: to})
    expect((await written()).complete).to.equal(true)
  })

  it('reads nothing when an earlier run has committed everything, and reports it', async () => {
    const file = await put('a.txt', lines(100).join('\n'))
    await run(readFromText(file), new Kept<string>())
    const kept = new Kept<string>()
    const result = await run(readFromText(file), kept)
    expect(kept.values).to.deep.equal([])
    expect(result.steps[0]!.extra).to.include({bytes: 0})
    expect(result.summary()).to.include('Read read nothing: an earlier run has committed all of it')
    expect((await written()).complete).to.equal(true)
  })

  it('reads files that are new, and those that were half done', async () => {
    const pattern = join(dir, '*.txt')
    await put('a.txt', 'a1\na2\n')
    await put('b.txt', 'b1\nb2\nstop\nb4\n')
    await rejection(run(readFromText(pattern), new Until<string>(line => line === 'stop')))
    await put('c.txt', 'c1\n')
    const kept = new Kept<string>()
    await run(readFromText(pattern), kept)
    expect(kept.values).to.deep.equal(['b1', 'b2', 'stop', 'b4', 'c1'])
  })

  it('reads a file again, and warns, when it has changed', async () => {
    const file = await put('a.txt', 'old\n')
    await run(readFromText(file), new Kept<string>())
    await put('a.txt', 'new\n')
    await utimes(file, 1, 1)
    const warnings: string[] = []
    const logger = {...silentLogger, warn: (message: string) => void warnings.push(message)}
    const kept = new Kept<string>()
    await run(readFromText(file), kept, path, logger)
    expect(kept.values).to.deep.equal(['new'])
    expect(warnings.join()).to.include('a.txt has changed since checkpoint')
  })

  it('gives the same ids in a later run', async () => {
    const file = await put('a.csv', `id\n${lines(3000).join('\n')}\n`)
    const ids = new Map<string, string>()
    class Ids extends Until<{id: string}> {
      override writeBundle(bundle: Bundle<{id: string}>): void {
        bundle.values.forEach(({id}, i) => {
          const given = `${bundle.ids!.prefix} ${bundle.ids!.at(i)}`
          expect(ids.get(id) ?? given).to.equal(given)
          ids.set(id, given)
        })
        super.writeBundle(bundle)
      }
    }
    await rejection(run(readFromCsv<{id: string}>(file), new Ids(({id}) => id === 'line 1500')))
    await run(readFromCsv<{id: string}>(file), new Ids(() => false))
    expect(ids.size).to.equal(3000)
  })

  it('unzips what was done again, and passes over it', async () => {
    const all = lines(50_000)
    const file = await put('a.gz', gzipSync(all.join('\n')))
    const first = new Until<string>(line => line === 'line 30000')
    await rejection(run(readFromText(file), first))
    const [[, , line] = [0, 0, 0]] = (await written()).sources['Read']!.files[file]!.committed
    const kept = new Kept<string>()
    await run(readFromText(file), kept)
    expect(kept.values).to.deep.equal(all.slice(line))
    expect(line).to.be.above(0)
  })

  it('counts what is set aside, filtered out or multiplied as done when it is', async () => {
    const rows = Array.from({length: 5000}, (_, i) => (i % 7 === 0 ? 'oops' : `{"n":${i}}`))
    const file = await put('a.jsonl', rows.join('\n'))
    const build = (stop: (n: number) => boolean) => {
      const p = new Pipeline({name: 'job', logger: silentLogger})
      const read = p.apply('Read', readFromJson<{n: number}>(file, {rejects: true}))
      const rejects = new Kept<unknown>()
      read.tagged('rejects').apply('Rejects', rejects)
      const sink = new Until<number>(stop)
      read
        .apply(
          'Odd',
          filter(({n}) => n % 2 === 1),
        )
        .apply(
          'Twice',
          flatMap(({n}) => [n, n]),
        )
        .apply('Write', sink)
      return {p, sink, rejects}
    }
    const first = build(n => n === 3001)
    await rejection(first.p.run({checkpoint: path}))
    const second = build(() => false)
    await second.p.run({checkpoint: path})
    const odd = rows.map((_, n) => n).filter(n => n % 2 === 1 && n % 7 !== 0)
    expect([...new Set([...first.sink.committed, ...second.sink.committed])].sort((a, b) => a - b)).to.deep.equal(odd)
    expect((await written()).complete).to.equal(true)
  })

  it('does not note what is not committed, whatever comes after it', async () => {
    const file = await put('a.txt', `${lines(20_000).join('\n')}\nhold me\n${lines(20_000).join('\n')}`)
    const warnings: string[] = []
    const logger = {...silentLogger, warn: (message: string) => void warnings.push(message)}
    await run(readFromText(file), new Holding(), path, logger)
    expect(warnings.join()).to.include('not everything that was read is committed')
    expect((await written()).complete).to.equal(false)
    const kept = new Kept<string>()
    await run(readFromText(file), kept)
    expect(kept.values).to.include('hold me')
    expect(kept.values.length).to.be.below(20_000)
  })

  it('knows what flatten() merges by the files that it comes from', async () => {
    const files = [await put('a.txt', lines(5000).join('\n')), await put('b.txt', lines(5000).join('\n'))]
    const build = (sink: Sink<string>) => {
      const p = new Pipeline({name: 'job', logger: silentLogger})
      const [a, b] = files.map((file, i) => p.apply(`Read ${i}`, readFromText(file)))
      p.apply('All', flatten(a!, b!)).apply('Write', sink)
      return p
    }
    let seen = 0
    const first = new Until<string>(() => ++seen > 6000)
    await rejection(build(first).run({checkpoint: path}))
    const second = new Kept<string>()
    await build(second).run({checkpoint: path})
    expect(second.values.length).to.be.below(10_000)
    expect(second.values.length + first.committed.length).to.be.at.least(10_000)
    expect(Object.values((await written()).sources).map(({files}) => Object.keys(files))).to.deep.equal(
      files.map(file => [file]),
    )
    expect((await written()).complete).to.equal(true)
  })

  it('continues after a drain', async () => {
    const file = await put('a.txt', lines(50_000).join('\n'))
    const some = deferred()
    class Slow extends Kept<string> {
      override async writeBundle(bundle: Bundle<string>): Promise<void> {
        await super.writeBundle(bundle)
        if (this.values.length > 5000) some.resolve()
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    const first = new Slow()
    const going = run(readFromText(file), first)
    await some.promise
    await going.drain()
    expect((await going).drained).to.equal(true)
    expect((await written()).complete).to.equal(false)
    const second = new Kept<string>()
    await run(readFromText(file), second)
    expect(new Set([...first.values, ...second.values]).size).to.equal(50_000)
    expect(second.values.length).to.be.below(50_000)
    expect((await written()).complete).to.equal(true)
  })

  it('reads what is left of a range', async () => {
    const all = lines(50_000)
    const file = await put('a.txt', all.join('\n'))
    const range = {start: all.slice(0, 10_000).join('\n').length + 1, end: all.slice(0, 40_000).join('\n').length + 1}
    const first = new Until<string>(line => line === 'line 30000')
    await rejection(run(readFromText(file, {range}), first))
    const second = new Kept<string>()
    await run(readFromText(file, {range}), second)
    expect(first.committed[0]).to.equal('line 10000')
    expect(new Set([...first.committed, ...second.values])).to.deep.equal(new Set(all.slice(10_000, 40_000)))
    expect(second.values.length).to.be.below(30_000)
    expect((await written()).complete).to.equal(true)
  })

  it('keeps the permissions of the file that it replaces, and the link to it', async () => {
    await writeFile(join(dir, 'in'), 'a\nb\n')
    await run(readFromText(join(dir, 'in*')), new Kept<string>())
    await rename(path, `${path}.real`)
    await chmod(`${path}.real`, 0o600)
    await symlink(`${path}.real`, path)
    await writeFile(join(dir, 'in2'), 'c\n')
    await run(readFromText(join(dir, 'in*')), new Kept<string>())
    expect((await lstat(path)).isSymbolicLink()).to.equal(true)
    expect((await stat(path)).mode & 0o777).to.equal(0o600)
    expect(await readFile(`${path}.real`, 'utf8')).to.include('in2')
  })
  it('leaves nothing but the checkpoint', async () => {
    const file = await put('a.txt', 'a\n')
    await put('.job.checkpoint-of-a-killed-run.tmp', 'half')
    await run(readFromText(file), new Kept<string>())
    expect((await readdir(dir)).sort()).to.deep.equal(['a.txt', 'job.checkpoint'])
  })

  describe('fails', () => {
    const failure = async (wanted: string, start: () => Promise<unknown>) => {
      const error = await rejection(start())
      expect(error).to.include({code: 'ERR_SLUICE_CHECKPOINT'})
      expect(error.message).to.include(wanted)
    }
    let file: string
    beforeEach(async () => {
      file = await put('a.txt', 'a\n')
    })

    it('before it reads when the checkpoint is damaged', async () => {
      const good = {format: 'sluice-checkpoint/1', job: 'job', complete: false}
      const input = {read: 'readFromText', patterns: [file], range: null}
      const bad = (committed: unknown) => ({Read: {input, files: {[file]: {generation: '1', length: null, committed}}}})
      for (const text of [
        '',
        '{"format":"slu',
        '[]',
        '{"format":"other"}',
        JSON.stringify(good),
        JSON.stringify({...good, sources: bad([[5, 1, 0]])}),
        JSON.stringify({...good, sources: bad('all')}),
      ]) {
        await writeFile(path, text)
        const kept = new Kept<string>()
        await failure('is not a readable checkpoint', () => run(readFromText(file), kept))
        expect(kept.values).to.deep.equal([])
        expect(await readFile(path, 'utf8')).to.equal(text)
      }
    })
    it('before it reads when the checkpoint is of another job', async () => {
      await run(readFromText(file), new Kept<string>())
      const p = new Pipeline({name: 'other', logger: silentLogger})
      p.apply('Read', readFromText(file)).apply('Write', new Kept<string>())
      await failure("it belongs to job 'job', but this is 'other'", () => p.run({checkpoint: path}))
    })
    it('before it reads when the checkpoint is of another input', async () => {
      await run(readFromText(file), new Kept<string>())
      const other = await put('b.txt', 'b\n')
      await failure("step 'Read' reads readFromText([ '", () => run(readFromText(other), new Kept<string>()))
      await failure('range', () => run(readFromText(file, {range: {end: 1}}), new Kept<string>()))
      await failure('readFromCsv', () => run(readFromCsv(file), new Kept()))
    })
    it('before it reads when the checkpoint is of other steps', async () => {
      await run(readFromText(file), new Kept<string>())
      const p = new Pipeline({name: 'job', logger: silentLogger})
      p.apply('Other', readFromText(file)).apply('Write', new Kept<string>())
      await failure("its steps that read files are [ 'Read' ], but those of this job are [ 'Other' ]", () =>
        p.run({checkpoint: path}),
      )
    })
    it('when another run writes the checkpoint meanwhile', async () => {
      const going = deferred()
      const held = deferred()
      class Waits extends Kept<string> {
        override async writeBundle(bundle: Bundle<string>): Promise<void> {
          await super.writeBundle(bundle)
          going.resolve()
          await held.promise
        }
      }
      const first = rejection(run(readFromText(file), new Waits()))
      await going.promise
      // nothing is left for the first run to note
      while ((await written()).sources['Read']!.files[file]?.length !== 2) await turn()
      const second = await run(readFromText(file), new Kept<string>())
      held.resolve()
      expect(second.state).to.equal('done')
      expect((await first).message).to.include('was written by another run in the meantime')
      expect((await written()).complete).to.equal(true)
    })
    it('when the checkpoint is a folder', async () => {
      const error = await rejection(run(readFromText(file), new Kept<string>(), dir))
      expect(error).to.include({code: 'ERR_SLUICE_READ'})
      expect(error.message).to.match(/could not be read: .*\. It is a folder: give the path of a file$/)
    })
    it('for input that comes as a stream', async () => {
      await failure('reads the input stream', () =>
        run(readFromText(Readable.from([Buffer.from('a')], {objectMode: false})), new Kept<string>()),
      )
    })
    it('for a source that cannot resume', async () => {
      const p = new Pipeline({name: 'job', logger: silentLogger})
      p.apply('Read', readFromText(file)).apply('Write', new Kept<string>())
      p.apply('Made', create(['x'])).apply('Write too', new Kept<string>())
      await failure("'Made' cannot resume", () => p.run({checkpoint: path}))
    })
    it('without a source of files', async () => {
      const p = new Pipeline({name: 'job', logger: silentLogger})
      p.apply('Made', create(['x'])).apply('Write', discard())
      await failure("'Made' cannot resume", () => p.run({checkpoint: path}))
    })
  })

  it('refuses sinks that are all or none', async () => {
    const file = await put('a.txt', 'a\n')
    const error = await rejection(run(readFromText(file), writeToText(join(dir, 'out'))))
    expect(error).to.include({code: 'ERR_SLUICE_LEASE', stage: 'Write'})
    expect(error.message).to.include('run without `checkpoint`')
    expect((await readdir(dir)).filter(name => name !== 'job.checkpoint')).to.deep.equal(['a.txt'])
  })
  it('refuses streams that are not stages: nobody would know when their output is committed', async () => {
    const file = await put('a.txt', 'a\n')
    const p = new Pipeline({name: 'job', logger: silentLogger})
    const source = readFromText(file)
    p.apply('Read', source).apply('Write', new Kept<string>())
    const going = p.run({checkpoint: path})
    expect(() => source.pipe(new PassThrough({objectMode: true}))).to.throw('run without `checkpoint`')
    await rejection(going)
  })
  it('says what `checkpoint` may be', async () => {
    const file = await put('a.txt', 'a\n')
    for (const bad of ['', 7, 's3://bucket/x']) {
      const error = await rejection(run(readFromText(file), new Kept<string>(), bad as string))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
    }
  })

  it('reads what a side input is made of whole in every run', async () => {
    const rates = await put('rates', 'a\nb\n')
    const main = await put('main', 'one\ntwo\nthree\n')
    const run = (stopAt?: string) => {
      const p = new Pipeline({name: 'job', logger: silentLogger})
      const side = {rates: asList(p.apply('Rates', readFromText(rates)))}
      const joined = p.apply('Read', readFromText(main)).apply(
        'Join',
        map((line: string, c) => `${line} ${c.side.rates.join('')}`, {side}),
      )
      const sink = new Until<string>(value => stopAt !== undefined && value.startsWith(stopAt))
      joined.apply('Write', sink)
      return {sink, done: p.run({checkpoint: path})}
    }
    const first = run('two')
    expect((await rejection(first.done)).message).to.match(/stopped at/)
    const second = run()
    await second.done
    // one lease for the records of 16 KiB: all three are read again
    expect([first.sink.committed, second.sink.committed]).to.deep.equal([['one ab'], ['one ab', 'two ab', 'three ab']])
    const third = run()
    await third.done
    expect(third.sink.committed).to.deep.equal([])
  })

  it('refuses a source that feeds a side input and elements', async () => {
    const p = new Pipeline({name: 'job', logger: silentLogger})
    const read = p.apply('Read', readFromText(await put('f', 'a\n')))
    read
      .apply(
        'Join',
        map((line: string, c) => line + c.side.all.length, {side: {all: asList(read)}}),
      )
      .apply('Drop', discard())
    expect(await rejection(p.run({checkpoint: path}))).to.deep.include({code: 'ERR_SLUICE_CHECKPOINT', stage: 'Read'})
  })

  it('continues in the middle of a JSON array', async () => {
    const elements = Array.from({length: 20_000}, (_, n) => n)
    const file = await put('f', JSON.stringify(elements))
    const first = new Until<number>(n => n === 15_000)
    await rejection(run(readFromJson<number>(file, {format: 'array'}), first))
    const second = new Until<number>(() => false)
    await run(readFromJson<number>(file, {format: 'array'}), second)
    expect(new Set([...first.committed, ...second.committed]).size).to.equal(20_000)
    expect(second.committed[0]).to.be.within(1, 15_000)
  })

  it('gives positions that do not depend on where it continues', async () => {
    const file = await put('f', `${lines(5000).join('\n')}\n`)
    type Line = Positioned<string>
    const first = new Until<Line>(({value}) => value === 'line 4000')
    await rejection(run(readFromText(file, {withPosition: true}), first))
    const second = new Until<Line>(() => false)
    await run(readFromText(file, {withPosition: true}), second)
    const content = await readFile(file)
    expect(second.committed.length).to.be.within(1000, 4999)
    for (const {byteOffset, value} of second.committed)
      expect(content.toString('utf8', byteOffset, byteOffset + value.length)).to.equal(value)
  })
})
