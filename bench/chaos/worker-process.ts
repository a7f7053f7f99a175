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

/** The job in a process of its own, seen from outside. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly ended: Promise<{code: number | null; signal: NodeJS.Signals | null}>
  /** What it told last. */
  last: WorkerNumbers | undefined

  constructor(subscription: string, table: string, env: Readonly<Record<string, string>>, loud = false) {
    const worker = fileURLToPath(new URL('worker.ts', import.meta.url))
    const node = ['--expose-gc', '--import', 'tsx', '-C', 'sluice:source', worker]
    const child = spawn(process.execPath, [...node, subscription, table, ...(loud ? ['loud'] : [])], {
      env: {...process.env, ...env},
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child = child
    child.on('message', numbers => {
      this.last = numbers as WorkerNumbers
    })
    this.ended = once(child, 'close').then(([code, signal]) => ({code, signal}))
  }

  /** Asks for the numbers after a garbage collection. */
  async collected(): Promise<WorkerNumbers> {
    this.#child.send('collect')
    // what was on its way comes before
    for (let i = 0; i < 2; i++) await once(this.#child, 'message')
    return this.last!
  }

  async kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<{code: number | null; signal: NodeJS.Signals | null}> {
    this.#child.kill(signal)
    return this.ended
  }
}
