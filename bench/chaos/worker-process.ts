import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import type {JobNumbers} from './job.ts'

/** How a worker stands. */
export interface WorkerNumbers extends JobNumbers {
  peakOutstanding: number
  peakInWork: number
  rss: number
  heapUsed: number
}

/** How a process has ended. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A module of this folder in a process of its own. */
export function startWorker(
  module: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): {child: ChildProcess; ended: Promise<Ended>} {
  const file = fileURLToPath(new URL(module, import.meta.url))
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', '-C', 'sluice:source', file, ...args], {
    env: {...process.env, ...env},
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return {child, ended: once(child, 'close').then(([code, signal]) => ({code, signal}))}
}

/** The job in a process of its own, seen from outside. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly ended: Promise<Ended>
  /** What it told last. */
  last: WorkerNumbers | undefined

  constructor(subscription: string, table: string, env: Readonly<Record<string, string>>, loud = false) {
    const {child, ended} = startWorker('worker.ts', [subscription, table, ...(loud ? ['loud'] : [])], env)
    this.#child = child
    this.ended = ended
    child.on('message', numbers => {
      this.last = numbers as WorkerNumbers
    })
  }

  /** Asks for the numbers after a garbage collection. */
  async collected(): Promise<WorkerNumbers> {
    this.#child.send('collect')
    // what was on its way comes before
    for (let i = 0; i < 2; i++) await once(this.#child, 'message')
    return this.last!
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended> {
    this.#child.kill(signal)
    return this.ended
  }
}
