import {badOption, checkOptionNames} from '../../../errors/index.ts'
import type {TableSchema} from '../schema/schema-types.ts'

/** How a table is created when it does not exist yet. */
export interface CreateOptions {
  /** Partitions by ingestion time (`'DAY'`), or by a column: `{type: 'DAY', field: 'day'}`. */
  timePartitioning?:
    | 'HOUR'
    | 'DAY'
    | 'MONTH'
    | 'YEAR'
    | {
        type?: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR' | undefined
        field?: string | undefined
        expirationMs?: number | string | undefined
        requirePartitionFilter?: boolean | undefined
      }
    | undefined
  /** Partitions by ranges of an INTEGER column. */
  rangePartitioning?:
    | {field: string; range: {start: number | string; end: number | string; interval: number | string}}
    | undefined
  /** Up to four columns to sort by: `['country', 'city']` or `{fields: […]}`. */
  clustering?: readonly string[] | {fields: readonly string[]} | undefined
  labels?: Record<string, string> | undefined
  /** When the table is deleted: a Date, or milliseconds since 1970. */
  expirationTime?: Date | number | string | undefined
}

const NAMES = ['timePartitioning', 'rangePartitioning', 'clustering', 'labels', 'expirationTime'] as const
const PERIODS = ['HOUR', 'DAY', 'MONTH', 'YEAR']

/** Checks `create` and turns it into properties of a table resource. */
export function parseCreateOptions(where: string, given: CreateOptions | undefined): Record<string, unknown> {
  checkOptionNames(`${where} \`create\``, given, NAMES)
  if (!given) return {}
  const {timePartitioning, rangePartitioning, clustering, labels, expirationTime} = given
  if (timePartitioning !== undefined && rangePartitioning !== undefined)
    throw badOption(where, 'create', given, 'either timePartitioning or rangePartitioning: a table cannot have both')
  return {
    ...(timePartitioning !== undefined && {timePartitioning: timePartition(where, timePartitioning)}),
    ...(rangePartitioning !== undefined && {rangePartitioning: rangePartition(where, rangePartitioning)}),
    ...(clustering !== undefined && {clustering: {fields: clusteringFields(where, clustering)}}),
    ...(labels !== undefined && {labels: checkLabels(where, labels)}),
    ...(expirationTime !== undefined && {expirationTime: expiration(where, expirationTime)}),
  }
}

/** Checks that the columns of partitioning and clustering are in the schema. */
export function checkCreateFields(where: string, resource: Record<string, unknown>, schema: TableSchema): void {
  const {timePartitioning, rangePartitioning, clustering} = resource as {
    timePartitioning?: {field?: string}
    rangePartitioning?: {field: string}
    clustering?: {fields: string[]}
  }
  const names = new Set(schema.fields.map(field => field.name.toLowerCase()))
  const used = [timePartitioning?.field, rangePartitioning?.field, ...(clustering?.fields ?? [])]
  for (const name of used) {
    if (name === undefined || names.has(name.toLowerCase())) continue
    throw badOption(where, 'create', resource, `columns of the schema; \`${name}\` is not one`)
  }
}

function timePartition(where: string, given: NonNullable<CreateOptions['timePartitioning']>): object {
  const {type = 'DAY', field, expirationMs, requirePartitionFilter} = typeof given === 'string' ? {type: given} : given
  if (!PERIODS.includes(type)) throw badOption(where, 'create.timePartitioning', given, `one of ${PERIODS.join(', ')}`)
  return {
    type,
    ...(field !== undefined && {field}),
    ...(expirationMs !== undefined && {expirationMs: milliseconds(where, expirationMs)}),
    ...(requirePartitionFilter !== undefined && {requirePartitionFilter}),
  }
}

function milliseconds(where: string, given: number | string): string {
  const text = integerText(given)
  if (text === undefined || text.startsWith('-'))
    throw badOption(where, 'create.timePartitioning.expirationMs', given, 'milliseconds, an integer')
  return text
}

function rangePartition(where: string, given: NonNullable<CreateOptions['rangePartitioning']>): object {
  const {field, range} = given
  const [start, end, interval] = [range?.start, range?.end, range?.interval].map(integerText)
  if (typeof field !== 'string' || start === undefined || end === undefined || interval === undefined)
    throw badOption(where, 'create.rangePartitioning', given, '{field, range: {start, end, interval}}, integers')
  return {field, range: {start, end, interval}}
}

function clusteringFields(where: string, given: NonNullable<CreateOptions['clustering']>): readonly string[] {
  const fields = 'fields' in given ? given.fields : given
  if (!Array.isArray(fields) || fields.length < 1 || fields.length > 4 || fields.some(f => typeof f !== 'string'))
    throw badOption(where, 'create.clustering', given, 'one to four column names')
  return fields
}

function checkLabels(where: string, given: Record<string, string>): Record<string, string> {
  const fine = typeof given === 'object' && given !== null && Object.values(given).every(v => typeof v === 'string')
  if (!fine) throw badOption(where, 'create.labels', given, 'an object of strings')
  return given
}

/** An integer as digits; undefined for anything else. */
function integerText(given: unknown): string | undefined {
  const text = typeof given === 'string' || Number.isSafeInteger(given) ? String(given) : ''
  return /^-?\d+$/.test(text) ? text : undefined
}

function expiration(where: string, given: Date | number | string): string {
  const ms = given instanceof Date ? given.getTime() : Number(integerText(given) ?? Number.NaN)
  if (!Number.isSafeInteger(ms) || ms <= 0)
    throw badOption(where, 'create.expirationTime', given, 'a Date, or milliseconds since 1970')
  return String(ms)
}
