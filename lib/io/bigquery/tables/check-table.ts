import {type Finding, permissionFinding} from '../../../core/index.ts'
import {messageOf} from '../../../errors/index.ts'
import {schemaProblems} from '../schema/check-schema.ts'
import {parseSchema} from '../schema/schema.ts'
import {BigQueryError, isNotFound} from '../service/bigquery-error.ts'
import type {BigQueryPort, ResolvedTable, TableResource} from '../service/bigquery-port.ts'
import {formatTable} from '../service/table-reference.ts'
import {createDataset} from '../service/to-sluice-error.ts'
import {partitionFinding} from './check-partition.ts'
import type {DestinationOptions} from './destination-table.ts'

const WRITER = 'roles/bigquery.dataEditor'

/** What a check needs to know about a sink. */
interface TableCheck extends DestinationOptions {
  /** Fields that the table lacks are left out of the rows. */
  readonly ignoreUnknown: boolean
}

/**
 * Checks whether the table can be written to: its dataset and location, the permissions, its schema against the option, and
 * whether the partition of the decorator takes streaming inserts now.
 */
export async function checkTable(
  port: BigQueryPort,
  options: TableCheck,
  now: number,
  signal: AbortSignal,
): Promise<Finding[]> {
  const {table, schema, createIfNeeded} = options
  const dataset = await checkDataset(port, table, signal)
  if (dataset.fix !== undefined) return [dataset]
  const name = formatTable({...table, decorator: ''})
  const reads = !schema || createIfNeeded
  const needed = [...(reads ? ['bigquery.tables.get'] : []), 'bigquery.tables.updateData']
  let granted: string[]
  try {
    granted = await port.testPermissions(table, needed, signal)
  } catch (error) {
    if (!isNotFound(error)) return [dataset, failed(`table ${name}`, error)]
    return [dataset, missing(name, options)]
  }
  const permissions = permissionFinding(`table ${name}`, needed, granted, WRITER)
  const resource = await port.getTable(table, signal).catch(() => undefined)
  if (!resource) return [dataset, permissions]
  return [dataset, permissions, checkSchema(name, resource, options), ...partitionFinding(table, resource, now)]
}

async function checkDataset(port: BigQueryPort, table: ResolvedTable, signal: AbortSignal): Promise<Finding> {
  const name = `${table.project}.${table.dataset}`
  const what = `location of dataset ${name}`
  try {
    const {location} = await port.getDataset(table, signal)
    return {what, found: location ?? 'not reported', ...(location !== undefined && {location})}
  } catch (error) {
    if (isNotFound(error))
      return {
        what: `dataset ${name}`,
        found: 'does not exist',
        fix: `correct the name, or create it: ${createDataset(table.project, table.dataset)}`,
      }
    if (error instanceof BigQueryError && error.kind === 'permission-denied')
      return {what, found: 'unknown: bigquery.datasets.get is not granted, and is not needed'}
    return failed(`dataset ${name}`, error)
  }
}

function missing(name: string, {schema, createIfNeeded}: TableCheck): Finding {
  const what = `table ${name}`
  if (createIfNeeded && schema)
    return {
      what,
      found: 'does not exist: it will be created, which needs bigquery.tables.create on the dataset',
    }
  const fix = createIfNeeded
    ? 'give `schema`, so that it can be created'
    : "create it, or leave out createDisposition: 'CREATE_NEVER'"
  return {what, found: 'does not exist', fix}
}

function checkSchema(name: string, resource: TableResource, {schema, ignoreUnknown}: TableCheck): Finding {
  const what = `schema of ${name}`
  const {fields} = parseSchema('check', resource.schema?.fields ? (resource.schema as never) : {fields: []})
  const columns = `${fields.length} column${fields.length === 1 ? '' : 's'}`
  if (!schema) return {what, found: `${columns}; the job gives no schema, and takes that of the table`}
  const problems = schemaProblems(schema.fields, fields, ignoreUnknown)
  if (problems.length === 0) return {what, found: `${columns}, as in the job`}
  return {what, found: problems.join('; '), fix: 'change the schema of the job or of the table'}
}

function failed(what: string, error: unknown): Finding {
  const credentials = error instanceof BigQueryError && error.kind === 'unauthenticated'
  const fix = credentials
    ? 'run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS'
    : 'try again, and see the message of BigQuery'
  return {what, found: messageOf(error), fix}
}
