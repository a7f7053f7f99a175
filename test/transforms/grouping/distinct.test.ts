import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {Bundle, boundedWindow, deadLetter, type Lease, SequenceIds} from '../../../lib/core/index.ts'
import {runStage, testSource} from '../../../lib/testing/index.ts'
import {discard, distinct} from '../../../lib/transforms/index.ts'
import {TestLease} from '../../core/fakes.ts'
import {TestSource} from '../../core/support.ts'
import {failing} from '../../state/store/faults.ts'
import {numbers, rejection, thrown} from '../support.ts'
import {BundleSink} from './support.ts'

/** Keys enough for `memory: '1MB'`, each twice. */
const MANY = numbers(40_000).map(i => ({id: `key-${i % 20_000}`, place: i}))

describe('distinct', () => {
  it('hands on the first of equal elements, in their order', async () => {
    const {output} = await runStage(distinct<number>(), [3, 1, 3, 2, 1])
    expect(output).to.deep.equal([3, 1, 2])
  })

  it('takes objects for equal that have the same properties in any order', async () => {
    const rows = [{a: 1, b: {c: 2}}, {b: {c: 2}, a: 1}, {a: 1}]
    expect((await runStage(distinct<object>(), rows)).output).to.deep.equal([rows[0], rows[2]])
  })

  it('keeps a number apart from its text, and NaN and 0 together with themselves', async () => {
    const {output} = await runStage(distinct<unknown>(), [1, '1', 1n, Number.NaN, Number.NaN, 0, -0, null, undefined])
    expect(output).to.deep.equal([1, '1', 1n, Number.NaN, 0, null, undefined])
  })

  it('compares what `by` gives', async () => {
    const rows = [
      {user: 'a', n: 1},
      {user: 'b', n: 2},
      {user: 'a', n: 3},
    ]
    const {output} = await runStage(distinct<(typeof rows)[0]>({by: row => row.user}), rows)
    expect(output).to.deep.equal(rows.slice(0, 2))
  })

  it('is a set in memory and on disk alike', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({min: 0, max: 30})), async values => {
        const {output} = await runStage(distinct<number>(), values)
        expect(output).to.deep.equal([...new Set(values)])
      }),
      {numRuns: 30},
    )
  })

  describe('beyond memory', () => {
    const saved = process.env['TMPDIR']
    let dir = ''
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'sluice-distinct-'))
      process.env['TMPDIR'] = dir
    })
    afterEach(() => {
      if (saved === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = saved
      rmSync(dir, {recursive: true})
    })

    const byId = () => distinct<{id: string; place: number}>({by: ({id}) => id, memory: '1MB'})

    it('hands on the first of each key, whatever waits on disk', async () => {
      const {output} = await runStage(byId(), MANY)
      expect(output.map(({place}) => place).sort((a, b) => a - b)).to.deep.equal(numbers(20_000))
      // those in memory leave at once
      expect(output.slice(0, 5000)).to.deep.equal(MANY.slice(0, 5000))
      expect(readdirSync(dir)).to.deep.equal([])
    })

    it('keeps ids, timestamps and windows of what has waited', async () => {
      const window = boundedWindow(0, 1_000_000)
      const bundles = numbers(40).map(b => {
        const values = MANY.slice(b * 1000, (b + 1) * 1000)
        return new Bundle(values, {
          ids: new SequenceIds('s', b * 1000),
          timestamps: Float64Array.from(values, ({place}) => place),
          windows: values.map(() => window),
        })
      })
      const stage = byId()
      const sink = new BundleSink()
      await pipeline(testSource(bundles), stage, sink)
      let count = 0
      for (const {values, ids, timestamps, windows} of sink.bundles)
        for (const [i, {place}] of (values as {place: number}[]).entries()) {
          count++
          expect([ids!.prefix, ids!.at(i), timestamps![i]]).to.deep.equal(['s', String(place), place])
          expect(windows![i]).to.equal(window)
        }
      expect(count).to.equal(20_000)
    })

    it('fails with the folder and what to do when the disk is full', async () => {
      const error = await failing('write', 2, 'ENOSPC', () => rejection(runStage(byId(), MANY)))
      expect(error).to.include({code: 'ERR_SLUICE_WRITE', stage: 'distinct'})
      expect(error.message).to.include(dir).and.include('TMPDIR').and.include('raise `memory`')
    })

    it('names the row that is not plain data', async () => {
      class Money {}
      const rows = MANY.map(({id}) => ({id, money: new Money()}))
      const error = await rejection(runStage(distinct<(typeof rows)[0]>({by: ({id}) => id, memory: '1MB'}), rows))
      expect(error).to.include({code: 'ERR_SLUICE_OUTPUT_TYPE', stage: 'distinct'})
      expect(error.message).to.include('is a Money')
    })
  })

  describe('in windows', () => {
    const [early, late] = [boundedWindow(0, 10), boundedWindow(10, 20)]

    it('has the first of each window', async () => {
      const bundle = new Bundle(['a', 'a', 'a', 'b'], {windows: [early, late, early, late]})
      expect((await runStage(distinct<string>(), testSource([bundle]))).output).to.deep.equal(['a', 'a', 'b'])
    })

    it('leaves an element in those of its windows in which it is the first', async () => {
      const sink = new BundleSink()
      const bundle = new Bundle(['a', 'a', 'b'], {windows: [early, [early, late], [early, late]]})
      await pipeline(testSource([bundle]), distinct<string>(), sink)
      expect(sink.bundles.flatMap(({windows}) => windows)).to.deep.equal([early, late, [early, late]])
    })

    it('forgets a window that is over, and drops and counts what comes for it', async () => {
      const bundles = [
        new Bundle(['a'], {windows: [early], watermark: 15}),
        new Bundle(['a', 'b'], {windows: [early, late], watermark: 16}),
      ]
      const {output, metrics} = await runStage(distinct<string>(), testSource(bundles))
      expect(output).to.deep.equal(['a', 'b'])
      expect(metrics.dropped).to.deep.equal({late: 1})
    })
  })

  it('acknowledges the messages of copies, and passes on that of the first', async () => {
    const leases = numbers(3).map(id => new TestLease(id))
    const bundle = new Bundle(['a', 'a', 'b'], {leases: leases as Lease[]})
    await pipeline(testSource([bundle]), distinct<string>({state: 'volatile'}), discard())
    expect(leases.map(lease => lease.count)).to.deep.equal([0, 0, 0])
  })

  it('sets aside an element whose key cannot be had', async () => {
    const stage = distinct<unknown, 'bad'>({onError: deadLetter('bad')})
    const {output, tags} = await runStage(stage, [1, () => 1, 1], {tags: ['bad']})
    expect(output).to.deep.equal([1])
    expect((tags.bad as {error: string}[]).map(({error}) => error)).to.have.length(1)
    expect((tags.bad[0] as {error: string}).error).to.include('function')
  })

  it('is refused behind an endless source without windows, with what to do', async () => {
    const endless = new TestSource([[1]], {}, {unbounded: true})
    const error = await rejection(pipeline(endless, distinct<number>(), discard()))
    expect(error.code).to.equal('ERR_SLUICE_WINDOWING')
    expect(error.message).to.include('windowInto(fixedWindows').and.include('deduplicate({within')
  })

  it('refuses options that it does not know or cannot take', () => {
    expect(thrown(() => distinct({bye: 1} as never)).message).to.include('did you mean `by`')
    expect(thrown(() => distinct({by: 'id'} as never)).message).to.include('a function element => key')
    expect(thrown(() => distinct({memory: '1kB'})).message).to.include('at least 1MB')
    expect(thrown(() => distinct({state: 'durable'} as never)).message).to.include("'volatile'")
  })
})
