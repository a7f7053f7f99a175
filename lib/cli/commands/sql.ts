import {Readable} from 'node:stream'
import {text} from 'node:stream/consumers'
import {pipeline} from 'node:stream/promises'
import Table from 'cli-table3'
import type {LocalCloud} from '../../emulators/index.ts'
import {InexactNumber, jsonLine, jsonValue} from '../../formats/index.ts'
import {queryTable} from '../../io/bigquery/index.ts'
import {printable} from '../../util/index.ts'
import {type CsvDialect, outputLines} from '../pipe/output-lines.ts'
import {EXIT, reportError, UsageError} from '../report/exit.ts'

/** Flags of `sluice sql` as commander gives them. */
export interface SqlFlags {
  local?: string
  project?: string
  format: 'table' | 'csv' | 'jsonl'
  param?: string[]
}

type Row = Record<string, unknown>
/** The column names, known once the first row has arrived. */
type Columns = () => readonly string[]

/** Rows per table on the screen; later rows come in another table, so that nothing waits for the last row. */
const TABLE_ROWS = 500
const CSV: CsvDialect = {delimiter: ',', quote: '"', escape: '"', header: true}

/** Runs `sluice sql`; returns its exit code. */
export async function sql(given: string, flags: SqlFlags): Promise<number> {
  let cloud: LocalCloud | undefined
  try {
    const params = paramsOf(flags.param ?? [])
    const query = given === '-' ? await text(process.stdin) : given
    if (query.trim() === '') throw new UsageError('there is no query')
    if (flags.local !== undefined) {
      const {startLocalCloud} = await import('../../emulators/index.ts')
      cloud = await startLocalCloud({dir: flags.local, services: ['bigquery']})
      Object.assign(process.env, cloud.env)
    }
    const {project} = flags
    let columns: readonly string[] = []
    const rows = queryTable(query, {params, ...(project !== undefined && {project})}, names => {
      columns = names
    })
    await pipeline(Readable.from(printed(rows, flags.format, () => columns)), process.stdout, {end: false})
    return EXIT.done
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPIPE' ? EXIT.closedPipe : reportError(error)
  } finally {
    await cloud?.close()
  }
}

function paramsOf(given: readonly string[]): Row {
  return Object.fromEntries(
    given.map(pair => {
      const [, name, value = ''] = /^(\w+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined) throw new UsageError(`--param has '${pair}'; give name=value`)
      return [name, paramValue(name, value)]
    }),
  )
}

/** Numbers, booleans and lists are parsed as JSON; anything else is text. */
function paramValue(name: string, written: string): unknown {
  try {
    return jsonValue(written)
  } catch (error) {
    if (!(error instanceof InexactNumber)) return written
    throw new UsageError(
      `--param ${name}: ${written} has more digits than a FLOAT64 holds; give it as text and cast it in the query: ` +
        `--param '${name}="${written}"', CAST(@${name} AS NUMERIC)`,
    )
  }
}

async function* printed(
  rows: AsyncIterable<Row>,
  format: SqlFlags['format'],
  columns: Columns,
): AsyncGenerator<string> {
  if (format === 'table') return yield* tables(rows, columns)
  const output = outputLines(format, CSV, columns)
  for await (const row of rows) yield `${output.line(row)}\n`
  const names = columns()
  for (const line of output.end(names.length > 0 ? names : undefined)) yield `${line}\n`
}

async function* tables(rows: AsyncIterable<Row>, columns: Columns): AsyncGenerator<string> {
  let waiting: Row[] = []
  let some = false
  for await (const row of rows) {
    some = true
    waiting.push(row)
    if (waiting.length < TABLE_ROWS) continue
    yield tableOf(waiting, columns())
    waiting = []
  }
  if (waiting.length > 0) yield tableOf(waiting, columns())
  if (!some) process.stderr.write('no rows\n')
}

function tableOf(rows: readonly Row[], columns: readonly string[]): string {
  const table = new Table({head: columns.map(printable), style: {head: [], border: []}})
  for (const row of rows) table.push(columns.map(column => cell(row[column])))
  return `${table.toString()}\n`
}

/** Shows NULL and an empty string differently. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  return printable(typeof value === 'object' ? jsonLine(value) : String(value))
}
