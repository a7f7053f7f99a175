// `npm run bench:csv`: CSV files into objects, csv-parse and readFromCsv in turns, each run in a process of its own. The ratio
// is that of the runs with the least CPU time, since what else the machine does only adds to it; the last line is the
// smaller of the two. Exits 1 when it is below 8.
import {cpus} from 'node:os'
import {jobJFiles} from '../job-j/data.ts'
import {type Measured, runOnce, table} from '../measure.ts'
import {wideFile} from './data.ts'

const RUNS = 5
const LEAST = 8
const BASE = 'csv-parse, columns: true'
const FAST = 'sluice, fast engine'

type Contestant = readonly [name: string, file: string, args: readonly string[]]

const CONTESTANTS: readonly Contestant[] = [
  [BASE, './csv/csv-parse.ts', []],
  ['sluice, csv-parse engine', './csv/sluice.ts', ['csv-parse']],
  [FAST, './csv/sluice.ts', ['fast']],
  ['sluice, fast engine, 2 columns', './csv/sluice.ts', ['fast', 'id,city']],
]

function least(runs: readonly Measured[]): Measured {
  return runs.reduce((best, m) => (m.cpu < best.cpu ? m : best))
}

async function compare(title: string, dir: string, rows: number): Promise<number> {
  const runs = new Map<string, Measured[]>(CONTESTANTS.map(([name]) => [name, []]))
  for (let i = 0; i < RUNS; i++)
    for (const [name, file, args] of CONTESTANTS) runs.get(name)!.push(await runOnce(file, [dir, ...args], {}))
  const best = new Map([...runs].map(([name, all]) => [name, least(all)]))
  console.log(table(`${title}, the least of ${RUNS} interleaved runs`, rows, best, BASE))
  const results = new Set([...best.values()].map(m => JSON.stringify(m.result)))
  if (results.size > 1) {
    process.exitCode = 1
    console.log(`  DIFFERENT RESULTS: ${[...results].join(' ')}`)
  }
  const ratio = best.get(BASE)!.cpu / best.get(FAST)!.cpu
  console.log(`  ${title}: csv-parse takes ${ratio.toFixed(1)} times the CPU of the fast engine`)
  return ratio
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`)
const ratio = Math.min(
  await compare('Job J, 1,000,000 rows of 8 columns', jobJFiles(), 1_000_000),
  await compare('1,000,000 rows of 20 columns', wideFile(1_000_000), 1_000_000),
)
if (ratio < LEAST) process.exitCode = 1
console.log(`ratio ${ratio.toFixed(1)}x`)
