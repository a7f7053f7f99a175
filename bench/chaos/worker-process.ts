import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {buildSync} from 'esbuild'
import type {JobNumbers} from './job.ts'

/** The numbers of a worker. */
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

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))
// below the package, so that its dependencies are found
const folder = path(`../../.sluice/workers-${process.pid}`)
const compiled = new Map<string, string>()

/** A module of this folder with the files of lib/ that it uses, compiled once for all processes that run it. */
function compile(module: string): string {
  let outfile = compiled.get(module)
  if (outfile !== undefined) return outfile
  if (compiled.size === 0) process.once('exit', () => rmSync(folder, {recursive: true, force: true}))
  mkdirSync(folder, {recursive: true})
  outfile = join(folder, module.replace(/\.ts$/, '.mjs'))
  compiled.set(module, outfile)
  buildSync({
    entryPoints: [path(module)],
    outfile,
    alias: {sluice: path('../../lib/index.ts')},
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  })
  return outfile
}

/** Starts a module of this folder in a separate process. */
export function startWorker(
  module: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): {child: ChildProcess; ended: Promise<Ended>} {
  const child = spawn(process.execPath, ['--expose-gc', '--enable-source-maps', compile(module), ...args], {
    env: {...process.env, ...env},
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  return {child, ended: once(child, 'close').then(([code, signal]) => ({code, signal}))}
}

/** The job in a separate process, seen from outside. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly ended: Promise<Ended>
  /** The latest numbers that it sent. */
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
