import type {PipelineRun} from '../../pipeline/index.ts'
import {exitSoon, signalCode} from './exit.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** What a run was told by signals. */
export interface Signalled {
  /** The first signal that came. */
  readonly signal: NodeJS.Signals | undefined
  /** Leaves the signals alone again. */
  forget(): void
}

/**
 * The first SIGINT or SIGTERM drains the run, a second one ends the process.
 *
 * @param tell says a message, on a terminal
 */
export function drainOnSignals(run: PipelineRun, deadline: number, tell?: (message: string) => void): Signalled {
  let first: NodeJS.Signals | undefined
  const heard = (signal: NodeJS.Signals) => {
    if (first !== undefined) process.exit(signalCode(signal))
    first = signal
    if (process.stderr.isTTY) tell?.(`${signal}: finishing what was read; once more stops at once`)
    void run.drain({deadline})
  }
  for (const signal of SIGNALS) process.on(signal, heard)
  return {
    get signal() {
      return first
    },
    forget() {
      for (const signal of SIGNALS) process.off(signal, heard)
      // who was told to stop has no time
      if (first !== undefined) exitSoon()
    },
  }
}
