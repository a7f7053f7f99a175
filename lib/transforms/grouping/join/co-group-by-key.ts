import type {Collection, JoinStage, StageOptions, StageReadable} from '../../../core/index.ts'
import {STAGE_OPTION_NAMES} from '../../../core/index.ts'
import {badOption, checkOptionNames} from '../../../errors/index.ts'
import {type ElementOf, flattenInputs} from '../../flatten/flatten-inputs.ts'
import type {KV} from '../../key-value/kv.ts'
import {map} from '../../map.ts'
import {pairKeys} from '../keys/pair-keys.ts'
import {CoGroup, type CoGrouped, type MarkedKeys} from './co-group.ts'
import type {JoinInput} from './join.ts'
import {Entrance, Joined} from './joined.ts'

/** The inputs of {@link coGroupByKey}, by the name that their values have in the result. */
export type CoGroupInputs = Readonly<Record<string, JoinInput>>

type KeyOf<Input> = ElementOf<Input> extends KV<infer K, unknown> ? K : unknown
type ValueOf<Input> = ElementOf<Input> extends KV<unknown, infer V> ? V : unknown

/** Options of {@link coGroupByKey}. */
export interface CoGroupOptions extends StageOptions {
  /**
   * Required behind a message source: 'volatile' acknowledges messages when they have been taken in, so that what is in open windows is
   * lost if the process dies.
   */
  readonly state?: 'volatile' | undefined
}

/**
 * A source of `[key, {name: values, …}]`: for each key and window the values that each input of `[key, value]` has for it, [] where it
 * has none.
 *
 * Without windows, groups come out at the end of all inputs; with `windowInto` before each of them, when the watermark of all has
 * passed the end of a window, or whenever the trigger fires. All values of a key are in memory at once. null is a key like any other.
 *
 * @param inputs streams of pairs, or collections of a Pipeline, by name
 * @param options `state`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` for different windows, and for endless inputs
 *   without any; `ERR_SLUICE_KEY` fails the run for what is not a pair, and for a key that cannot be encoded
 *
 * @example
 * const emails = create([['ada', 'ada@example.com']] as const)
 * const phones = create([['ada', '1'], ['ada', '2']] as const)
 * await chain(coGroupByKey({emails, phones}), writeToStdout()) // ["ada",{"emails":["ada@example.com"],"phones":["1","2"]}]
 */
export function coGroupByKey<const Inputs extends CoGroupInputs>(
  inputs: Inputs,
  options?: CoGroupOptions,
): StageReadable<KV<KeyOf<Inputs[keyof Inputs]>, {[Name in keyof Inputs]: ValueOf<Inputs[Name]>[]}>> &
  (Inputs[keyof Inputs] extends Collection ? JoinStage : unknown)
export function coGroupByKey(inputs: CoGroupInputs, options?: CoGroupOptions): StageReadable<unknown> {
  const where = options?.name ?? 'coGroupByKey'
  checkOptionNames(where, options, [...STAGE_OPTION_NAMES, 'state'])
  if (typeof inputs !== 'object' || inputs === null || Array.isArray(inputs))
    throw badOption(where, 'inputs', inputs, 'streams of [key, value] by name: {emails, phones}')
  const {state, ...common} = options ?? {}
  const names = Object.keys(inputs)
  const checked = flattenInputs(where, Object.values(inputs))
  const entrance = new Entrance(checked, {name: `${where}.inputs`})
  const groups: CoGroup = new CoGroup(
    {name: `${where}.groups`, state},
    names.length,
    markedPairKeys,
    () => joined.info.name,
  )
  const named = map(
    ({key, sides}: CoGrouped) => [key, Object.fromEntries(names.map((name, i) => [name, sides[i]]))] as const,
    {name: `${where}.named`},
  )
  const inner = [groups, named]
  const joined: Joined<unknown> = Joined.of({
    inputs: checked,
    entrance,
    inner,
    options: common,
    className: 'coGroupByKey',
  })
  return joined
}

const markedPairKeys: MarkedKeys = {
  text: ([, pair]) => pairKeys.text(pair),
  parts: ([, pair]) => pairKeys.parts(pair),
  value: ([, pair]) => (pair as KV<unknown, unknown>)[1],
}
