import {existsSync} from 'node:fs'
import type {DoFn, DoFnOptions} from '../../core/index.ts'
import {distinct} from '../../transforms/index.ts'
import {UsageError} from '../report/exit.ts'
import {fieldsOf} from './output-lines.ts'
import {names} from './pipe-settings.ts'

/** The step for `--distinct` (whole records) and `--distinct a,b` (the first of each combination; a missing field counts as null). */
export function distinctStep(list: string, memory: number, {onError}: DoFnOptions): DoFn<unknown, unknown> {
  const common = {name: 'distinct', memory, onError}
  if (list === '') return distinct(common as {})
  if (existsSync(list))
    throw new UsageError(
      `--distinct ${list}: that is taken for a field, but there is a file of that name. Put the files first: sluice pipe ${list} --distinct`,
    )
  const fields = names('--distinct', list)
  const by = (record: unknown) => {
    const row = fieldsOf(record)
    return fields.map(field => (Object.hasOwn(row, field) ? row[field] : null))
  }
  return distinct({...common, by} as {})
}
