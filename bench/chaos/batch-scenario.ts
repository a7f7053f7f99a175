import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as pause} from 'node:timers/promises'
import {Storage} from '@google-cloud/storage'
import {type BatchInput, writeInput} from './batch-input.ts'
import {badBigQuery} from './faults.ts'
import {seeded, until} from './scenarios.ts'
import {startWorker} from './worker-process.ts'
import type {World} from './world.ts'

/** A little longer than the local BigQuery remembers an insertId, ms. */
const DEDUP_WINDOW = 61_000

export interface BatchScenario {
  rows: number
  kills: number
  seed: number
  /** Where the checkpoint is kept. */
  checkpoint: 'local' | 'gs'
  /** BigQuery has forgotten the insertIds of each run when the next one begins. */
  forgetful?: boolean
}

/** The outcome of a scenario. */
export interface BatchOutcome {
  scenario: string
  rows: number
  stored: number
  duplicates: number
  lost: number
  /** Rows that were stored and not yet noted in the checkpoint, over all kills, and of the worst of them. */
  unnoted: number
  worst: number
  seconds: number
  broken: string[]
}

/** Kills the job at random moments, some of them before it has written anything, and runs it again each time. */
export async function killedBatch(world: World, given: BatchScenario): Promise<BatchOutcome> {
  const {rows, kills, seed, checkpoint: where, forgetful = false} = given
  const started = performance.now()
  const name = `batch_${seed}_${where}${forgetful ? '_forgetful' : ''}`
  const dir = await mkdtemp(join(tmpdir(), 'sluice-chaos-'))
  const checkpoint = where === 'gs' ? `gs://chaos/${name}/job.checkpoint` : join(dir, 'job.checkpoint')
  const storage = new Storage(world.cloud.clientOptions.storage)
  const input = await writeInput(storage, name, rows)
  await world.bigquery.dataset('chaos').createTable(name, {schema: 'id:INTEGER,text:STRING'})
  const table = `chaos.${name}`
  world.cloud.faults.clear()
  for (const rule of badBigQuery(`/tables/${name}/`)) world.cloud.faults.add(rule)
  const start = () => startWorker('batch-worker.ts', [input.pattern, table, checkpoint], world.env)
  const stored = async () => {
    const [found] = await world.bigquery.query(`SELECT DISTINCT id FROM ${table}`)
    return new Set(found.map(({id}: {id: unknown}) => Number(id)))
  }
  const text = () =>
    where === 'gs'
      ? storage
          .bucket('chaos')
          .file(`${name}/job.checkpoint`)
          .download()
          .then(String, () => undefined)
      : readFile(checkpoint, 'utf8').catch(() => undefined)

  const next = seeded(seed)
  const points = Array.from({length: kills}, () => Math.floor(0.95 * next() * rows)).sort((a, b) => a - b)
  const broken: string[] = []
  let unnoted = 0
  let worst = 0
  let worker = start()
  try {
    for (const [i, point] of points.entries()) {
      // each fifth at any moment, so also while it starts
      if (i % 5 === 0) await pause(2000 * next())
      else await until(`${point} of ${rows} rows`, async () => (await count(world, table, rows)).ids >= point)
      worker.child.kill('SIGKILL')
      const {signal, code} = await worker.ended
      if (signal !== 'SIGKILL' && code !== 0) broken.push(`the worker had failed before it was killed: ${code}`)
      const ids = await stored()
      const noted = notedIn(await text(), input)
      const early = [...noted].filter(id => !ids.has(id)).length
      if (early > 0) broken.push(`${early} rows were noted in the checkpoint before they were stored`)
      const behind = [...ids].filter(id => !noted.has(id)).length
      unnoted += behind
      worst = Math.max(worst, behind)
      if (forgetful) world.advance(DEDUP_WINDOW)
      worker = start()
    }
    const {code} = await worker.ended
    if (code !== 0) broken.push(`the last run exited with ${code}`)
    const last = await text()
    if (last === undefined || !(JSON.parse(last) as {complete: boolean}).complete)
      broken.push('the checkpoint is not complete')
    const before = await count(world, table, rows)
    worker = start()
    if ((await worker.ended).code !== 0) broken.push('a run after the last one failed')
    const after = await count(world, table, rows)
    if (after.stored !== before.stored) broken.push('a run after the last one wrote rows')
  } finally {
    worker.child.kill('SIGKILL')
    await worker.ended
    await rm(dir, {recursive: true})
  }
  world.cloud.faults.clear()
  const end = await count(world, table, rows)
  const duplicates = end.stored - end.ids
  if (end.ids !== end.wanted) broken.push(`${end.ids - end.wanted} ids that were never in the files`)
  if (duplicates > (forgetful ? unnoted : 0))
    broken.push(
      `${duplicates} duplicates, ${forgetful ? `and only ${unnoted} rows were not noted` : 'within the window'}`,
    )
  return {
    scenario: `SIGKILL at ${kills} moments, checkpoint ${where}${forgetful ? ', insertIds forgotten' : ''}`,
    rows,
    stored: end.stored,
    duplicates,
    lost: rows - end.wanted,
    unnoted,
    worst,
    seconds: (performance.now() - started) / 1000,
    broken,
  }
}

/** Rows that are stored, their different ids, and those of them that the files have. */
async function count(
  world: World,
  table: string,
  rows: number,
): Promise<{stored: number; ids: number; wanted: number}> {
  const [[row]] = await world.bigquery.query(
    `SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids,
       COUNT(DISTINCT CASE WHEN id >= 0 AND id < ${rows} THEN id END) AS wanted FROM ${table}`,
  )
  return {stored: Number(row.n), ids: Number(row.ids), wanted: Number(row.wanted)}
}

/** The ids of the records that a checkpoint says are committed. */
function notedIn(text: string | undefined, {places}: BatchInput): Set<number> {
  const noted = new Set<number>()
  if (text === undefined) return noted
  const {sources} = JSON.parse(text) as {
    sources: Record<string, {files: Record<string, {committed: [start: number, end: number][]}>}>
  }
  for (const {files} of Object.values(sources))
    for (const [path, {committed}] of Object.entries(files))
      for (const {id, offset} of places.get(path) ?? [])
        if (committed.some(([start, end]) => start <= offset && offset < end)) noted.add(id)
  return noted
}
