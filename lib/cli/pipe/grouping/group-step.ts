import type {DoFnOptions} from '../../../core/index.ts'
import {combineGlobally, groupBy} from '../../../transforms/index.ts'
import {UsageError} from '../../report/exit.ts'
import {passStep} from '../fields-step.ts'
import type {StepFlag} from '../pipe-flags.ts'
import {names, type PipeSettings} from '../pipe-settings.ts'
import type {PipeStep} from '../pipe-step.ts'
import {sortNumber} from '../sort-number.ts'
import {allOf, parseAggregations, type ReadField} from './aggregations.ts'

type Row = Record<string, unknown>

/** The steps for `--group-by a,b --agg n=count()`: one that finds the fields, and the grouping. */
export function groupSteps(
  list: string,
  next: StepFlag | undefined,
  settings: PipeSettings,
  options: DoFnOptions<{[tag: string]: unknown}>,
): PipeStep[] {
  const keys = names('--group-by', list)
  const twice = keys.find((key, i) => keys.indexOf(key) < i)
  if (twice !== undefined) throw new UsageError(`--group-by has the field '${twice}' twice`)
  const aggregations = parseAggregations(aggregationText(next), reader(settings))
  const taken = aggregations.find(({name}) => keys.includes(name))
  if (taken)
    throw new UsageError(`--agg has a result called '${taken.name}', which is a field of --group-by: name it: other=…`)
  const fields = new Set([...keys, ...aggregations.flatMap(({field}) => field ?? [])])
  const group = groupBy(
    Object.fromEntries(keys.map(key => [key, (row: Row) => own(row, key) ?? null])),
    Object.fromEntries(aggregations.map(({name, fn}) => [name, fn])),
    {name: 'group', onError: options.onError} as {},
  )
  return [
    {name: 'group-by', stage: passStep('group-by', [...fields], options) as PipeStep['stage']},
    {name: 'group', stage: group as unknown as PipeStep['stage']},
  ]
}

/** The steps for `--agg n=count()` without `--group-by`: one record for all. */
export function totalSteps(
  list: string,
  settings: PipeSettings,
  options: DoFnOptions<{[tag: string]: unknown}>,
): PipeStep[] {
  const aggregations = parseAggregations(list, reader(settings))
  const fields = new Set(aggregations.flatMap(({field}) => field ?? []))
  const total = combineGlobally(allOf(aggregations), {name: 'total', onError: options.onError} as {})
  return [
    {name: 'agg', stage: passStep('agg', [...fields], options) as PipeStep['stage']},
    {name: 'total', stage: total as unknown as PipeStep['stage']},
  ]
}

/** The fields of the records that `--group-by` makes. */
export function groupColumns(list: string, next: StepFlag | undefined): string[] {
  return [...names('--group-by', list), ...totalColumns(aggregationText(next))]
}

/** The fields of the record that `--agg` makes. */
export function totalColumns(list: string): string[] {
  return parseAggregations(list, () => () => undefined).map(({name}) => name)
}

function aggregationText(next: StepFlag | undefined): string {
  return next?.kind === 'agg' ? next.value : 'count()'
}

/** Text is a number as `--cast auto` would make it one, unless the field was cast, or comes from JSON. */
function reader({casts, from}: PipeSettings): ReadField {
  return (field, as) => {
    const text = from === 'csv' || from === 'tsv' || Object.hasOwn(casts.fields, field)
    const numbers = as === 'number' && text && !casts.strings.has(field)
    return row => {
      const value = own(row, field)
      if (!text || typeof value !== 'string') return value
      // an empty field of CSV is no value
      if (value.trim() === '' && !casts.strings.has(field)) return null
      return numbers ? sortNumber(value) : value
    }
  }
}

function own(row: Row, field: string): unknown {
  return Object.hasOwn(row, field) ? row[field] : undefined
}
