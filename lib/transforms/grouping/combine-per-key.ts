import {type DoFn, STAGE_OPTION_NAMES} from '../../core/index.ts'
import {checkOptionNames} from '../../errors/index.ts'
import type {CombineFn} from '../combine/index.ts'
import type {KV} from '../key-value/kv.ts'
import {checkCombineFn} from './aggregations.ts'
import type {AnyCombineFn, GroupingSpec} from './engine/index.ts'
import type {GroupTags} from './group-types.ts'
import {pairSpec} from './keys/pair-keys.ts'
import {GroupingStage} from './stage/grouping-stage.ts'
import {GROUPING_OPTION_NAMES, type GroupingOptions} from './stage/options.ts'

class CombinePerKey extends GroupingStage<unknown, KV<unknown, unknown>> {
  static override readonly name = 'combinePerKey'
  readonly #fn: AnyCombineFn

  constructor(fn: unknown, options: GroupingOptions | undefined) {
    const checked = checkCombineFn(options?.name ?? 'combinePerKey', 'fn', fn)
    super(options)
    this.#fn = checked
  }

  protected override spec(step: string): GroupingSpec<unknown, KV<unknown, unknown>> {
    return pairSpec(step, this.#fn)
  }
}

/**
 * A DoFn that makes one `[key, result]` of the values of each key, in each window. The combine function gets the values of
 * `[key, value]`, as `withKeys` makes them; when results are emitted, and what they carry, is as for `groupBy`.
 *
 * @param fn what is made of the values: `sum()`, `top(3)`, or your own
 * @param options `onError`, `state`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_KEY` and `ERR_SLUICE_COMBINE` fail the run for an element
 *   that cannot be grouped
 *
 * @example
 * const words = create(['a', 'b', 'a'])
 * await chain(words, withKeys((word: string) => word), combinePerKey(count()), writeToStdout()) // ["a",2] and ["b",1]
 */
export function combinePerKey<K, V, A, O, const Tag extends string = never>(
  fn: CombineFn<V, A, O>,
  options?: GroupingOptions<Tag>,
): DoFn<KV<K, V>, KV<K, O>, GroupTags<KV<K, V>, Tag>> {
  checkOptionNames(options?.name ?? 'combinePerKey', options, [...STAGE_OPTION_NAMES, ...GROUPING_OPTION_NAMES])
  return new CombinePerKey(fn, options) as unknown as DoFn<KV<K, V>, KV<K, O>, GroupTags<KV<K, V>, Tag>>
}
