import type {Finding} from '../../../core/index.ts'
import {parseRfc3339} from '../../../util/index.ts'
import type {ResolvedTable, TableResource} from '../service/bigquery-port.ts'
import {formatTable} from '../service/table-reference.ts'

const DIGITS = {YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10} as const
const DAY = 24 * 60 * 60 * 1000
/** Days around today that streaming inserts reach through a decorator. */
const BACK = 31
const AHEAD = 16

/** What is known of the partition that a decorator names; empty without a decorator. */
export function partitionFinding(table: ResolvedTable, resource: TableResource, now: number): Finding[] {
  const {decorator} = table
  if (!decorator) return []
  const what = `partition ${formatTable(table)}`
  const {timePartitioning, rangePartitioning} = resource as {
    timePartitioning?: {type?: keyof typeof DIGITS}
    rangePartitioning?: {range?: {start?: string; end?: string}}
  }
  const digits = decorator.slice(1)
  if (rangePartitioning) {
    const {start = '', end = ''} = rangePartitioning.range ?? {}
    const inside = Number(digits) >= Number(start) && Number(digits) < Number(end)
    if (inside) return [{what, found: `in the range ${start} to ${end}`}]
    return [{what, found: `outside the range ${start} to ${end}`, fix: 'name a partition of that range, or none'}]
  }
  if (!timePartitioning) return [{what, found: 'the table has no partitions', fix: 'leave out the decorator'}]
  const {type = 'DAY'} = timePartitioning
  if (digits.length !== DIGITS[type])
    return [{what, found: `the table is partitioned by ${type}`, fix: `give a decorator of ${DIGITS[type]} digits`}]
  const start = startOf(digits)
  if (Number.isNaN(start))
    return [{what, found: `${digits} is not a time of the calendar`, fix: 'correct the decorator'}]
  const days = (start - now) / DAY
  if (days > AHEAD || days < -BACK - 1)
    return [
      {
        what,
        found: `outside the ${BACK} days back and ${AHEAD} ahead that streaming inserts reach`,
        fix: 'load such rows with a load job',
      },
    ]
  return [{what, found: 'streaming inserts reach it'}]
}

/** Start of the partition `2024`, `202401`, `20240131` or `2024013112`, ms; NaN for a day that does not exist. */
function startOf(digits: string): number {
  const [year, month, day, hour] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8), digits.slice(8, 10)]
  return parseRfc3339(`${year}-${month || '01'}-${day || '01'}T${hour || '00'}:00:00Z`)
}
