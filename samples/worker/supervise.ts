import {setTimeout as sleep} from 'node:timers/promises'
import type {Duration, Pipeline, PipelineRun} from 'sluice'

export interface SuperviseOptions {
  /** How long a pipeline that has failed rests before it is run again, ms; twice as long each time. Default 1 s. */
  pause?: number
  /** The longest pause, ms; who has run for that long begins with the shortest again. Default a minute. */
  longestPause?: number
  /** How long a drain may take. Default 8 s. */
  deadline?: Duration
  log?: (line: string) => void
}

export interface Supervisor {
  /** Resolves when every pipeline has ended, with the names of those that failed after they were told to drain. */
  readonly done: Promise<readonly string[]>
  /** Tells all of them to finish what they have read; nothing is run again. */
  drain(): Promise<void>
}

/**
 * Runs pipelines beside each other. They share nothing: one that fails is built and run again, after a pause, and the others
 * do not notice. One that comes to its end is done.
 */
export function supervise(builds: readonly (() => Pipeline)[], options: SuperviseOptions = {}): Supervisor {
  const {pause: shortest = 1000, longestPause = 60_000, deadline = '8s', log = console.error} = options
  const runs = new Set<PipelineRun>()
  const stopping = new AbortController()
  const {signal} = stopping
  const failed: string[] = []

  const keepRunning = async (build: () => Pipeline) => {
    for (let pause = shortest; !signal.aborted; pause = Math.min(2 * pause, longestPause)) {
      // a stage runs once: each run has stages of its own
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
