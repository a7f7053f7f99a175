import {type DoFn, STAGE_OPTION_NAMES} from '../../core/index.ts'
import {checkOptionNames} from '../../errors/index.ts'
import {type Aggregations, checkAggregations} from './aggregations.ts'
import type {AnyCombineFn, GroupingSpec} from './engine/index.ts'
import type {Grouped, GroupKeys, GroupTags, RowOf} from './group-types.ts'
import {type RowKeys, rowKeys} from './keys/field-keys.ts'
import {rowMaker} from './keys/rows.ts'
import {GroupingStage} from './stage/grouping-stage.ts'
import {GROUPING_OPTION_NAMES, type GroupingOptions} from './stage/options.ts'

class GroupBy extends GroupingStage<unknown, Record<string, unknown>> {
  static override readonly name = 'groupBy'
  readonly #keys: RowKeys
  readonly #aggregations: readonly [string, AnyCombineFn][]

  constructor(keys: unknown, aggregations: unknown, options: GroupingOptions | undefined) {
    const where = options?.name ?? 'groupBy'
    const read = rowKeys(where, keys)
    const checked = checkAggregations(where, read.names, aggregations)
    super(options, {columns: () => [...read.names, ...checked.map(([name]) => name)]})
    this.#keys = read
    this.#aggregations = checked
  }

  protected override spec(step: string): GroupingSpec<unknown, Record<string, unknown>> {
    return {
      step,
      keys: this.#keys,
      fns: this.#aggregations.map(([, fn]) => fn),
      result: rowMaker(
        this.#keys.names,
        this.#aggregations.map(([name]) => name),
      ),
    }
  }
}

/**
 * A DoFn that makes one row of the rows with the same keys, in each window: the keys, and what the combine functions have computed.
 *
 * Without windows there is one row per key, at the end of the input; with `windowInto`, one per key and window, when the watermark has
 * passed its end, or whenever the trigger fires. A row has the last millisecond of its window as its timestamp, and the window and
 * pane as `c.window` and `c.pane`. Its id is a hash of the step, the keys, the window and the elements in it, so that a second run over
 * the same input makes the same ids. Open windows are in memory only; a drain closes them with what they hold.
 *
 * What comes too late for its window is dropped and counted; `tagged('late')` has it.
 *
 * @param keys the name of a field, a list of names, or functions of the row by name; a key is any JSON-like value, bigint, Date or bytes
 * @param aggregations combine functions by the name that their result has in the row
 * @param options `onError`, `state`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` when it is connected so that it would lose
 *   something or never emit; `ERR_SLUICE_KEY` and `ERR_SLUICE_COMBINE` fail the run for an element that cannot be grouped
 *
 * @example
 * const orders = [
 *   {user: 'ada', amount: 5},
 *   {user: 'bob', amount: 2},
 *   {user: 'ada', amount: 1},
 * ]
 * await chain(create(orders), groupBy('user', {orders: count(), spent: sum('amount')}), writeToStdout())
 * // {"user":"ada","orders":2,"spent":6} and {"user":"bob","orders":1,"spent":2}
 */
export function groupBy<
  I extends RowOf<K, A>,
  const K extends GroupKeys,
  A extends Aggregations,
  const Tag extends string = never,
>(keys: K, aggregations: A, options?: GroupingOptions<Tag>): DoFn<I, Grouped<I, K, A>, GroupTags<I, Tag>> {
  checkOptionNames(options?.name ?? 'groupBy', options, [...STAGE_OPTION_NAMES, ...GROUPING_OPTION_NAMES])
  return new GroupBy(keys, aggregations, options) as unknown as DoFn<I, Grouped<I, K, A>, GroupTags<I, Tag>>
}
