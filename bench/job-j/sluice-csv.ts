import {createWriteStream} from 'node:fs'
import {pipeline} from 'node:stream/promises'
import {type CsvEngine, DoFn, readFromCsv, writeToStdout} from 'sluice'
import {contestant} from '../measure.ts'
import {enrich, type InRow} from './user.ts'

await contestant(async () => {
  const [dir = '', outPath = '', engine = 'fast'] = process.argv.slice(2)
  let rows = 0
  let total = 0
  class Enrich extends DoFn<InRow, InRow> {
    *process(record: InRow) {
      const row = enrich(record)
      if (!row) return
      rows++
      total += row.total!
      yield row
    }
  }
  await pipeline(
    readFromCsv<InRow>(`${dir}/part-*.csv`, {engine: engine as CsvEngine}),
    new Enrich(),
    writeToStdout({stream: createWriteStream(outPath)}),
  )
  return {rows, total: Math.round(total)}
})
