import {ApiError} from '../../service/api-error.ts'
import type {ServiceRequest} from '../../service/service.ts'
import type {Properties} from '../catalog/resources.ts'
import {invalid, unsupported} from '../model/errors.ts'
import {findField, type TableField} from '../model/table-field.ts'

/** Picks the settable keys of a client's resource; the others are output only and are not kept. */
export function pickProperties(body: Properties, settable: readonly string[]): Properties {
  return Object.fromEntries(
    settable.filter(key => body[key] !== undefined && body[key] !== null).map(k => [k, body[k]]),
  )
}

/** Applies a PATCH body: a null removes a key, and labels merge key by key. */
export function patchProperties(old: Properties, body: Properties, settable: readonly string[]): Properties {
  const next = {...old}
  for (const key of settable) {
    const value = body[key]
    if (value === undefined) continue
    if (value === null) delete next[key]
    else if (key === 'labels') next.labels = mergeLabels(old.labels, value)
    else next[key] = value
  }
  return next
}

/** Throws 412 when the request's `If-Match` is another etag than the resource's. */
export function checkIfMatch(request: ServiceRequest, etag: string): void {
  const given = request.headers['if-match']
  if (given !== undefined && given !== '*' && given !== etag)
    throw new ApiError(412, 'conditionNotMet', 'Precondition check failed.')
}

interface TimePartitioning {
  type?: unknown
  field?: unknown
}

/** Checks partitioning and clustering against the schema, as `tables.insert` does. */
export function checkPartitioning(properties: Properties, fields: readonly TableField[] | undefined): void {
  const time = properties.timePartitioning as TimePartitioning | undefined
  const range = properties.rangePartitioning as {field?: unknown; range?: Record<string, unknown>} | undefined
  if (time && range) throw invalid('Only one of timePartitioning and rangePartitioning can be specified.')
  if (time) checkTimePartitioning(time, fields)
  if (range) {
    partitionField(range.field, fields, ['INTEGER'])
    for (const key of ['start', 'end', 'interval'])
      if (!/^-?\d+$/.test(String(range.range?.[key])))
        throw invalid(`rangePartitioning.range.${key} must be an integer.`)
  }
  const clustering = properties.clustering as {fields?: unknown} | undefined
  if (clustering) checkClustering(clustering.fields, fields)
}

function checkTimePartitioning(time: TimePartitioning, fields: readonly TableField[] | undefined): void {
  if (!['DAY', 'HOUR', 'MONTH', 'YEAR'].includes(String(time.type)))
    throw invalid(`Invalid value for timePartitioning.type: ${String(time.type)} is not a valid value`)
  if (time.field === undefined || time.field === null) return
  const field = partitionField(time.field, fields, ['DATE', 'TIMESTAMP', 'DATETIME'])
  if (field.type === 'DATE' && time.type === 'HOUR')
    throw invalid(`The field specified for hourly partitioning cannot be of type DATE: ${field.name}`)
}

function partitionField(name: unknown, fields: readonly TableField[] | undefined, types: string[]): TableField {
  const field = typeof name === 'string' ? findField(fields ?? [], name) : undefined
  if (!field) throw invalid(`The field specified for partitioning cannot be found in the schema: ${String(name)}`)
  if (!types.includes(field.type) || field.mode === 'REPEATED')
    throw invalid(
      `The field specified for partitioning must be of type ${types.join(' or ')}, not REPEATED: ${field.name}`,
    )
  return field
}

function checkClustering(names: unknown, fields: readonly TableField[] | undefined): void {
  if (!Array.isArray(names) || names.length === 0 || names.length > 4)
    throw invalid('Clustering needs one to four fields.')
  for (const name of names) {
    const field = findField(fields ?? [], String(name))
    if (!field) throw invalid(`The field specified for clustering cannot be found in the schema: ${String(name)}`)
    if (field.mode === 'REPEATED' || ['RECORD', 'FLOAT', 'BYTES', 'JSON'].includes(field.type))
      throw invalid(`Field ${field.name} of type ${field.type} cannot be used for clustering.`)
  }
}

/** Refuses tables that do not consist of rows: views, external tables, snapshots. */
export function checkTableKind(body: Properties): void {
  for (const kind of ['view', 'materializedView', 'externalDataConfiguration', 'snapshotDefinition', 'cloneDefinition'])
    if (body[kind]) throw unsupported(`a table with ${kind}`)
}

function mergeLabels(old: unknown, given: unknown): Record<string, unknown> {
  const merged = {...(old as Record<string, unknown> | undefined), ...(given as Record<string, unknown>)}
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
}
