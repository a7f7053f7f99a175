// `npm run bench:csv`: turns CSV files into objects with csv-parse and readFromCsv alternately, each run in a separate process.
// The ratio compares the runs with the least CPU time, since other load on the machine only adds to it; the last line is the
// smaller of the two ratios. Exits 1 if it is below 8.
import {cpus} from 'node:os'
import {jobJFiles} from '../job-j/data.ts'
import {inTurns, table} from '../measure.ts'
import {wideFile} from './data.ts'

const RUNS = 7
const LEAST = 8
const BASE = 'csv-parse, columns: true'
const FAST = 'sluice, fast engine'

async function compare(title: string, dir: string, rows: number): Promise<number> {
  const sluice = './csv/sluice.ts'
  const best = await inTurns(
    {
      [BASE]: ['./csv/csv-parse.ts', dir],
      'sluice, csv-parse engine': [sluice, dir, 'csv-parse'],
      [FAST]: [sluice, dir, 'fast'],
      'sluice, fast engine, 2 columns': [sluice, dir, 'fast', 'id,city'],
    },
    RUNS,
  )
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
