import type {Retryable, RowError, RowFailure, Verdict} from '../../../batching/index.ts'
import {BigQueryError} from '../service/bigquery-error.ts'
import type {InsertError} from '../service/bigquery-port.ts'
import {retryOf} from '../service/classify-error.ts'

const MINUTE = 60_000
/** Reasons that BigQuery gives for rows that may be written later. */
const TRANSIENT_REASONS = new Set(['backendError', 'internalError', 'timeout', 'rateLimitExceeded', 'stopped'])

/** What a failed insertAll means for its rows. `fresh`: the table is new, and insertAll may not see it yet. */
export function classifyInsert(error: unknown, fresh: boolean): Verdict {
  const retry = retryOf(error)
  if (retry) return {retry}
  if (!(error instanceof BigQueryError)) return {fatal: true}
  if (error.kind === 'not-found' && fresh) return {retry: {kind: 'freshTable', within: 10 * MINUTE}}
  if (error.kind === 'too-large')
    return {
      tooLarge: {reason: 'tooLarge', location: '', message: `the row is too large for one request: ${error.message}`},
    }
  if (isOutOfBounds(error.message))
    return {reject: {reason: error.reason || 'invalid', location: '', message: outOfBounds(error.message)}}
  return {fatal: true}
}

/** What the row errors of an answer mean. `hasField` looks up whether the table has a field that was refused. */
export async function classifyRows(
  insertErrors: readonly InsertError[],
  hasField: (path: string) => Promise<boolean>,
): Promise<RowFailure[]> {
  const failures: RowFailure[] = []
  for (const {index = 0, errors: given = []} of insertErrors) {
    const errors = (given.length > 0 ? given : [{}]).map(rowError)
    failures.push({index, errors, retry: await retryOfRow(errors, hasField)})
  }
  return failures
}

async function retryOfRow(
  errors: readonly RowError[],
  hasField: (path: string) => Promise<boolean>,
): Promise<Retryable | undefined> {
  let retry: Retryable | undefined
  for (const error of errors) {
    const field = missingField(error)
    if (field !== undefined && (await hasField(field))) retry = {kind: 'staleSchema', within: 5 * MINUTE}
    else if (TRANSIENT_REASONS.has(error.reason)) retry ??= {kind: 'row'}
    else return undefined
  }
  return retry
}

function rowError({
  reason = 'unknown',
  location = '',
  message = '',
  debugInfo,
}: NonNullable<InsertError['errors']>[number]): RowError {
  const text = message || debugInfo || ''
  return {reason, location, message: isOutOfBounds(text) ? outOfBounds(text) : text}
}

/** The field that a "no such field" error names. */
function missingField({location, message}: RowError): string | undefined {
  const match = /no such field:?\s*"?([^"\s]*?)"?\.?$/i.exec(message)
  return match ? location || match[1] : undefined
}

function isOutOfBounds(message: string): boolean {
  return /outside (of )?the allowed bounds|out of the allowed bounds/i.test(message)
}

function outOfBounds(message: string): string {
  return (
    `${message} Streaming inserts reach partitions of the last 31 days and the next 16 with a partition decorator, and from 5 ` +
    'years back to 1 year ahead with a partitioning column; load older rows with a load job'
  )
}
