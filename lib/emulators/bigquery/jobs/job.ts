import {randomUUID} from 'node:crypto'
import {messageOf} from '../../../errors/index.ts'
import {ApiError} from '../../service/api-error.ts'
import type {LocalClock} from '../../service/service.ts'
import {jobApiError} from '../model/errors.ts'
import type {QueryRequest} from '../query/query-request.ts'
import type {RunningQuery} from '../query/run-query.ts'
import type {QueryResult} from '../query/statement.ts'

/** What a fault rule makes of a job. */
export interface JobFault {
  runningPolls?: number
  error?: {reason: string; message: string}
}

interface JobInit {
  project: string
  id: string | undefined
  location: string | undefined
  query: QueryRequest
  /** The `configuration` that jobs.get answers with. */
  configuration: object
  fault: JobFault | undefined
  clock: LocalClock
}

/** A query job: it starts when it is constructed, and keeps its result. */
export class Job {
  readonly project: string
  readonly id: string
  readonly location: string
  readonly query: QueryRequest
  readonly configuration: object
  readonly created: number
  /** Resolves, and never rejects, when the job has ended. */
  readonly finished: Promise<void>
  ended: number | undefined
  failure: ApiError | undefined
  result: QueryResult | undefined
  #resultDropped = false
  #runningPolls: number
  readonly #running: RunningQuery

  constructor(init: JobInit, start: (query: QueryRequest) => RunningQuery) {
    this.project = init.project
    this.id = init.id ?? `job_${randomUUID()}`
    this.location = init.location ?? 'US'
    this.query = init.query
    this.configuration = init.configuration
    this.created = init.clock.now()
    this.#runningPolls = init.fault?.runningPolls ?? 0
    const error = init.fault?.error
    this.#running = error ? {result: Promise.reject(jobApiError(error)), cancel: () => {}} : start(init.query)
    this.finished = this.#running.result
      .then(
        result => {
          this.result ??= result
        },
        error => {
          this.failure ??= asApiError(error)
        },
      )
      .then(() => {
        this.ended = init.clock.now()
      })
  }

  /** True once a client may see that the job has ended. */
  get done(): boolean {
    return this.ended !== undefined && this.#runningPolls === 0
  }

  get rowsHeld(): number {
    return this.result?.rowCount ?? 0
  }

  /** Counts a poll; true when a fault rule makes this one report that the job is still running. */
  heldBack(): boolean {
    if (this.#runningPolls === 0) return false
    this.#runningPolls--
    return true
  }

  /** Makes the next polls report that the job is still running. */
  holdBack(polls: number): void {
    if (this.#runningPolls === 0) this.#runningPolls = polls
  }

  get isHeldBack(): boolean {
    return this.#runningPolls > 0
  }

  cancel(): void {
    if (this.done) return
    this.failure ??= new ApiError(400, 'stopped', 'Job execution was cancelled: User requested cancellation')
    this.#runningPolls = 0
    this.#running.cancel()
  }

  fail(error: {reason: string; message: string}): void {
    this.failure = jobApiError(error)
  }

  dropResult(): void {
    this.result = undefined
    this.#resultDropped = true
  }

  /** The result. Throws the job's error, or 404 when the result is no longer kept. */
  resultOrThrow(): QueryResult {
    if (this.failure) throw this.failure
    if (this.result) return this.result
    const why = this.#resultDropped ? 'the local emulator no longer keeps it' : 'it has not ended'
    throw new ApiError(404, 'notFound', `Not found: result of job ${this.project}:${this.location}.${this.id}: ${why}`)
  }
}

function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(500, 'internalError', `local emulator: ${messageOf(error)}`)
}
