import {quoteName} from '../model/names.ts'
import type {Properties} from './resources.ts'

/** The column with a row's time of arrival, in a table partitioned by ingestion time; no BigQuery column can have this name. */
export const INGESTION_COLUMN = '~partition'

/** The unit by which a table is partitioned by ingestion time; `undefined` for one that is not. */
export function ingestionType(properties: Properties): 'DAY' | 'HOUR' | 'MONTH' | 'YEAR' | undefined {
  const time = properties.timePartitioning as {type: 'DAY' | 'HOUR' | 'MONTH' | 'YEAR'; field?: unknown} | undefined
  return time && (time.field === undefined || time.field === null) ? time.type : undefined
}

/** The column's definition, where a table has it. */
export function ingestionColumn(properties: Properties): string[] {
  return ingestionType(properties) ? [`${quoteName(INGESTION_COLUMN)} TIMESTAMP WITH TIME ZONE`] : []
}

/** The first moment, in microseconds, of the partition that a decorator names, or that it is now. */
export function partitionMicros(
  type: 'DAY' | 'HOUR' | 'MONTH' | 'YEAR',
  decorator: string | undefined,
  now: number,
): bigint {
  const digits = {YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10}[type]
  const text = (decorator ?? new Date(now).toISOString().replace(/\D/g, '')).slice(0, digits)
  const [, year, month = '01', day = '01', hour = '00'] = /^(\d{4})(\d\d)?(\d\d)?(\d\d)?/.exec(text) ?? []
  return BigInt(Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`)) * 1000n
}
