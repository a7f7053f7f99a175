import type {Context} from '../catalog/context.ts'
import type {DmlStats} from '../query/statement.ts'
import {encodePage, pageRequest, pageToken} from '../tables/result-pages.ts'
import {timestampFormat} from '../values/encode-cell.ts'
import type {Job} from './job.ts'

/** The Job resource; `state` overrides the job's own state (the reply to jobs.insert has RUNNING). */
export function jobResource(job: Job, state: 'RUNNING' | 'DONE' = job.done ? 'DONE' : 'RUNNING'): object {
  const error = state === 'DONE' && job.failure && {reason: job.failure.reason, message: job.failure.message}
  return {
    kind: 'bigquery#job',
    etag: job.id,
    id: `${job.project}:${job.location}.${job.id}`,
    user_email: 'local@localhost',
    jobReference: jobReference(job),
    configuration: job.configuration,
    status: {state, ...(error && {errorResult: error, errors: [error]})},
    statistics: {
      creationTime: String(job.created),
      startTime: String(job.created),
      ...(state === 'DONE' && {endTime: String(job.ended ?? job.created)}),
      totalBytesProcessed: '0',
      query: queryStatistics(job),
    },
  }
}

function jobReference(job: Job) {
  return {projectId: job.project, jobId: job.id, location: job.location}
}

/** The reply of jobs.query and jobs.getQueryResults for a job that has ended. Throws the job's error. */
export function queryResults({db}: Context, job: Job, kind: string, get: (name: string) => unknown): object {
  const result = job.resultOrThrow()
  const page = pageRequest(get)
  const timestamps = timestampFormat(name => get(`formatOptions.${name}`))
  const rows = encodePage(db.duck, result.types, result.chunks, page, timestamps)
  const end = page.start + rows.length
  return {
    kind,
    etag: job.id,
    jobReference: jobReference(job),
    jobComplete: true,
    cacheHit: false,
    totalBytesProcessed: '0',
    schema: result.fields.length > 0 ? {fields: result.fields} : undefined,
    totalRows: result.changed === undefined ? String(result.rowCount) : undefined,
    rows: rows.length > 0 ? rows : undefined,
    pageToken: rows.length > 0 && end < result.rowCount ? pageToken(end) : undefined,
    ...dmlCounts(result.changed),
  }
}

/** The reply for a job that is still running. */
export function notComplete(job: Job, kind: string): object {
  return {kind, jobReference: jobReference(job), jobComplete: false}
}

function queryStatistics(job: Job): object {
  const {result} = job
  if (!result) return {totalBytesProcessed: '0', cacheHit: false}
  return {
    totalBytesProcessed: '0',
    cacheHit: false,
    statementType: result.statementType,
    schema: job.query.dryRun ? {fields: result.fields} : undefined,
    ...dmlCounts(result.changed),
    referencedTables: result.tables.map(t => ({projectId: t.project, datasetId: t.dataset, tableId: t.table})),
  }
}

/** `numDmlAffectedRows` and `dmlStats` of a statement that has changed rows. */
function dmlCounts(changed: DmlStats | undefined): object {
  if (!changed) return {}
  const {inserted, updated, deleted} = changed
  return {
    numDmlAffectedRows: String(inserted + updated + deleted),
    dmlStats: {
      ...(inserted > 0 && {insertedRowCount: String(inserted)}),
      ...(updated > 0 && {updatedRowCount: String(updated)}),
      ...(deleted > 0 && {deletedRowCount: String(deleted)}),
    },
  }
}
