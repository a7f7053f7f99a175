import type {InsertError, ResolvedTable, TableResource} from './bigquery-port.ts'

/** What is wrong with an answer, a JSON object; `undefined` if nothing is. */
export type CheckAnswer = (answer: Readonly<Record<string, unknown>>) => string | undefined

/** Checks the table that was asked for or created. */
export function tableProblem({dataset, table}: ResolvedTable): CheckAnswer {
  return answer => {
    const {tableReference, kind = 'bigquery#table', schema} = answer as TableResource & Record<string, unknown>
    if (kind !== 'bigquery#table') return "its kind is not 'bigquery#table'"
    const {datasetId, tableId} = fieldsOf(tableReference)
    // the answer may name the project by its number
    if (tableId !== table || datasetId !== dataset) return `it is not about table ${dataset}.${table}`
    if (schema === undefined) return undefined
    const {fields = []} = fieldsOf(schema)
    return Array.isArray(fields) && fields.every(isField) ? undefined : 'its schema is malformed'
  }
}

/** Checks the dataset that was asked for. */
export function datasetProblem({dataset}: ResolvedTable): CheckAnswer {
  return ({datasetReference, location}) => {
    if (fieldsOf(datasetReference)['datasetId'] !== dataset) return `it is not about dataset ${dataset}`
    return location === undefined || typeof location === 'string' ? undefined : '`location` is not text'
  }
}

/** Checks granted permissions; without any, the answer is empty. */
export function permissionsProblem({permissions = []}: Readonly<Record<string, unknown>>): string | undefined {
  return Array.isArray(permissions) ? undefined : '`permissions` is not an array'
}

/** Checks the answer to an insertAll with `rows` rows. */
export function insertProblem(rows: number): CheckAnswer {
  return ({kind, insertErrors = []}) => {
    if (kind !== 'bigquery#tableDataInsertAllResponse') return "its kind is not 'bigquery#tableDataInsertAllResponse'"
    if (!Array.isArray(insertErrors)) return '`insertErrors` is not an array'
    const seen = new Set<number>()
    for (const {index = 0, errors = []} of insertErrors.map(fieldsOf) as InsertError[]) {
      if (!Number.isInteger(index) || index < 0 || index >= rows)
        return `it has an error for row ${String(index)}, but ${rows} rows were sent`
      if (seen.has(index)) return `it lists row ${index} twice`
      if (!Array.isArray(errors)) return `the errors of row ${index} are not an array`
      seen.add(index)
    }
    return undefined
  }
}

/** Checks a page of query results; `jobId` if it is known. */
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
    if (totalRows !== undefined && !/^\d+$/.test(String(totalRows))) return '`totalRows` is not a number'
    const {fields = []} = fieldsOf(schema)
    if (!Array.isArray(fields) || !fields.every(isField)) return 'its schema is malformed'
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

/** Fields of an object; empty for anything else. */
function fieldsOf(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
}
