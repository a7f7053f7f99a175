// `npm run bench`: job J and the three stages in one run, each contestant in a separate process.
// `npm run bench -- stages|files|json|bigquery` runs a part.
import {mkdtempSync, rmSync} from 'node:fs'
import {cpus, tmpdir} from 'node:os'
import {join} from 'node:path'
import {BigQuery} from '@google-cloud/bigquery'
import {startLocalCloud} from 'sluice/emulators'
import {jobJFiles} from './job-j/data.ts'
import {HALF, jsonArray, jsonFiles} from './json/data.ts'
import {inTurns, type Measured, runOnce, table} from './measure.ts'
import {COUNT} from './stages/objects.ts'

const parts = process.argv.slice(2).filter(a => !a.startsWith('-'))
const wants = (part: string) => parts.length === 0 || parts.includes(part)
let missed = 0
/** Of each contestant. */
const RUNS = 7

function report(title: string, rows: number, measured: Map<string, Measured>, base: string): void {
  console.log(table(title, rows, measured, base))
  const results = new Set([...measured.values()].map(m => JSON.stringify(m.result)))
  if (results.size > 1) {
    missed++
    console.log(`  DIFFERENT RESULTS: ${[...results].join(' ')}`)
  }
}

function limit(name: string, measured: Map<string, Measured>, of: string, to: string, most: number): void {
  const ratio = measured.get(of)!.cpu / measured.get(to)!.cpu
  const ok = ratio <= most
  if (!ok) missed++
  console.log(`  ${ok ? 'ok' : 'MISSED'}: ${name}: ${ratio.toFixed(2)} (at most ${most})`)
}

async function stages(): Promise<void> {
  const measured = await inTurns(
    {
      'plain loop': ['./stages/plain-loop.ts'],
      'sluice, three maps': ['./stages/sluice-maps.ts'],
      'three object-mode Transforms': ['./stages/plain-transforms.ts'],
    },
    RUNS,
  )
  report(`Three element-wise stages over 1,000,000 small objects, best of ${RUNS}`, COUNT, measured, 'plain loop')
  limit('three stages to a plain loop', measured, 'sluice, three maps', 'plain loop', 1.1)
}

async function files(): Promise<void> {
  const dir = jobJFiles()
  const out = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const args = [dir, join(out, 'out.jsonl')]
  const measured = await inTurns(
    {
      'csv-parse -> Transform -> Writable': ['./job-j/csv-parse-program.ts', ...args],
      'sluice, readFromCsv (csv-parse)': ['./job-j/sluice-csv.ts', ...args, 'csv-parse'],
      'bare loop (wrong on quoted newlines)': ['./job-j/bare-loop.ts', ...args],
      'sluice, readFromCsv (fast)': ['./job-j/sluice-csv.ts', ...args, 'fast'],
      'sluice, readFromText + parse in a DoFn': ['./job-j/sluice-text.ts', ...args],
    },
    RUNS,
  )
  rmSync(out, {recursive: true})
  report(
    `Job J, file to file, 1,000,000 rows, best of ${RUNS}`,
    1_000_000,
    measured,
    'csv-parse -> Transform -> Writable',
  )
  limit(
    'readFromCsv to the csv-parse program',
    measured,
    'sluice, readFromCsv (csv-parse)',
    'csv-parse -> Transform -> Writable',
    1.1,
  )
  limit(
    'readFromCsv to the bare loop',
    measured,
    'sluice, readFromCsv (fast)',
    'bare loop (wrong on quoted newlines)',
    1.25,
  )
}

async function json(): Promise<void> {
  const dir = jsonFiles()
  const out = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
  const rows = 2 * HALF
  const reading = await inTurns(
    {
      'bare JSON.parse loop': ['./json/bare-read.ts', dir],
      'sluice, readFromJson': ['./json/sluice-read.ts', dir],
      'sluice, readFromJson of one array': ['./json/sluice-read.ts', jsonArray(), 'array'],
    },
    RUNS,
  )
  report(`JSON lines in, 500,000 records, best of ${RUNS}`, rows, reading, 'bare JSON.parse loop')
  limit('readFromJson to the bare loop', reading, 'sluice, readFromJson', 'bare JSON.parse loop', 1.2)
  const writing = await inTurns(
    {
      'bare JSON.stringify loop': ['./json/bare-write.ts', dir, out],
      'sluice, writeToJson': ['./json/sluice-write.ts', dir, out],
    },
    RUNS,
  )
  rmSync(out, {recursive: true})
  report(`JSON lines out, 500,000 records, best of ${RUNS}`, rows, writing, 'bare JSON.stringify loop')
  limit('writeToJson to the bare loop', writing, 'sluice, writeToJson', 'bare JSON.stringify loop', 1.2)
}

async function bigquery(): Promise<void> {
  const rows = 200_000
  const dir = jobJFiles(rows)
  const cloud = await startLocalCloud()
  try {
    Object.assign(process.env, cloud.env)
    await new BigQuery().createDataset('bench')
    const measured = new Map<string, Measured>()
    const to = async (name: string, file: string, tableName: string, ...args: string[]) => {
      measured.set(name, await runOnce(file, [dir, tableName, ...args], {...cloud.env}))
    }
    await to('csv-parse -> Transform -> table.insert', './job-j/bigquery-program.ts', 'by_hand')
    await to('sluice, readFromCsv (csv-parse)', './job-j/bigquery-sluice.ts', 'sluice_csv', 'csv-parse')
    await to('sluice, readFromCsv (fast)', './job-j/bigquery-sluice.ts', 'sluice_fast', 'fast')
    await to('bare loop and fetch', './job-j/bigquery-bare-loop.ts', 'bare')
    await to('sluice, readFromText + parse in a DoFn', './job-j/bigquery-sluice.ts', 'sluice_text', 'text')
    report(
      `Job J, file to local BigQuery, ${rows.toLocaleString('en')} rows, one run each`,
      rows,
      measured,
      'csv-parse -> Transform -> table.insert',
    )
    for (const t of ['by_hand', 'sluice_csv', 'sluice_fast', 'bare', 'sluice_text']) {
      const [[{n}]] = await new BigQuery().query(`SELECT COUNT(*) AS n FROM bench.${t}`)
      console.log(`  ${t}: ${n} rows in the table`)
    }
  } finally {
    await cloud.close()
  }
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`)
if (wants('stages')) await stages()
if (wants('files')) await files()
if (wants('json')) await json()
if (wants('bigquery')) await bigquery()
if (missed > 0) process.exitCode = 1
