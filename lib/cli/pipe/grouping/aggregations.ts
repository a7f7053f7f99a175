import {
  approximateDistinct,
  type CombineFn,
  count,
  latest,
  max,
  mean,
  min,
  quantiles,
  sum,
  toList,
  top,
  toSet,
} from '../../../transforms/index.ts'
import {UsageError} from '../../report/exit.ts'

type AnyFn = CombineFn<never, unknown, unknown>
type Read = (row: Record<string, unknown>) => unknown
/** How the values of a field are read: as they are, or as the numbers that their text is. */
export type ReadField = (field: string, as: 'value' | 'number') => Read

/** One of the aggregations of `--agg`. */
interface Aggregation {
  /** The name of its result. */
  readonly name: string
  /** The field that it reads; undefined for `count()`. */
  readonly field: string | undefined
  readonly fn: AnyFn
}

/** A function of `--agg`: its arguments, and what makes it of them. */
interface Known {
  readonly form: string
  readonly make: (read: ReadField, field: string, n: number) => unknown
}

const OF_FIELD: Readonly<Record<string, Known>> = {
  sum: {form: 'sum(field)', make: (read, field) => sum(read(field, 'number') as never)},
  mean: {form: 'mean(field)', make: (read, field) => mean(read(field, 'number') as never)},
  min: {form: 'min(field)', make: (read, field) => min(read(field, 'number') as never)},
  max: {form: 'max(field)', make: (read, field) => max(read(field, 'number') as never)},
  latest: {form: 'latest(field)', make: (read, field) => latest(read(field, 'value'))},
  list: {form: 'list(field)', make: (read, field) => toList(read(field, 'value'))},
  set: {form: 'set(field)', make: (read, field) => listed(toSet(read(field, 'value')))},
  distinct: {form: 'distinct(field)', make: (read, field) => approximateDistinct(read(field, 'value') as never)},
}

const OF_NUMBER_AND_FIELD: Readonly<Record<string, Known>> = {
  top: {form: 'top(n,field)', make: (read, field, n) => top(n, read(field, 'number') as never)},
  quantiles: {form: 'quantiles(n,field)', make: (read, field, n) => quantiles(n, read(field, 'number') as never)},
}

/** JSON and CSV have lists, and no sets. */
function listed<A>(set: CombineFn<Record<string, unknown>, A, Set<unknown>>): AnyFn {
  return {...set, extractOutput: (accumulator: A) => [...set.extractOutput(accumulator)]} as AnyFn
}

const FORMS = ['count()', 'count(field)', ...Object.values({...OF_FIELD, ...OF_NUMBER_AND_FIELD}).map(k => k.form)]

/** Parses `n=count(),total=sum(amount)`; without a name the result is called by function and field: `count`, `sum_amount`. */
export function parseAggregations(text: string, read: ReadField): Aggregation[] {
  const parsed = parts(text).map(part => aggregationOf(part, text, read))
  const twice = parsed.find(({name}, i) => parsed.findIndex(other => other.name === name) < i)
  if (twice) throw new UsageError(`--agg ${quoted(text)} has two results called '${twice.name}': name one: other=…`)
  return parsed
}

/** All of them as one, whose result is a record. */
export function allOf(aggregations: readonly Aggregation[]): CombineFn<unknown, unknown[], Record<string, unknown>> {
  const fns = aggregations.map(({fn}) => fn as CombineFn<unknown, unknown, unknown>)
  return {
    createAccumulator: () => fns.map(fn => fn.createAccumulator()),
    addInput: (accumulators, row, timestamp) => {
      for (let f = 0; f < fns.length; f++) accumulators[f] = fns[f]!.addInput(accumulators[f], row, timestamp)
      return accumulators
    },
    mergeAccumulators: given => {
      const all = [...given]
      return fns.map((fn, f) => fn.mergeAccumulators(all.map(accumulators => accumulators[f])))
    },
    extractOutput: accumulators =>
      Object.fromEntries(aggregations.map(({name}, f) => [name, fns[f]!.extractOutput(accumulators[f])])),
  }
}

function aggregationOf(part: string, text: string, read: ReadField): Aggregation {
  const [, given, fn = '', args = ''] = /^(?:([^=(]+)=)?\s*(\w+)\s*\(([^()]*)\)$/.exec(part) ?? []
  const listed = args.trim() === '' ? [] : args.split(',').map(arg => arg.trim())
  if (listed.includes('')) throw wrong(part, text)
  const name = given?.trim() ?? [fn, ...listed].join('_')
  if (fn === 'count' && listed.length <= 1) {
    const [field] = listed
    return {name, field, fn: (field === undefined ? count() : count(read(field, 'value'))) as AnyFn}
  }
  if (listed.length === 1 && Object.hasOwn(OF_FIELD, fn)) {
    const [field] = listed as [string]
    return {name, field, fn: OF_FIELD[fn]!.make(read, field, 0) as AnyFn}
  }
  if (listed.length === 2 && Object.hasOwn(OF_NUMBER_AND_FIELD, fn)) {
    const [n, field] = listed as [string, string]
    const least = fn === 'quantiles' ? 2 : 1
    if (!/^\d{1,9}$/.test(n) || Number(n) < least)
      throw new UsageError(
        `--agg ${quoted(text)}: ${fn}(${args}) begins with '${n}'; give a whole number from ${least}`,
      )
    return {name, field, fn: OF_NUMBER_AND_FIELD[fn]!.make(read, field, Number(n)) as AnyFn}
  }
  throw wrong(part, text)
}

function wrong(part: string, text: string): UsageError {
  return new UsageError(
    `--agg ${quoted(text)}: '${part}' is not an aggregation; give name=function(field), or function(field), separated by ` +
      `commas, with one of ${FORMS.join(', ')}`,
  )
}

const quoted = (text: string): string => `'${text}'`

/** Splits at the commas outside of parentheses. */
function parts(text: string): string[] {
  return text.split(/,(?![^()]*\))/).map(part => part.trim())
}
