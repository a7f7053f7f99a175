import {mkdtemp, readFile, rename, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {deflateSync, gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {type Bundle, Sink, silentLogger} from '../../lib/core/index.ts'
import type {ByteRange, FileReject, FileSource, Positioned} from '../../lib/files/index.ts'
import {readFromCsv} from '../../lib/io/csv/index.ts'
import {readFromJson} from '../../lib/io/json/index.ts'
import {readFromText} from '../../lib/io/text/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {deferred} from '../../lib/util/index.ts'

/** Commits so many values, and fails at the next. */
class First<I> extends Sink<I> {
  readonly committed: I[] = []
  readonly #count: number

  constructor(count = Number.POSITIVE_INFINITY) {
    super()
    this.#count = count
  }
  protected override get ownsLeases(): boolean {
    return true
  }
  override writeBundle({values, leases}: Bundle<I>): void {
    for (const [i, value] of values.entries()) {
      if (this.committed.length === this.#count) throw new Error('stopped')
      this.committed.push(value)
      leases?.[i]?.release()
    }
  }
  override commit(): void {}
}

interface Options {
  range?: ByteRange
  concurrency: number
  withPosition: true
}
/** A source of files whose elements have their positions, with or without rejects. */
type Made = FileSource<Positioned<unknown>, {rejects: FileReject}>

const RECORDS = 2000
/** One record in 97 is malformed. */
const records = (good: (i: number) => string, bad: (i: number) => string) =>
  Array.from({length: RECORDS}, (_, i) => (i % 97 === 0 ? bad(i) : good(i)))
const json = records(
  i => JSON.stringify({id: i, v: 'z'.repeat(i % 40)}),
  i => `bad ${i}`,
)
const quoted = `id,v\n${records(
  i => `"a\n${i}",${'y'.repeat(i % 30)}`,
  i => `bad,${i},`,
).join('\n')}\n`
const bare = `id,v\n${records(
  i => `a${i},${'y'.repeat(i % 30)}`,
  i => `bad,${i},`,
).join('\n')}\n`

const FORMATS: readonly (readonly [what: string, content: string, read: (pattern: string, o: Options) => Made])[] = [
  ['lines', records(i => `line ${i}`, String).join('\n'), (pattern, o) => readFromText(pattern, o) as Made],
  ['quoted CSV', quoted, (pattern, o) => readFromCsv(pattern, {...o, rejects: true})],
  ['CSV without quotes', bare, (pattern, o) => readFromCsv(pattern, {...o, quote: null, rejects: true})],
  ['CSV by csv-parse', quoted, (pattern, o) => readFromCsv(pattern, {...o, engine: 'csv-parse', rejects: true})],
  ['JSON lines', json.join('\n'), (pattern, o) => readFromJson(pattern, {...o, rejects: true})],
  [
    'JSON arrays',
    `[${json.join(',\n')}]`,
    (pattern, o) => readFromJson(pattern, {...o, format: 'auto', rejects: true}),
  ],
]

const STORED: readonly (readonly [how: string, ending: string, store: (text: string) => Buffer, range?: ByteRange])[] =
  [
    ['as they are', '', Buffer.from],
    ['in part', '', Buffer.from, {start: 1000, end: 30_000}],
    ['compressed by gzip', '.gz', gzipSync],
    ['compressed by deflate', '.deflate', deflateSync],
  ]

describe('a run that was stopped and taken up', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))

  for (const [what, content, read] of FORMATS)
    for (const [how, ending, store, range] of STORED)
      it(`has read every one of the ${what}, with its position, and every reject: files ${how}`, async () => {
        for (const name of ['a', 'b', 'c']) await writeFile(join(dir, `${name}.data${ending}`), store(content))
        const run = async (count: number, concurrency: number, checkpoint?: string) => {
          const p = new Pipeline({name: 'job', logger: silentLogger})
          const source = p.apply(
            'Read',
            read(join(dir, '*.data*'), {withPosition: true, concurrency, ...(range && {range})}),
          )
          const [main, rejects] = [new First<Positioned<unknown>>(count), new First<FileReject>()]
          source.apply('Write', main)
          if (what !== 'lines') source.tagged('rejects').apply('Rejects', rejects)
          await p.run(checkpoint === undefined ? {} : {checkpoint}).catch(error => {
            if (count === Number.POSITIVE_INFINITY) throw error
          })
          // lines are not counted from the middle of a file
          return [...main.committed, ...rejects.committed.map(reject => ({...reject, line: 0}))].map(x =>
            JSON.stringify(x),
          )
        }
        const all = new Set(await run(Number.POSITIVE_INFINITY, 8))
        for (const [i, count] of [1, 2500].entries()) {
          const checkpoint = join(dir, `checkpoint-${count}`)
          const before = await run(count, 1 + 3 * i, checkpoint)
          const after = await run(Number.POSITIVE_INFINITY, 4 - i, checkpoint)
          expect(new Set([...before, ...after])).to.deep.equal(all)
          expect(await run(Number.POSITIVE_INFINITY, 8, checkpoint)).to.deep.equal([])
        }
      })

  it('continues looking for new files, and does not read those again that were there', async () => {
    const checkpoint = join(dir, 'job.checkpoint')
    const put = async (name: string) => {
      await writeFile(join(dir, `.${name}`), `${name} 1\n${name} 2\n`)
      await rename(join(dir, `.${name}`), join(dir, `${name}.txt`))
    }
    /** Runs until so many lines are committed. */
    const run = async (count: number, meanwhile?: () => Promise<void>) => {
      const enough = deferred()
      class Some extends First<string> {
        override writeBundle(bundle: Bundle<string>): void {
          super.writeBundle(bundle)
          if (this.committed.length >= count) enough.resolve()
        }
      }
      const sink = new Some()
      const p = new Pipeline({name: 'job', logger: silentLogger})
      p.apply('Read', readFromText(join(dir, '*.txt'), {every: 5})).apply('Write', sink)
      const going = p.run({checkpoint})
      await meanwhile?.()
      await enough.promise
      await going.drain()
      await going
      return sink.committed
    }
    await put('a')
    expect(await run(4, () => put('b'))).to.deep.equal(['a 1', 'a 2', 'b 1', 'b 2'])
    await put('c')
    expect(await run(2)).to.deep.equal(['c 1', 'c 2'])
    const {complete, sources} = JSON.parse(await readFile(checkpoint, 'utf8'))
    expect(Object.keys(sources.Read.files)).to.deep.equal(['a', 'b', 'c'].map(name => join(dir, `${name}.txt`)))
    expect(complete).to.equal(false)
  })
})
