import {ApiError} from '../../service/api-error.ts'
import type {LocalClock} from '../../service/service.ts'
import {alreadyExists} from '../model/errors.ts'
import type {Job} from './job.ts'

const MAX_RESULT_ROWS = 2_000_000
const REQUEST_ID_MS = 15 * 60_000

/** The jobs of this run of the local cloud. Results of the oldest are dropped when all hold over 2,000,000 rows. */
export class JobStore {
  readonly #clock: LocalClock
  readonly #jobs = new Map<string, Job>()
  readonly #byRequestId = new Map<string, {job: Job; at: number}>()

  constructor(clock: LocalClock) {
    this.#clock = clock
  }

  /** Throws 409 duplicate when a job of this id exists. */
  add(job: Job): void {
    const key = `${job.project}:${job.id}`
    if (this.#jobs.has(key)) throw alreadyExists('Job', `${job.project}:${job.location}.${job.id}`)
    this.#jobs.set(key, job)
  }

  /** Throws 404 notFound. */
  get(project: string, id: string): Job {
    const job = this.#jobs.get(`${project}:${id}`)
    if (!job) throw new ApiError(404, 'notFound', `Not found: Job ${project}:${id}`)
    return job
  }

  list(project: string): Job[] {
    return [...this.#jobs.values()].filter(job => job.project === project).reverse()
  }

  delete(job: Job): void {
    this.#jobs.delete(`${job.project}:${job.id}`)
  }

  /** The job that an earlier try of the same `jobs.query` request made, within 15 minutes. */
  ofRequest(requestId: string, query: string): Job | undefined {
    const known = this.#byRequestId.get(requestId)
    if (!known || known.job.query.query !== query) return undefined
    return this.#clock.now() - known.at <= REQUEST_ID_MS ? known.job : undefined
  }

  rememberRequest(requestId: string, job: Job): void {
    const now = this.#clock.now()
    for (const [id, {at}] of this.#byRequestId) {
      if (now - at <= REQUEST_ID_MS) break
      this.#byRequestId.delete(id)
    }
    this.#byRequestId.set(requestId, {job, at: now})
  }

  /** Drops results of the oldest jobs, never those of `newest`. */
  trim(newest: Job): void {
    let rows = 0
    for (const job of [...this.#jobs.values()].reverse()) {
      rows += job.rowsHeld
      if (rows > MAX_RESULT_ROWS && job !== newest) job.dropResult()
    }
  }

  cancelAll(): Promise<unknown> {
    const running = [...this.#jobs.values()]
    for (const job of running) job.cancel()
    return Promise.all(running.map(job => job.finished))
  }

  clear(): void {
    this.#jobs.clear()
    this.#byRequestId.clear()
  }
}
