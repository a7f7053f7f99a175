import {createWriteStream} from 'node:fs'
import {pipeline} from 'node:stream/promises'
import {DoFn, readFromText, writeToStdout} from 'sluice'
import {contestant} from '../measure.ts'
import {enrich, type InRow, parseLine} from './user.ts'

await contestant(async () => {
  const [dir = '', outPath = ''] = process.argv.slice(2)
  let rows = 0
  let total = 0
  class Enrich extends DoFn<string, InRow> {
    *process(line: string) {
      const row = enrich(parseLine(line))
      if (!row) return
      rows++
      total += row.total!
      yield row
    }
  }
  await pipeline(
    readFromText(`${dir}/part-*.csv`, {skipHeaderLines: 1}),
    new Enrich(),
    writeToStdout({stream: createWriteStream(outPath)}),
  )
  return {rows, total: Math.round(total)}
})
