import type {Collection, JoinStage, StageOptions, StageReadable} from '../../../core/index.ts'
import {STAGE_OPTION_NAMES} from '../../../core/index.ts'
import {badOption, checkOptionNames, enumOption} from '../../../errors/index.ts'
import {flatMap} from '../../flat-map.ts'
import {type ElementOf, type FlattenStream, flattenInputs} from '../../flatten/flatten-inputs.ts'
import {CoGroup, type CoGrouped} from './co-group.ts'
import {JoinKeys, joinOn} from './join-keys.ts'
import {type JoinType, joinRows, mergeRows, type Select} from './join-rows.ts'
import {JoinEntrance, Joined} from './joined.ts'

/** An input of a join: a stream, or a collection of a Pipeline. */
export type JoinInput = Collection | FlattenStream

/** A field of the rows; any, if their type is not known. */
type FieldOf<T> = unknown extends T ? string : keyof T & string

/** The key of a row: the name of a field, several names, or a function. */
export type JoinKey<T> = FieldOf<T> | readonly FieldOf<T>[] | ((row: T) => unknown)

/** A row that may be missing: of the right input in a left join, and so on. */
type Left<L, Type> = L | (Type extends 'right' | 'full' ? null : never)
type Right<R, Type> = R | (Type extends 'left' | 'full' ? null : never)

/** The fields of both rows; those of a row that may be missing are optional. */
export type JoinedRow<L, R, Type> = (Type extends 'right' | 'full' ? Partial<L> : L) &
  (Type extends 'left' | 'full' ? Partial<R> : R)

/** Options of {@link join}. */
export interface JoinOptions<L, R, Type extends JoinType> extends StageOptions {
  /** What must be equal: the name of a field, a list of names, or a key for each side. */
  readonly on: FieldOf<L & R> | readonly FieldOf<L & R>[] | {readonly left: JoinKey<L>; readonly right: JoinKey<R>}
  /** `'inner'` (default): only rows that match; `'left'`, `'right'`, `'full'`: also those of that side, or of both, that do not. */
  readonly type?: Type | undefined
  /**
   * Required behind a message source: 'volatile' acknowledges messages when they have been taken in, so that what is in open windows is
   * lost if the process dies.
   */
  readonly state?: 'volatile' | undefined
}

/** How {@link join} makes its results. */
export interface JoinSelect<L, R, Type extends JoinType, O> {
  /** Makes the result of two rows, null for one that is missing; without it their fields are put into one row. */
  readonly select: (left: Left<L, Type>, right: Right<R, Type>) => O
}

const JOIN_TYPES = ['inner', 'left', 'right', 'full'] as const

/**
 * A source that joins the rows of two inputs, on equal keys within each window: every row of the left input with every row of the
 * right one that has the same key.
 *
 * Without windows, rows come out at the end of both inputs; with `windowInto` before both of them, when the watermark of both has
 * passed the end of a window. Both inputs are held in memory until then: to look up rows of a large input in a small one, use a
 * side input (`asMap`). Keys are compared as `groupBy` does it, except that null and undefined match nothing, as in SQL. Rows
 * come out in no order that you should rely on, with the last millisecond of their window as their timestamp. Where a window has
 * several panes (early or late ones), it must accumulate: each pane then has all rows of the join so far.
 *
 * Fields of both rows are put into one; a field that both have, unless they are joined on it, is an error: `select` says what
 * becomes of it. If the keys of one input are strings and those of the other numbers, so that nothing can ever match, the run fails
 * instead of joining nothing.
 *
 * @param left a stream, or a collection of a Pipeline
 * @param right another stream, or another collection
 * @param options `on`, `type`, `select`, `state`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` for different windows, and for endless inputs
 *   without any; `ERR_SLUICE_KEY` and `ERR_SLUICE_COMBINE` fail the run for a key that cannot be encoded, keys that cannot match, and
 *   a field that both rows have
 *
 * @example
 * const orders = create([{order: 1, customer: 'a'}, {order: 2, customer: 'x'}])
 * const customers = create([{id: 'a', name: 'Ada'}])
 * const joined = join(orders, customers, {on: {left: 'customer', right: 'id'}, type: 'left'})
 * await chain(joined, writeToStdout()) // {"order":1,"customer":"a","id":"a","name":"Ada"} and {"order":2,"customer":"x"}
 */
export function join<const L extends JoinInput, const R extends JoinInput, O, const Type extends JoinType = 'inner'>(
  left: L,
  right: R,
  options: JoinOptions<ElementOf<L>, ElementOf<R>, Type> & JoinSelect<ElementOf<L>, ElementOf<R>, Type, O>,
): StageReadable<O> & (L extends Collection ? JoinStage : unknown)
export function join<const L extends JoinInput, const R extends JoinInput, const Type extends JoinType = 'inner'>(
  left: L,
  right: R,
  options: JoinOptions<ElementOf<L>, ElementOf<R>, Type>,
): StageReadable<JoinedRow<ElementOf<L>, ElementOf<R>, Type>> & (L extends Collection ? JoinStage : unknown)
export function join(
  left: unknown,
  right: unknown,
  options: JoinOptions<unknown, unknown, JoinType> & {readonly select?: unknown},
): StageReadable<unknown> {
  const where = options?.name ?? 'join'
  checkOptionNames(where, options, [...STAGE_OPTION_NAMES, 'on', 'type', 'select', 'state'])
  const {on, type, select, state, ...common} = options ?? {}
  if (select !== undefined && typeof select !== 'function')
    throw badOption(where, 'select', select, 'a function (left, right) => row')
  const inputs = flattenInputs(where, [left, right])
  const kind = enumOption(where, 'type', type, 'inner', JOIN_TYPES)
  const matching = joinOn(where, on)
  const make = (select ?? mergeRows(where, matching.shared)) as Select
  const entrance = new JoinEntrance(inputs, {name: `${where}.inputs`})
  const groups: CoGroup = new CoGroup(
    {name: `${where}.groups`, state},
    2,
    new JoinKeys(where, matching),
    () => joined.info.name,
  )
  const rows = flatMap((group: CoGrouped) => joinRows(group, kind, make), {name: `${where}.rows`})
  const inner = [groups, rows]
  const joined: Joined<unknown> = Joined.of({inputs, entrance, inner, options: common, className: 'join'})
  return joined
}
