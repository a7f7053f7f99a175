import {SluiceError} from 'sluice'

/** An error that is reported to the client, with an HTTP status. Also the abort reason of an upload. */
export class HttpProblem extends Error {
  readonly statusCode: number
  readonly code: string

  constructor(statusCode: number, code: string, message: string) {
    super(message)
    this.statusCode = statusCode
    this.code = code
  }
}

/** What to report to the client when an upload has failed with `error`. */
export function problemOf(error: unknown): HttpProblem {
  const causes: unknown[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause)
  // the reason for stopping a run is at the end of the chain
  const problem = causes.find(cause => cause instanceof HttpProblem)
  if (problem) return problem
  const failure = causes.find(cause => cause instanceof SluiceError)
  if (failure?.code === 'ERR_SLUICE_CSV') return new HttpProblem(400, 'MALFORMED', failure.message)
  if (failure?.code === 'ERR_SLUICE_ENCODING') return new HttpProblem(400, 'BAD_ENCODING', failure.message)
  if (failure?.stage === 'Write')
    return new HttpProblem(502, 'NOT_WRITTEN', 'BigQuery did not take the rows; try again later')
  return new HttpProblem(500, 'INTERNAL', 'the upload failed')
}
