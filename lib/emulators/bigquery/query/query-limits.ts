import {memoryUsage} from 'node:process'
import {ApiError} from '../../service/api-error.ts'

/** What one query may take. */
export interface Limits {
  milliseconds: number
  /** By how many bytes the process may grow while it runs. */
  growth: number
}

const DEFAULTS: Limits = {milliseconds: 10 * 60_000, growth: 2 * 2 ** 30}
const LOOK_MS = 50

/** Calls `stop` once a query has taken too long or too much memory. The function that it gives ends the watch. */
export function watchLimits(given: Partial<Limits>, stop: (why: ApiError) => void): () => void {
  const {milliseconds, growth} = {...DEFAULTS, ...given}
  const before = memoryUsage.rss()
  const started = performance.now()
  const timer = setInterval(() => {
    if (performance.now() - started > milliseconds)
      stop(new ApiError(400, 'stopped', `Job execution was cancelled: Job timed out after ${milliseconds / 1000}s`))
    else if (memoryUsage.rss() - before > growth)
      stop(
        new ApiError(
          400,
          'resourcesExceeded',
          `Resources exceeded during query execution: the local emulator gives a query ${Math.round(growth / 2 ** 20)} MiB of memory; make it smaller, for example by a LIMIT`,
        ),
      )
  }, LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}
