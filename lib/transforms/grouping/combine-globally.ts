import {type DoFn, STAGE_OPTION_NAMES, type StageInfo} from '../../core/index.ts'
import {badOption, checkOptionNames, SluiceError} from '../../errors/index.ts'
import {globalWindow, inputStrategy} from '../../windowing/index.ts'
import type {CombineFn} from '../combine/index.ts'
import {checkCombineFn} from './aggregations.ts'
import type {AnyCombineFn, GroupingSpec} from './engine/index.ts'
import type {GroupTags} from './group-types.ts'
import {GroupingStage} from './stage/grouping-stage.ts'
import {GROUPING_OPTION_NAMES, type GroupingOptions} from './stage/options.ts'

/** Options of {@link combineGlobally}. */
export interface CombineGloballyOptions<Tag extends string = string> extends GroupingOptions<Tag> {
  /** Emits nothing for empty input, instead of the result of no elements; required in windows. Default false. */
  withoutDefaults?: boolean | undefined
}

class CombineGlobally extends GroupingStage<unknown, unknown> {
  static override readonly name = 'combineGlobally'
  readonly #fn: AnyCombineFn
  readonly #defaults: boolean

  constructor(fn: unknown, {withoutDefaults = false, ...options}: CombineGloballyOptions = {}) {
    const where = options.name ?? 'combineGlobally'
    const checked = checkCombineFn(where, 'fn', fn)
    if (typeof withoutDefaults !== 'boolean')
      throw badOption(where, 'withoutDefaults', withoutDefaults, 'true or false')
    super(options, {refuse: info => (withoutDefaults ? undefined : refuseWindows(info))})
    this.#fn = checked
    this.#defaults = !withoutDefaults
  }

  protected override spec(step: string): GroupingSpec<unknown, unknown> {
    return {
      step,
      keys: {text: () => 0, parts: () => undefined},
      fns: [this.#fn],
      result: (_, [output]) => output,
      defaults: this.#defaults,
    }
  }
}

/** Nobody knows which windows are empty. */
function refuseWindows(info: StageInfo): SluiceError | undefined {
  const {windowFn} = inputStrategy(info)
  if (windowFn.key === globalWindow().key) return undefined
  return new SluiceError(
    'ERR_SLUICE_WINDOWING',
    `${info.name} would emit a result for empty input, but in windows (${windowFn.key}) it cannot tell which are empty: give ` +
      'withoutDefaults: true',
    {stage: info.name},
  )
}

/**
 * A DoFn that makes one result of all elements, in each window.
 *
 * Empty input has a result too, that of no elements: `count()` is 0. In windows nobody knows which are empty: there `withoutDefaults`
 * must be given, and a window without elements emits nothing. When results are emitted, and what they carry, is as for `groupBy`.
 *
 * @param fn what is made of the elements: `count()`, `max(row => row.at)`, or your own
 * @param options `withoutDefaults` (false), `onError`, `state`, `name`, …
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_WINDOWING` when it is connected so that it would lose
 *   something or never emit, or in windows without `withoutDefaults`; `ERR_SLUICE_COMBINE` fails the run for an element that cannot be
 *   combined
 *
 * @example
 * await chain(create([3, 1, 2]), combineGlobally(sum()), writeToStdout()) // 6
 */
export function combineGlobally<I, A, O, const Tag extends string = never>(
  fn: CombineFn<I, A, O>,
  options?: CombineGloballyOptions<Tag>,
): DoFn<I, O, GroupTags<I, Tag>> {
  const known = [...STAGE_OPTION_NAMES, ...GROUPING_OPTION_NAMES, 'withoutDefaults']
  checkOptionNames(options?.name ?? 'combineGlobally', options, known)
  return new CombineGlobally(fn, options) as unknown as DoFn<I, O, GroupTags<I, Tag>>
}
