import type {PipelineRun} from '../../pipeline/index.ts'
import {exitSoon, signalCode} from './exit.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** The signals that a run has received. */
interface Signalled {
  /** The first signal received. */
  readonly signal: NodeJS.Signals | undefined
  /** Stops listening for signals. */
  forget(): void
}

/**
 * Drains the run on the first SIGINT or SIGTERM; a second one ends the process.
 *
 * @param tell writes a message for the person at the terminal
 */
export function drainOnSignals(run: PipelineRun, deadline: number, tell?: (message: string) => void): Signalled {
  let first: NodeJS.Signals | undefined
  const heard = (signal: NodeJS.Signals) => {
    if (first !== undefined) process.exit(signalCode(signal))
    first = signal
    if (process.stderr.isTTY) tell?.(`${signal}: finishing what was read; a second signal stops at once`)
    void run.drain({deadline})
  }
  for (const signal of SIGNALS) process.on(signal, heard)
  return {
    get signal() {
      return first
    },
    forget() {
      for (const signal of SIGNALS) process.off(signal, heard)
      // whoever sent the signal will not wait for stray handles
      if (first !== undefined) exitSoon()
    },
  }
}
