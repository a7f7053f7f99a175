// `npm run bench:versions -- OLD`: compares this package with an older build in the folder OLD (with package.json and dist/). The
// same contestants run with both, in turns; prints the medians of the CPU time and their ratio.
// `-- OLD stages async files streaming startup` runs a part; `--runs 7`, `--most 1.03`.
import {execFileSync} from 'node:child_process'
import {cpSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs'
import {cpus, tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {parseArgs} from 'node:util'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {startLocalCloud} from 'sluice/emulators'
import {jobJFiles} from '../job-j/data.ts'
import type {Measured} from '../measure.ts'
import {message, SCHEMA} from '../streaming/message.ts'

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {runs: {type: 'string', default: '7'}, most: {type: 'string', default: '1.03'}},
})
const [old, ...parts] = positionals
if (old === undefined) throw new Error('give the folder of the older package: npm run bench:versions -- OLD')
const wants = (part: string) => parts.length === 0 || parts.includes(part)
const RUNS = Number(values.runs)
const MOST = Number(values.most)
const MESSAGES = 50_000
const root = resolve(import.meta.dirname, '../..')
let missed = 0

/** A folder in which `import 'sluice'` of the benchmarks finds the older package. */
const beside = mkdtempSync(join(tmpdir(), 'sluice-versions-'))
cpSync(join(resolve(old), 'package.json'), join(beside, 'package.json'))
symlinkSync(join(resolve(old), 'dist'), join(beside, 'dist'))
symlinkSync(join(root, 'node_modules'), join(beside, 'node_modules'))
cpSync(join(root, 'bench'), join(beside, 'bench'), {recursive: true})

type Run = (dir: string, round: number) => Promise<number>

async function runOnce(dir: string, file: string, args: readonly string[], env: Record<string, string> = {}) {
  const measure = (await import(pathToFileURL(join(dir, 'bench/measure.ts')).href)) as typeof import('../measure.ts')
  return measure.runOnce(file, args, env)
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!

async function compare(name: string, unit: string, factor: number, run: Run): Promise<void> {
  const times: [before: number[], after: number[]] = [[], []]
  for (let i = 0; i < RUNS; i++) {
    // they also take turns at going first
    const order = i % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)
    for (const which of order) times[which].push(await run(which === 0 ? beside : root, i))
  }
  const [before, after] = times.map(median) as [number, number]
  const ratio = after / before
  if (ratio > MOST) missed++
  const shown = (value: number) => (value * factor).toFixed(3).padStart(9)
  console.log(
    `${ratio > MOST ? 'MISSED' : 'ok    '} ${name.padEnd(36)} ${shown(before)} ${shown(after)} ${unit.padEnd(12)} ${ratio.toFixed(3)}`,
  )
}

function startUp(dir: string, args: readonly string[]): number {
  const out = execFileSync(process.execPath, [...args], {
    cwd: dir,
    env: {...process.env, NODE_OPTIONS: ''},
    encoding: 'utf8',
  })
  return Number(out.trim().split('\n').at(-1))
}

/** Prints what the process has used of the CPU, once everything is loaded. */
const USED =
  "process.on('exit', () => { const {user, system} = process.cpuUsage(); console.log((user + system) / 1e6) });"

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}, median of ${RUNS} runs in turns`)
console.log(`       ${''.padEnd(36)}    before     after ${''.padEnd(12)} ratio (at most ${MOST})`)
try {
  const cpu = ({cpu}: Measured) => cpu
  if (wants('stages'))
    await compare('three stages, 1,000,000 objects', 'CPU s', 1, async dir =>
      cpu(await runOnce(dir, './stages/sluice-maps.ts', [])),
    )
  if (wants('async'))
    await compare('asynchronous map, 200,000 objects', 'CPU s', 1, async dir =>
      cpu(await runOnce(dir, './stages/sluice-async-map.ts', [])),
    )
  if (wants('files')) {
    const files = jobJFiles()
    const out = join(beside, 'out.jsonl')
    await compare('job J, readFromCsv', 'CPU s', 1, async dir =>
      cpu(await runOnce(dir, './job-j/sluice-csv.ts', [files, out, 'fast'])),
    )
    await compare('job J, readFromText', 'CPU s', 1, async dir =>
      cpu(await runOnce(dir, './job-j/sluice-text.ts', [files, out])),
    )
  }
  if (wants('startup')) {
    const bare = `${USED}; await import('sluice')`
    await compare("import 'sluice'", 'CPU ms', 1000, async dir => startUp(dir, ['--input-type=module', '-e', bare]))
    const help = `${USED}; process.argv = [process.argv[0], 'sluice', '--help']; await import('./dist/cli/main.js')`
    await compare('sluice --help', 'CPU ms', 1000, async dir => startUp(dir, ['--input-type=module', '-e', help]))
  }
  if (wants('streaming')) {
    const cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
    const [pubsub, bigquery] = [new PubSub(), new BigQuery()]
    await bigquery.createDataset('bench')
    let lanes = 0
    await compare('Pub/Sub to BigQuery', 'us/message', 1e6 / MESSAGES, async dir => {
      const name = `lane-${++lanes}`
      const [topic] = await pubsub.createTopic(name)
      topic.setPublishOptions({batching: {maxMessages: 1000, maxMilliseconds: 5}})
      const [{name: subscription}] = await topic.createSubscription(name)
      await bigquery.dataset('bench').createTable(`lane_${lanes}`, {schema: SCHEMA})
      const now = performance.timeOrigin + performance.now()
      for (let from = 0; from < MESSAGES; from += 5000)
        await Promise.all(Array.from({length: 5000}, (_, i) => topic.publishMessage({data: message(from + i, now)})))
      return cpu(await runOnce(dir, './streaming/sluice.ts', [subscription, `bench.lane_${lanes}`, String(MESSAGES)]))
    })
    await pubsub.close()
    await cloud.close()
  }
} finally {
  rmSync(beside, {recursive: true})
}
process.exitCode = missed > 0 ? 1 : 0
