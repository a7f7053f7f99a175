import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import type {ProcessContext} from '../../lib/core/index.ts'
import {type PCollection, Pipeline} from '../../lib/pipeline/index.ts'
import {testSink, testSource} from '../../lib/testing/index.ts'
import {asList, asSingleton, batchElements, create, flatten, map, parDo, tee} from '../../lib/transforms/index.ts'
import {settle, TestSource, withIds} from '../core/support.ts'
import {Kept, numbers, rejection} from './support.ts'

interface Row {
  n: number
  text: string
}
interface All {
  all: readonly unknown[]
}
const rows = (count: number): Row[] => numbers(count).map(n => ({n, text: 'x'.repeat(100)}))
const withCount = (row: Row, c: ProcessContext<{}, All>) => ({n: row.n, of: c.side.all.length})
const counted = (count: number) => numbers(count).map(n => ({n, of: count}))

describe('a side input of the source of the main input, in a Pipeline', () => {
  // about 120 bytes a row: 20,000 rows are far more than all buffers hold
  const COUNT = 20_000
  const saved = process.env['TMPDIR']
  let dir = ''

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-side-'))
    process.env['TMPDIR'] = dir
  })
  afterEach(() => {
    if (saved === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = saved
    rmSync(dir, {recursive: true})
  })

  for (const [where, sideBufferBytes] of [
    ['in memory', '64MB'],
    ['on disk', '100kB'],
    ['all on disk', 0],
  ] as const)
    it(`does not deadlock: the elements wait ${where}`, async () => {
      const p = new Pipeline({sideBufferBytes})
      const read = p.apply('Read', create(rows(COUNT)))
      const out = testSink()
      read.apply('Count', map(withCount, {side: {all: asList(read)}})).apply('Keep', out)
      const {steps} = await p.run()
      expect(out.values).to.deep.equal(counted(COUNT))
      const spilled = steps[1]!.extra['spilled'] ?? 0
      if (where === 'in memory') expect(spilled).to.equal(0)
      else expect(spilled).to.be.within(COUNT / 2, COUNT)
      expect(readdirSync(dir)).to.deep.equal([])
    })

  const shapes: Record<
    string,
    (p: Pipeline, read: PCollection<Row>) => [main: PCollection<Row>, side: PCollection<unknown>]
  > = {
    'a longer side': (_, read) => [
      read,
      read
        .apply(
          'Pick',
          map((row: Row) => row.n),
        )
        .apply('Batch', batchElements({max: 1})),
    ],
    'a longer main input': (_, read) => [
      read.apply(
        'Same',
        map((row: Row) => ({...row})),
      ),
      read,
    ],
    'two tagged outputs of a step': (_, read) => {
      const split = read.apply(
        'Split',
        parDo((row: Row, c: ProcessContext<{main: Row; side: number}>) => {
          c.emit('main', row)
          c.emit('side', row.n)
        }),
      )
      return [split.tagged('main'), split.tagged('side')]
    },
    'a tagged output as main input, and the main output as side': (_, read) => {
      const split = read.apply(
        'Split',
        parDo((row: Row, c: ProcessContext<{main: Row}>) => {
          c.emit('main', row)
          return [row.n]
        }),
      )
      return [split.tagged('main'), split]
    },
    'a branch of tee() elsewhere': (_, read) => {
      const copied = read.apply('Copy', tee<Row>(new Kept<Row>()))
      return [
        copied,
        copied.apply(
          'Pick',
          map((row: Row) => row.n),
        ),
      ]
    },
    'a flatten on both paths': (p, read) => {
      const none = p.apply('None', create([] as Row[]))
      const main = p.apply('Main', flatten(read, none))
      return [main, p.apply('Side', flatten(read, p.apply('None 2', create([] as Row[]))))]
    },
  }
  for (const [name, shape] of Object.entries(shapes))
    it(`does not deadlock over ${name}`, async () => {
      const p = new Pipeline({sideBufferBytes: '50kB'})
      const [main, side] = shape(p, p.apply('Read', create(rows(COUNT))))
      const out = testSink()
      main.apply('Count', map(withCount, {side: {all: asList(side)}})).apply('Keep', out)
      await p.run()
      expect(out.values).to.deep.equal(counted(COUNT))
    })

  it('does not deadlock when two steps wait for each other crosswise', async () => {
    const p = new Pipeline({sideBufferBytes: '50kB'})
    const [a, b] = [p.apply('A', create(rows(COUNT))), p.apply('B', create(rows(COUNT)))]
    const [one, two] = [testSink(), testSink()]
    a.apply('One', map(withCount, {side: {all: asList(b)}})).apply('Keep 1', one)
    b.apply('Two', map(withCount, {side: {all: asList(a)}})).apply('Keep 2', two)
    await p.run()
    for (const sink of [one, two]) expect(sink.values).to.deep.equal(counted(COUNT))
  })

  it('does not deadlock when the side input comes from a step that has one itself', async () => {
    const p = new Pipeline({sideBufferBytes: '50kB'})
    const read = p.apply('Read', create(rows(COUNT)))
    const first = read.apply('First', map(withCount, {side: {all: asList(read)}}))
    const out = testSink()
    read.apply('Second', map(withCount, {side: {all: asList(first)}})).apply('Keep', out)
    await p.run()
    expect(out.values).to.deep.equal(counted(COUNT))
  })

  it('does not deadlock when the main input is empty and the side is not', async () => {
    const p = new Pipeline({sideBufferBytes: '50kB'})
    const read = p.apply('Read', create(rows(COUNT)))
    const out = testSink()
    read
      .apply(
        'Nothing',
        parDo((_row: Row) => [] as Row[]),
      )
      .apply('Count', map(withCount, {side: {all: asList(read)}}))
      .apply('Keep', out)
    await p.run()
    expect(out.values).to.deep.equal([])
  })

  it('keeps ids, timestamps and watermarks over the disk', async () => {
    const bundles = numbers(30).map(k =>
      withIds(rows(100), k * 100, {
        timestamps: Float64Array.from(numbers(100), i => k * 1000 + i),
        watermark: k * 1000,
      }),
    )
    const p = new Pipeline({sideBufferBytes: 0})
    const read = p.apply('Read', new TestSource<Row>(bundles))
    const out = testSink()
    read.apply('Count', map(withCount, {side: {all: asList(read)}})).apply('Keep', out)
    await p.run()
    expect(out.ids).to.deep.equal(numbers(3000).map(n => `s:${n}`))
    expect(out.timestamps[2999]).to.equal(29_099)
    expect(out.watermark).to.equal(29_000)
  })

  it('gives rows as they would come without it: frozen where they have two readers', async () => {
    const p = new Pipeline({sideBufferBytes: 0})
    const read = p.apply('Read', create(rows(5000)))
    const out = testSink<Row>()
    read
      .apply(
        'Same',
        map((row: Row, c) => (c.side.all.length > 0 ? row : row), {side: {all: asList(read)}}),
      )
      .apply('Keep', out)
    await p.run()
    expect(out.values.filter(row => !Object.isFrozen(row))).to.deep.equal([])
  })

  it('says which field cannot wait on disk, and what to do', async () => {
    class Customer {
      readonly name = 'c'
    }
    const p = new Pipeline({sideBufferBytes: 0})
    const read = p.apply('Read', create(numbers(5000).map(n => ({n, text: '', customer: new Customer()}))))
    read.apply('Count', map(withCount, {side: {all: asList(read)}})).apply('Keep', testSink())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Count'})
    expect(error.message).to.include('row.customer is a Customer').and.to.include('sideBufferBytes')
    expect(readdirSync(dir)).to.deep.equal([])
  })

  it('leaves no file behind when the run fails or is cancelled', async () => {
    for (const end of ['fails', 'is cancelled']) {
      const p = new Pipeline({sideBufferBytes: 0})
      const bundles = (async function* () {
        for (let k = 0; k < 20; k++) yield rows(1000)
        if (end === 'fails') throw new Error('disk gone')
        await new Promise(() => {})
      })()
      const read = p.apply('Read', testSource(bundles))
      const count = read.apply('Count', map(withCount, {side: {all: asList(read)}}))
      count.apply('Keep', testSink())
      const run = p.run()
      if (end === 'is cancelled') {
        while ((run.metrics()[1]!.extra['spilled'] ?? 0) < 10_000) await settle()
        void run.cancel()
      }
      await rejection(run)
      expect(readdirSync(dir)).to.deep.equal([])
    }
  })

  it('says where there was no room when the temporary folder cannot be written', async () => {
    process.env['TMPDIR'] = join(dir, 'none')
    const p = new Pipeline({sideBufferBytes: 0})
    const read = p.apply('Read', create(rows(5000)))
    read.apply('Count', map(withCount, {side: {all: asList(read)}})).apply('Keep', testSink())
    const error = await rejection(p.run())
    expect(error).to.include({code: 'ERR_SLUICE_WRITE', stage: 'Count'})
    expect(error.message).to.include(join(dir, 'none')).and.to.include('TMPDIR')
  })

  it('counts what waits as in flight when a drain comes too late', async () => {
    const p = new Pipeline()
    const bundles = (async function* () {
      yield rows(4000)
      await new Promise(() => {})
    })()
    const read = p.apply('Read', testSource(bundles))
    read.apply('Count', map(withCount, {side: {all: asList(read)}})).apply('Keep', testSink())
    const run = p.run()
    while (run.metrics()[0]!.out < 4000) await settle()
    await run.drain({deadline: 50})
    expect((await rejection(run)).message).to.include('4000 waiting for Count or in it')
  })

  it('refuses a budget that is not one', () => {
    expect(() => new Pipeline({sideBufferBytes: 'much' as never})).to.throw('Pipeline: option `sideBufferBytes`')
  })

  it('loses and reorders nothing, whatever the budget and the sizes of bundles', async () => {
    const sizes = fc.array(fc.integer({min: 1, max: 700}), {minLength: 1, maxLength: 30})
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({min: 0, max: 300_000}), async (given, sideBufferBytes) => {
        const total = given.reduce((sum, size) => sum + size, 0)
        const all = rows(total)
        let at = 0
        const bundles = given.map(size => all.slice(at, (at += size)))
        const p = new Pipeline({sideBufferBytes})
        const read = p.apply('Read', testSource(bundles))
        const largest = read
          .apply(
            'Numbers',
            map((row: Row) => row.n),
          )
          .apply('All', batchElements({max: 1e6, maxDelay: '1h'}))
        const out = testSink<number>()
        read
          .apply(
            'Add',
            map((row: Row, c) => row.n + c.side.numbers.length, {side: {numbers: asSingleton(largest)}}),
          )
          .apply('Keep', out)
        await p.run()
        expect(out.values).to.deep.equal(numbers(total).map(n => n + total))
      }),
      {numRuns: 25},
    )
  })

  it('never deadlocks, whatever the graph', async () => {
    /** A step: which earlier steps it reads (two are flattened first), and which one it looks at. */
    const step = fc.record({main: fc.nat(), more: fc.option(fc.nat()), side: fc.option(fc.nat(), {freq: 3})})
    await fc.assert(
      fc.asyncProperty(fc.array(step, {minLength: 1, maxLength: 8}), fc.boolean(), async (steps, twoSources) => {
        const p = new Pipeline({sideBufferBytes: '20kB'})
        const made = (twoSources ? ['A', 'B'] : ['A']).map(name => {
          const bundles = numbers(10).map(k => numbers(700).map(n => k * 700 + n))
          return {collection: p.apply(name, testSource(bundles)) as PCollection<number>, count: 7000}
        })
        const wrong: string[] = []
        for (const [i, {main, more, side}] of steps.entries()) {
          const [input, second] = [made[main % made.length]!, more === null ? undefined : made[more % made.length]!]
          const joined = second && second !== input ? second : undefined
          const from = joined ? p.apply(`Join ${i}`, flatten(input.collection, joined.collection)) : input.collection
          const looked = side === null ? undefined : made[side % made.length]!
          const check = (n: number, c: ProcessContext<{}, All>) => {
            if (c.side.all.length !== looked!.count) wrong.push(`step ${i}: ${c.side.all.length}`)
            return n
          }
          const stage = looked ? map(check, {side: {all: asList(looked.collection)}}) : map((n: number) => n)
          made.push({collection: from.apply(`Step ${i}`, stage), count: input.count + (joined?.count ?? 0)})
        }
        const kept = made.map(({collection}, i) => {
          const sink = new Kept<number>()
          collection.apply(`Keep ${i}`, sink)
          return sink
        })
        await p.run()
        expect(wrong).to.deep.equal([])
        expect(kept.map(({values}) => values.length)).to.deep.equal(made.map(({count}) => count))
      }),
      {numRuns: 30},
    )
  }).timeout(60_000)
})
