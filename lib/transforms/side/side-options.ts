import type {Readable} from 'node:stream'
import {
  isCollection,
  isSideInput,
  type SideFold,
  type SideInput,
  type SideName,
  type SideSource,
  type SideStream,
  SideView,
  stageOf,
} from '../../core/index.ts'
import {badOption, checkOptionNames} from '../../errors/index.ts'
import {DURATION_FORMS, type Duration, parseDuration} from '../../util/index.ts'

/** Options of every side input. */
export interface SideInputOptions {
  /**
   * Reads the input again and again, this long from the beginning of one read to that of the next: for a lookup that changes
   * slowly. The input must be a function that returns a new source each time. Default: read once.
   */
  every?: Duration | undefined
}

/** The input of a side input, or a function that returns a new source, called when a stage is connected and for `every`. */
export type SideSourceOrFactory<E> = SideSource<E> | (() => SideStream<E>)

/** Checks the arguments of a side input and makes it; `fold` makes the view. */
export function sideInput<E, T>(
  kind: string,
  input: SideSourceOrFactory<E>,
  options: SideInputOptions | undefined,
  fold: (where: SideName) => SideFold<E, T>,
  names: readonly string[] = [],
): SideInput<T> {
  checkOptionNames(kind, options, ['every', ...names])
  const factory = typeof input === 'function'
  if (isSideInput(input) || !(factory || isCollection(input) || isReadable(input)))
    throw badOption(
      kind,
      'input',
      input,
      'a source or another stage that gives elements, a collection of a Pipeline, or () => source',
    )
  const every = options?.every === undefined ? undefined : parseDuration(options.every)
  if (options?.every !== undefined) {
    if (!every) throw badOption(kind, 'every', options.every, `more than nothing: ${DURATION_FORMS}`)
    if (!factory)
      throw badOption(
        kind,
        'every',
        options.every,
        `it together with a function that makes a new source for each read, such as ${kind}(() => readFromCsv('rates.csv'), …)`,
      )
  }
  return new SideView<E, T>({kind, input, fold, every})
}

function isReadable(value: unknown): value is Readable {
  const {kind} = stageOf(value) ?? {}
  return kind !== 'sink' && typeof (value as Partial<Readable> | null)?.pipe === 'function'
}
