import {type DoFn, STAGE_OPTION_NAMES} from '../../core/index.ts'
import {checkOptionNames} from '../../errors/index.ts'
import type {KV} from '../key-value/kv.ts'
import type {AnyCombineFn, GroupingSpec} from './engine/index.ts'
import type {GroupTags} from './group-types.ts'
import {pairSpec} from './keys/pair-keys.ts'
import {GroupingStage} from './stage/grouping-stage.ts'
import {GROUPING_OPTION_NAMES, type GroupingOptions} from './stage/options.ts'

/** The values of a group, and whether somebody has been given them: then more values go into a copy. */
interface Group {
  readonly values: unknown[]
  given: boolean
}

/** All values, undefined ones too. */
const group: AnyCombineFn = {
  createAccumulator: (): Group => ({values: [], given: false}),
  addInput(accumulator, value) {
    const {values, given} = accumulator as Group
    if (given) return {values: [...values, value], given: false} satisfies Group
    values.push(value)
    return accumulator
  },
  mergeAccumulators(groups): Group {
    const values: unknown[] = []
    for (const group of groups as Iterable<Group>) for (const value of group.values) values.push(value)
    return {values, given: false}
  },
  extractOutput(accumulator) {
    const group = accumulator as Group
    group.given = true
    return group.values
  },
}

class GroupByKey extends GroupingStage<unknown, KV<unknown, unknown>> {
  static override readonly name = 'groupByKey'

  protected override spec(step: string): GroupingSpec<unknown, KV<unknown, unknown>> {
    return pairSpec(step, group)
  }
}

/**
 * A DoFn that makes one `[key, values]` of the `[key, value]` with the same key, in each window. The values can be iterated as often as
 * needed, in the order in which they came; they are all in memory. When groups are emitted, and what they carry, is as for `groupBy`.
 *
 * To compute something of the values, `combinePerKey` needs less memory: it keeps the result so far, not the values.
 *
 * @param options `onError`, `state`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` when it is connected so that it would lose
 *   something or never emit; `ERR_SLUICE_KEY` fails the run for an element that is not a pair, or whose key cannot be compared
 *
 * @example
 * const words = create(['apple', 'bean', 'avocado'])
 * await chain(words, withKeys((word: string) => word.charAt(0)), groupByKey(), writeToStdout())
 * // ["a",["apple","avocado"]] and ["b",["bean"]]
 */
export function groupByKey<K, V, const Tag extends string = never>(
  options?: GroupingOptions<Tag>,
): DoFn<KV<K, V>, KV<K, Iterable<V>>, GroupTags<KV<K, V>, Tag>> {
  checkOptionNames(options?.name ?? 'groupByKey', options, [...STAGE_OPTION_NAMES, ...GROUPING_OPTION_NAMES])
  return new GroupByKey(options) as unknown as DoFn<KV<K, V>, KV<K, Iterable<V>>, GroupTags<KV<K, V>, Tag>>
}
