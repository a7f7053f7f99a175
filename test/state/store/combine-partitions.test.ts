import {expect} from 'chai'
import fc from 'fast-check'
import {combinePartitions} from '../../../lib/state/store/combine-partitions.ts'
import {Partitions} from '../../../lib/state/store/partitions.ts'
import {rejection} from '../../core/support.ts'
import {failing} from './faults.ts'

const owner = {stage: 'count', option: '`memory`'}
type Key = string | number

/** Counts keys by way of the disk; returns the sizes of the maps, too. */
async function counted(keys: readonly Key[], memory: number): Promise<{counts: Map<Key, number>; maps: number[]}> {
  const partitions = new Partitions<number>(owner)
  for (const key of keys) {
    partitions.add(key, 1)
    if (partitions.full) await partitions.flush()
  }
  const counts = new Map<Key, number>()
  const maps: number[] = []
  for await (const cells of combinePartitions(partitions, {owner, memory, combine: (a, b) => a + b})) {
    maps.push(cells.size)
    for (const [key, n] of cells) {
      expect(counts.has(key), `${key} twice`).to.equal(false)
      counts.set(key, n)
    }
  }
  return {counts, maps}
}

function inMemory(keys: readonly Key[]): Map<Key, number> {
  const counts = new Map<Key, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

/** In one order, whichever came first of `1` and `'1'`. */
const byKey = (counts: Map<Key, number>) => {
  const place = (key: Key) => `${key} ${typeof key}`
  return [...counts].sort(([a], [b]) => (place(a) < place(b) ? -1 : 1))
}

describe('combinePartitions', () => {
  it('combines all records of a key, whatever a partition may take', async () => {
    const key = fc.oneof(fc.string({maxLength: 2}), fc.integer({min: -3, max: 3}), fc.double())
    await fc.assert(
      fc.asyncProperty(fc.array(key, {maxLength: 300}), fc.constantFrom(1, 300, 1e9), async (keys, memory) => {
        const {counts} = await counted(keys, memory)
        expect(byKey(counts)).to.deep.equal(byKey(inMemory(keys)))
      }),
      {numRuns: 60},
    )
  })

  it('keeps a text apart from a number with the same digits', async () => {
    const {counts} = await counted(['1', 1, '1'], 1e9)
    expect(counts.get('1')).to.equal(2)
    expect(counts.get(1)).to.equal(1)
  })

  it('splits a partition again that is too large, so that no map is', async () => {
    const keys = Array.from({length: 60_000}, (_, i) => `key-${i % 30_000}`)
    const {counts, maps} = await counted(keys, 20_000)
    expect(counts.size).to.equal(30_000)
    expect(Math.max(...maps)).to.be.lessThan(400)
  })

  it('does not split what is one key', async () => {
    const partitions = new Partitions<string[]>(owner)
    for (let i = 0; i < 3000; i++) partitions.add('hot', [`value-${i}`])
    const maps: Map<Key, string[]>[] = []
    const combine = (a: string[], b: string[]) => {
      a.push(...b)
      return a
    }
    for await (const cells of combinePartitions(partitions, {owner, memory: 1000, combine})) maps.push(cells)
    expect(maps.length).to.equal(1)
    // in the order in which they came
    expect(maps[0]!.get('hot')).to.deep.equal(Array.from({length: 3000}, (_, i) => `value-${i}`))
  })

  it('writes what is waiting also when records grow, so that little of it is in memory', async () => {
    const partitions = new Partitions<string>(owner)
    let size = 0
    for (let i = 0; i < 20_000; i++) {
      const value = 'x'.repeat(i % 64 === 0 ? i / 20 : 10)
      size += value.length
      partitions.add('hot', value)
      if (partitions.full) await partitions.flush()
    }
    expect(partitions.bytes).to.be.greaterThan(size / 2)
    await partitions.close()
  })

  it('ends with a hot key among others', async () => {
    const keys = Array.from({length: 20_000}, (_, i) => (i % 10 === 0 ? `cold-${i}` : 'hot'))
    const {counts} = await counted(keys, 500)
    expect(counts.get('hot')).to.equal(18_000)
    expect(counts.size).to.equal(2001)
  })

  it('fails with the folder and the option when the disk is full, also while it splits again', async () => {
    const keys = Array.from({length: 20_000}, (_, i) => `key-${i}`)
    for (const writes of [0, 40]) {
      const error = await rejection(failing('write', writes, 'ENOSPC', () => counted(keys, 1000)))
      expect(error).to.include({code: 'ERR_SLUICE_WRITE', stage: 'count'})
      expect(error.message).to.include('TMPDIR').and.include('`memory`')
    }
  })

  it('can be left early', async () => {
    const partitions = new Partitions<number>(owner)
    for (let i = 0; i < 1000; i++) partitions.add(i, 1)
    for await (const cells of combinePartitions(partitions, {owner, memory: 100, combine: a => a})) {
      expect(cells.size).to.be.greaterThan(0)
      break
    }
    expect(partitions.bytes).to.equal(0)
  })
})
