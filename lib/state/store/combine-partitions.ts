import {heapSize} from './heap-size.ts'
import {type Keyed, Partitions} from './partitions.ts'
import type {SpillOwner} from './spilled-blocks.ts'

/** How records of equal keys become one. */
interface Combining<V> {
  readonly owner: SpillOwner
  /** What one partition may take in memory, bytes of heap. */
  readonly memory: number
  /** Combines two values of a key, the earlier one first; may change and return either. */
  combine(earlier: V, later: V): V
}

/** Beyond it a partition is combined in memory whatever its size: so many hashes have not separated its keys. */
const DEEPEST = 4
/** The size of the values is measured again after so many records: values that gather elements grow. */
const SAMPLE = 16
const ENTRY = 48

/**
 * Combines the records of partitions, one partition after the other in memory. A partition whose combined records exceed
 * `memory` is split again by another hash, unless that would separate nothing because it has a single key.
 *
 * @returns maps of combined values by key; a key is in one of them
 */
export async function* combinePartitions<V>(
  partitions: Partitions<V>,
  how: Combining<V>,
): AsyncGenerator<Map<string | number, V>> {
  try {
    for await (const blocks of partitions.read()) yield* combineOne(blocks, partitions.level, how)
  } finally {
    await partitions.close()
  }
}

async function* combineOne<V>(
  blocks: AsyncGenerator<Keyed<V>[]>,
  level: number,
  how: Combining<V>,
): AsyncGenerator<Map<string | number, V>> {
  let cells = new Map<string | number, V>()
  let size = 0
  let split: Partitions<V> | undefined
  try {
    for await (const block of blocks) {
      size += combineBlock(block, cells, how)
      if (size <= how.memory || cells.size === 1 || level >= DEEPEST) continue
      split ??= new Partitions(how.owner, level + 1)
      await moveTo(split, cells)
      cells = new Map()
      size = 0
    }
    if (!split) {
      yield cells
      return
    }
    await moveTo(split, cells)
    cells = new Map()
  } catch (error) {
    await split?.close()
    throw error
  }
  yield* combinePartitions(split, how)
}

/** Returns by how much the cells have grown, bytes. */
function combineBlock<V>(block: readonly Keyed<V>[], cells: Map<string | number, V>, how: Combining<V>): number {
  let grown = 0
  let sampled = 0
  for (const [key, value] of block) {
    const before = cells.get(key)
    if (before === undefined && !cells.has(key)) {
      cells.set(key, value)
      if (sampled++ % SAMPLE === 0) grown += SAMPLE * (ENTRY + heapSize(key) + heapSize(value))
      continue
    }
    const measured = sampled++ % SAMPLE === 0
    // before it changes in place
    const size = measured ? heapSize(before) : 0
    const combined = how.combine(before as V, value)
    cells.set(key, combined)
    if (measured) grown += SAMPLE * (heapSize(combined) - size)
  }
  return grown
}

async function moveTo<V>(split: Partitions<V>, cells: Map<string | number, V>): Promise<void> {
  for (const [key, value] of cells) {
    split.add(key, value)
    if (split.full) await split.flush()
  }
}
