// `npm run bench:grouping`: groupings against a bare Node loop, contestants taking turns, results compared. The ratio compares the runs
// with the least CPU time. `npm run bench:grouping -- large` adds 50,000,000 elements with 20,000,000 keys.
import {mkdtempSync, rmSync} from 'node:fs'
import {cpus, tmpdir} from 'node:os'
import {join} from 'node:path'
import {inTurns, runOnce, table} from '../measure.ts'
import {eventsFile} from './data.ts'

const RUNS = 5
const BASE = 'bare loop with Maps'
const EVENTS = 1_000_000

const input = eventsFile(EVENTS)
const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-grouping-'))

async function compare(title: string, mode: 'window' | 'batch', most: number): Promise<void> {
  const args = [input, join(dir, mode), mode]
  const best = await inTurns(
    {[BASE]: ['./grouping/bare-loop.ts', ...args], sluice: ['./grouping/sluice.ts', ...args]},
    RUNS,
  )
  console.log(table(title, EVENTS, best, BASE))
  const [loop, ours] = [best.get(BASE)!, best.get('sluice')!]
  if (JSON.stringify(loop.result) !== JSON.stringify(ours.result)) {
    process.exitCode = 1
    console.log(`  DIFFERENT RESULTS: ${JSON.stringify(loop.result)} ${JSON.stringify(ours.result)}`)
  }
  const ratio = ours.cpu / loop.cpu
  console.log(
    `  ${ratio.toFixed(2)} times the CPU (at most ${most}), ${(ours.rssMB / loop.rssMB).toFixed(2)} times the memory`,
  )
  if (ratio > most) process.exitCode = 1
}

/** Nanoseconds of CPU for an element. */
async function alone(elements: number, keys: number, windows: number, memory: string): Promise<void> {
  const args = [elements, keys, windows].map(String)
  const {cpu, rssMB, result} = await runOnce('./grouping/engine.ts', [...args, memory], {})
  if (result['events'] !== elements) throw new Error(`${result['events']} of ${elements} elements are in the results`)
  console.log(
    `  ${elements} elements, ${keys} keys, ${windows} windows, memory ${memory}: ${Math.round((cpu / elements) * 1e9)} ns of CPU an ` +
      `element, RSS ${Math.round(rssMB)} MB (${Math.round(rssMB - result['baseMB']!)} MB over the start), ${result['rows']} results`,
  )
}

try {
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`)
  await compare('count and sum per user and minute', 'window', 1.4)
  await compare('count and sum per user', 'batch', 1.2)
  console.log('\nThe engine alone, while open windows grow')
  for (const windows of [10, 100, 1000, 10_000]) await alone(1_000_000, 10, windows, '256MB')
  console.log('\nBeyond memory')
  await alone(5_000_000, 2_000_000, 0, '1GB')
  await alone(5_000_000, 2_000_000, 0, '64MB')
  if (process.argv.includes('large')) await alone(50_000_000, 20_000_000, 0, '256MB')
} finally {
  rmSync(dir, {recursive: true})
}
