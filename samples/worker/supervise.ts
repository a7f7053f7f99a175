import {setTimeout as sleep} from 'node:timers/promises'
import type {Duration, Pipeline, PipelineRun} from 'sluice'

export interface SuperviseOptions {
  /** Pause before a failed pipeline is restarted, ms; doubles with each failure. Default 1 s. */
  pause?: number
  /** The longest pause, ms; a pipeline that has run for that long starts again with the shortest. Default a minute. */
  longestPause?: number
  /** How long a drain may take. Default 8 s. */
  deadline?: Duration
  log?: (line: string) => void
}

export interface Supervisor {
  /** Resolves when every pipeline has ended, with the names of those that failed while draining. */
  readonly done: Promise<readonly string[]>
  /** Lets all of them finish what they have read; nothing is restarted. */
  drain(): Promise<void>
}

/**
 * Runs pipelines side by side. They share nothing: one that fails is rebuilt and run again after a pause, without affecting
 * the others. One that ends successfully is not run again.
 */
export function supervise(builds: readonly (() => Pipeline)[], options: SuperviseOptions = {}): Supervisor {
  const {pause: shortest = 1000, longestPause = 60_000, deadline = '8s', log = console.error} = options
  const runs = new Set<PipelineRun>()
  const stopping = new AbortController()
  const {signal} = stopping
  const failed: string[] = []

  const keepRunning = async (build: () => Pipeline) => {
    for (let pause = shortest; !signal.aborted; pause = Math.min(2 * pause, longestPause)) {
      // a stage runs only once, so each run gets new stages
      const p = build()
      const run = p.run()
      const from = Date.now()
      runs.add(run)
      try {
        const {drained} = await run
        return log(`${p.name}: ${drained ? 'drained' : 'done'}`)
      } catch (error) {
        log(`${p.name}: ${(error as Error).message}`)
        if (signal.aborted) failed.push(p.name)
      } finally {
        runs.delete(run)
      }
      if (Date.now() - from >= longestPause) pause = shortest
      await sleep(pause, undefined, {signal}).catch(() => {})
    }
  }
  const done = Promise.all(builds.map(keepRunning)).then(() => failed)
  return {
    done,
    async drain() {
      stopping.abort()
      await Promise.all([...runs].map(run => run.drain({deadline})))
      await done
    },
  }
}
