import type {InsertError, ResolvedTable, TableResource} from './bigquery-port.ts'

/** What is wrong with an answer, or `undefined`; the answer is a JSON object. */
export type CheckAnswer = (answer: Readonly<Record<string, unknown>>) => string | undefined

/** The table that was asked for, or made. */
export function tableProblem({dataset, table}: ResolvedTable): CheckAnswer {
  return answer => {
    const {tableReference, kind = 'bigquery#table', schema} = answer as TableResource & Record<string, unknown>
    if (kind !== 'bigquery#table') return "its kind is not 'bigquery#table'"
    const {datasetId, tableId} = fieldsOf(tableReference)
    // the project may be known by its number, too
    if (tableId !== table || datasetId !== dataset) return `it is not about table ${dataset}.${table}`
    if (schema === undefined) return undefined
    const {fields = []} = fieldsOf(schema)
    return Array.isArray(fields) && fields.every(isField) ? undefined : 'its schema is none'
  }
}

/** The dataset that was asked for. */
export function datasetProblem({dataset}: ResolvedTable): CheckAnswer {
  return ({datasetReference, location}) => {
    if (fieldsOf(datasetReference)['datasetId'] !== dataset) return `it is not about dataset ${dataset}`
    return location === undefined || typeof location === 'string' ? undefined : '`location` is no text'
  }
}

/** Permissions; without any, the answer is empty. */
export function permissionsProblem({permissions = []}: Readonly<Record<string, unknown>>): string | undefined {
  return Array.isArray(permissions) ? undefined : '`permissions` is no array'
}

/** The answer to an insertAll with so many rows. */
export function insertProblem(rows: number): CheckAnswer {
  return ({kind, insertErrors = []}) => {
    if (kind !== 'bigquery#tableDataInsertAllResponse') return "its kind is not 'bigquery#tableDataInsertAllResponse'"
    if (!Array.isArray(insertErrors)) return '`insertErrors` is no array'
    const seen = new Set<number>()
    for (const {index = 0, errors = []} of insertErrors.map(fieldsOf) as InsertError[]) {
      if (!Number.isInteger(index) || index < 0 || index >= rows)
        return `it has an error of row ${String(index)}, and ${rows} rows were sent`
      if (seen.has(index)) return `it has row ${index} twice`
      if (!Array.isArray(errors)) return `the errors of row ${index} are no array`
      seen.add(index)
    }
    return undefined
  }
}

/** A page of a query's rows; `jobId` as far as it is known. */
export function resultProblem(kind: string, jobId: string | undefined): CheckAnswer {
  return answer => {
    const {jobComplete, jobReference, schema, rows = [], pageToken, totalRows} = answer
    if (answer['kind'] !== kind) return `its kind is not '${kind}'`
    if (typeof jobComplete !== 'boolean') return 'it does not say whether the job is complete'
    const id = fieldsOf(jobReference)['jobId']
    if (jobId !== undefined && id !== jobId) return `it is not about job ${jobId}`
    if (!jobComplete) return typeof id === 'string' ? undefined : 'it names no job'
    if (pageToken !== undefined && (typeof pageToken !== 'string' || typeof id !== 'string'))
      return 'it names no next page'
    if (totalRows !== undefined && !/^\d+$/.test(String(totalRows))) return '`totalRows` is no number'
    const {fields = []} = fieldsOf(schema)
    if (!Array.isArray(fields) || !fields.every(isField)) return 'its schema is none'
    const fits = (row: unknown) => {
      const {f} = fieldsOf(row)
      return Array.isArray(f) && f.length === fields.length
    }
    return Array.isArray(rows) && rows.every(fits) ? undefined : 'its rows do not fit its schema'
  }
}

function isField(field: unknown): boolean {
  const {name, type} = fieldsOf(field)
  return typeof name === 'string' && typeof type === 'string'
}

/** Fields of an object; of anything else, none. */
function fieldsOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
}
