import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {setImmediate as turn} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {type FaultAction, type FaultRule, type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {NODE_ON_SOURCE} from '../support/command.ts'
import {programCommand} from '../support/program.ts'
import {SCHEMA} from './rows.ts'

export {eventually} from '../support/until.ts'

/**
 * A local cloud that the environment points to, as `npx sluice local` does it, for a whole suite: jobs find it by
 * themselves. Each test has a bucket folder and a table of its own, and no faults.
 */
export class JobCloud {
  cloud!: LocalCloud
  storage!: Storage
  bigquery!: BigQuery
  /** What the cloud takes for the time; the system's until a test sets it. */
  now: (() => number) | undefined
  /** Name of this test's table in `my_dataset`, and of its folder in `my-bucket`. */
  name!: string
  #count = 0
  readonly #random = Math.random
  #saved: NodeJS.ProcessEnv = {}

  constructor() {
    before(async () => {
      // a pause drawn by chance must not be as long as the delays that leaping clocks leave alone
      Math.random = () => 0.001 + 0.998 * this.#random()
      this.cloud = await startLocalCloud({clock: {now: () => this.now?.() ?? Date.now()}})
      this.#saved = {...process.env}
      Object.assign(process.env, this.cloud.env)
      this.storage = new Storage(this.cloud.clientOptions.storage)
      this.bigquery = new BigQuery(this.cloud.clientOptions.bigquery)
      await this.storage.createBucket('my-bucket')
      await this.bigquery.createDataset('my_dataset')
    })
    beforeEach(() => {
      this.name = `t${++this.#count}`
      this.now = undefined
      this.cloud.permissions = undefined
      this.cloud.faults.clear()
      this.cloud.log.clear()
      this.pointEnvironment(true)
    })
    after(async () => {
      Math.random = this.#random
      this.pointEnvironment(false)
      await this.cloud.close()
    })
  }

  /** Makes the environment point to this cloud, or to nothing. */
  pointEnvironment(here: boolean): void {
    for (const name of Object.keys(this.cloud.env)) delete process.env[name]
    Object.assign(process.env, here ? this.cloud.env : this.#saved)
  }

  get table(): string {
    return `my_dataset.${this.name}`
  }

  /** Stores an object in this test's folder; its path. */
  async put(name: string, content: string | Buffer): Promise<string> {
    const path = `${this.name}/${name}`
    await this.storage.bucket('my-bucket').file(path).save(content, {resumable: false, validation: false})
    return `gs://my-bucket/${path}`
  }

  async createTable(schema = SCHEMA): Promise<void> {
    await this.bigquery.dataset('my_dataset').createTable(this.name, {schema})
    this.cloud.log.clear()
  }

  fault(call: string, action: FaultAction | FaultAction[], more: Partial<FaultRule> = {}): void {
    this.cloud.faults.add({match: {call}, do: action, ...more})
  }

  /** Rows of this test's table, and how many different ids they have. */
  async counts(): Promise<{rows: number; ids: number}> {
    const [[row]] = await this.bigquery.query(`SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM \`${this.table}\``)
    return {rows: Number(row.n), ids: Number(row.ids)}
  }

  calls(call: string): number {
    return this.cloud.log.of({call}).length
  }
}

/** Turns of the event loop until a value has not changed for a while: nothing is moving any more. */
export async function still(value: () => number): Promise<number> {
  let last = value()
  for (let quiet = 0; quiet < 300; quiet++) {
    await turn()
    if (value() === last) continue
    last = value()
    quiet = 0
  }
  return last
}

/** Random numbers from 0 to 1, the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export interface Child {
  child: ChildProcess
  /** Resolves when it has ended. */
  ended: Promise<{code: number | null; signal: NodeJS.Signals | null; out: string; errors: string}>
}

/** Children that set the clocks of stages, which only files of lib/ can. */
const USES_CLOCKS = ['failing.ts', 'no-credentials.ts']

/** The command that runs a module of `test/jobs/children/`. */
export function childCommand(module: string): string[] {
  const file = fileURLToPath(new URL(`children/${module}`, import.meta.url))
  return USES_CLOCKS.includes(module) ? [...NODE_ON_SOURCE, file] : programCommand(file)
}

/** Runs a module of `test/jobs/children/` in a process of its own. */
export function startChild(module: string, args: string[] = [], env: NodeJS.ProcessEnv = process.env): Child {
  const [command = '', ...rest] = childCommand(module)
  const child = spawn(command, [...rest, ...args], {env, stdio: ['pipe', 'pipe', 'pipe']})
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return {child, ended: said.then(([out, errors, [code, signal]]) => ({code, signal, out, errors}))}
}
