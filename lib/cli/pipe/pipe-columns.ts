import {groupColumns, totalColumns} from './grouping/group-step.ts'
import type {StepFlag} from './pipe-flags.ts'
import {names} from './pipe-settings.ts'

/** Steps whose records have the columns of their input. */
const SAME: ReadonlySet<StepFlag['kind']> = new Set(['filter', 'limit', 'sort', 'top', 'by', 'distinct'])

/**
 * The columns of records after these steps, as far as they are known without a record; undefined if a step produces other
 * ones.
 *
 * @param read the columns of the input
 */
export function columnsBehind(
  steps: readonly StepFlag[],
  read: readonly string[] | undefined,
): readonly string[] | undefined {
  let columns = read
  for (const [i, {kind, value}] of steps.entries()) {
    if (kind === 'select') columns = names('--select', value)
    else if (kind === 'rename') columns = renamed(columns, value)
    else if (kind === 'group-by') columns = groupColumns(value, steps[i + 1])
    else if (kind === 'agg') columns = steps[i - 1]?.kind === 'group-by' ? columns : totalColumns(value)
    else if (!SAME.has(kind)) columns = undefined
  }
  return columns
}

function renamed(columns: readonly string[] | undefined, pairs: string): readonly string[] | undefined {
  const given = new Map(names('--rename', pairs).map(pair => pair.split('=') as [string, string]))
  return columns?.map(name => given.get(name) ?? name)
}
