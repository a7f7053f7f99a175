import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {ExternalSort} from '../../../lib/state/store/external-sort.ts'
import {rejection} from '../../core/support.ts'
import {failing} from './faults.ts'

interface Row {
  readonly key: number
  readonly place: number
}

const same = (row: Row) => row

/** A sort with room for so many bytes. */
function sorter(memory: number, limit?: number): ExternalSort<Row, Row> {
  return new ExternalSort({
    limit,
    owner: {stage: 'sort', option: '`memory`'},
    memory,
    compare: (a: Row, b: Row) => a.key - b.key,
    encode: same,
    decode: same,
  })
}

async function sorted(sort: ExternalSort<Row, Row>, rows: readonly Row[], chunk = 100): Promise<Row[]> {
  for (let at = 0; at < rows.length; at += chunk) {
    sort.add(rows.slice(at, at + chunk))
    if (sort.full) await sort.spill()
  }
  const all: Row[] = []
  for await (const block of sort.sorted()) all.push(...block)
  return all
}

const rowsOf = (keys: readonly number[]): Row[] => keys.map((key, place) => ({key, place}))
const inMemory = (rows: readonly Row[]) => [...rows].sort((a, b) => a.key - b.key)

describe('ExternalSort', () => {
  const saved = process.env['TMPDIR']
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-sort-'))
    process.env['TMPDIR'] = dir
  })
  afterEach(() => {
    if (saved === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = saved
    rmSync(dir, {recursive: true})
  })

  it('is stable and complete, whatever fits into memory', async () => {
    const inputs = fc.array(fc.integer({min: 0, max: 5}), {maxLength: 400})
    await fc.assert(
      fc.asyncProperty(
        inputs,
        fc.constantFrom(1, 500, 4000, 1e9),
        fc.integer({min: 1, max: 90}),
        async (keys, memory, chunk) => {
          const rows = rowsOf(keys)
          expect(await sorted(sorter(memory), rows, chunk)).to.deep.equal(inMemory(rows))
        },
      ),
      {numRuns: 100},
    )
  })

  it('gives the first records only where that is all that is wanted', async () => {
    const rows = rowsOf(Array.from({length: 20_000}, (_, i) => (i * 7919) % 1009))
    for (const memory of [1, 100_000, 1e9])
      for (const limit of [1, 10, 999, 30_000])
        expect(await sorted(sorter(memory, limit), rows, 1000)).to.deep.equal(inMemory(rows).slice(0, limit))
  })

  it('merges in several passes when there are more runs than can be merged at once', async () => {
    const rows = rowsOf(Array.from({length: 300}, (_, i) => (i * 7919) % 23))
    const sort = sorter(1)
    expect(await sorted(sort, rows, 1)).to.deep.equal(inMemory(rows))
    expect(sort.bytesOnDisk).to.equal(0)
  })

  it('leaves nothing in the folder for temporary files', async () => {
    const sort = sorter(1)
    sort.add(rowsOf([3, 1, 2]))
    await sort.spill()
    expect(readdirSync(dir)).to.deep.equal([])
    expect(sort.bytesOnDisk).to.be.greaterThan(0)
    await sort.close()
  })

  it('stays in memory without a file while everything fits', async () => {
    const all = await failing('write', 0, 'ENOSPC', () => sorted(sorter(1e9), rowsOf([2, 1])))
    expect(all).to.deep.equal([
      {key: 1, place: 1},
      {key: 2, place: 0},
    ])
  })

  for (const code of ['ENOSPC', 'EIO'])
    it(`names the folder and what to do when writing fails with ${code}`, async () => {
      const error = await rejection(failing('write', 1, code, () => sorted(sorter(1), rowsOf([3, 2, 1]), 1)))
      expect(error).to.include({code: 'ERR_SLUICE_WRITE', stage: 'sort'})
      expect(error.message).to.include(dir).and.include(code).and.include('TMPDIR').and.include('`memory`')
    })

  it('names the folder when reading fails', async () => {
    const error = await rejection(failing('read', 1, 'EIO', () => sorted(sorter(1), rowsOf([3, 2, 1]), 1)))
    expect(error).to.include({code: 'ERR_SLUICE_READ', stage: 'sort'})
    expect(error.message).to.include(dir)
  })

  it('refuses a record that would not come back from disk as it was, and names it', async () => {
    class Money {}
    const sort = sorter(1)
    sort.add([
      {key: 1, place: 0},
      {key: new Money() as never, place: 1},
    ])
    const error = await rejection(sort.spill())
    expect(error).to.include({code: 'ERR_SLUICE_OUTPUT_TYPE', stage: 'sort'})
    expect(error.message).to.include('element.key is a Money')
    await sort.close()
  })
})
