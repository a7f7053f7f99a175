import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {isDeepStrictEqual} from 'node:util'
import {expect} from 'chai'
import {runStage, testSource} from '../../../lib/testing/index.ts'
import {
  approximateDistinct,
  count,
  create,
  groupBy,
  latest,
  max,
  mean,
  min,
  quantiles,
  sum,
  toList,
  top,
  toSet,
  windowInto,
} from '../../../lib/transforms/index.ts'
import {fixedWindows} from '../../../lib/windowing/index.ts'
import {failing} from '../../state/store/faults.ts'
import {numbers, rejection} from '../support.ts'
import {BundleSink} from './support.ts'

/** Groups enough for `memory: '1MB'`, each three times, and far apart. */
const ROWS = numbers(24_000).map(i => ({user: `user-${i % 8000}`, n: i, at: i, price: i / 8}))
const ALL = {
  n: count(),
  total: sum('n'),
  exact: sum('price'),
  avg: mean('price'),
  least: min('n'),
  most: max('n'),
  best: top(2, 'n'),
  list: toList('n'),
  set: toSet('n'),
  last: latest('n'),
  about: approximateDistinct('n'),
  parts: quantiles(3, 'n'),
}

describe('a grouping beyond memory', function () {
  this.timeout(60_000)
  const saved = process.env['TMPDIR']
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-grouping-'))
    process.env['TMPDIR'] = dir
  })
  afterEach(() => {
    if (saved === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = saved
    rmSync(dir, {recursive: true})
  })

  it('gives what it gives in memory, for every combine function', async () => {
    const rows = ROWS.slice(0, 6000).map(row => ({...row, user: `user-${row.n % 2000}`}))
    const inMemory = await runStage(groupBy('user', ALL), rows)
    const beyond = await runStage(groupBy('user', ALL, {memory: '1MB'}), rows)
    const expected = new Map(inMemory.output.map(row => [row.user, row]))
    expect(beyond.output.length).to.equal(2000)
    expect(beyond.output.filter(row => !isDeepStrictEqual(row, expected.get(row.user)))).to.deep.equal([])
    expect(readdirSync(dir)).to.deep.equal([])
  })

  it('gives each result under the id that it has in memory', async () => {
    const ids = async (memory: '1MB' | '256MB') => {
      const sink = new BundleSink()
      const source = testSource([ROWS.slice(0, 12_000), ROWS.slice(12_000)], {ids: 'rows'})
      await pipeline(source, groupBy('user', {n: count()}, {memory}), sink)
      const {ids: found, values} = sink
      return values.map((row, i) => `${(row as {user: string}).user} ${found[i]}`).sort()
    }
    const [beyond, inMemory] = [await ids('1MB'), await ids('256MB')]
    expect(beyond.filter((id, i) => id !== inMemory[i])).to.deep.equal([])
    expect(beyond.length).to.equal(8000)
  })

  it('emits each window with what it has, those on disk included', async () => {
    const windows = windowInto<(typeof ROWS)[0]>(fixedWindows(8000), {timestamp: row => row.at, outOfOrder: '100s'})
    const sink = new BundleSink()
    await pipeline(create(ROWS), windows, groupBy('user', {n: count(), total: sum('n')}, {memory: '1MB'}), sink)
    expect(sink.values.length).to.equal(24_000)
    const found = sink.bundles.flatMap(({values, windows}) =>
      values.map((row, i) => ({...(row as {n: number; total: number}), start: windows![i]!})),
    )
    expect(
      found.every(
        ({n, total, start}) => n === 1 && (start as {start: number}).start === Math.floor(total / 8000) * 8000,
      ),
    ).to.equal(true)
  })

  it('has a group that grows alone: its list goes to disk and comes back whole', async () => {
    const rows = numbers(60_000).map(n => ({user: n % 10 === 0 ? `cold-${n}` : 'hot', n}))
    const {output} = await runStage(groupBy('user', {list: toList('n')}, {memory: '1MB'}), rows)
    const hot = output.find(({user}) => user === 'hot')!
    const numbersOf = rows.filter(({user}) => user === 'hot').map(({n}) => n)
    expect(isDeepStrictEqual(hot.list, numbersOf)).to.equal(true)
    expect(output.length).to.equal(6001)
  })

  for (const [method, writes] of [
    ['write', 1],
    ['read', 1],
  ] as const)
    it(`fails with the folder and what to do when it cannot ${method}`, async () => {
      const work = () => rejection(runStage(groupBy('user', {n: count()}, {memory: '1MB'}), ROWS))
      const error = await failing(method, writes, method === 'write' ? 'ENOSPC' : 'EIO', work)
      expect(error.code).to.equal(method === 'write' ? 'ERR_SLUICE_WRITE' : 'ERR_SLUICE_READ')
      expect(error.message).to.include(dir).and.include('TMPDIR').and.include('raise `memory`')
    })
})
