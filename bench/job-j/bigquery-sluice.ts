import {pipeline} from 'node:stream/promises'
import {type CsvEngine, DoFn, readFromCsv, readFromText, writeToBigQuery} from 'sluice'
import {contestant} from '../measure.ts'
import {SCHEMA} from './schema.ts'
import {enrich, type InRow, parseLine} from './user.ts'

await contestant(async () => {
  const [dir = '', table = '', engine = 'text'] = process.argv.slice(2)
  let rows = 0
  let total = 0
  class Enrich<I> extends DoFn<I, InRow> {
    readonly #toRow: (element: I) => InRow
    constructor(toRow: (element: I) => InRow) {
      super()
      this.#toRow = toRow
    }
    *process(element: I) {
      const row = enrich(this.#toRow(element))
      if (!row) return
      rows++
      total += row.total!
      yield row
    }
  }
  const sink = writeToBigQuery({table, dataset: 'bench', schema: SCHEMA})
  if (engine === 'text')
    await pipeline(readFromText(`${dir}/part-*.csv`, {skipHeaderLines: 1}), new Enrich(parseLine), sink)
  else
    await pipeline(
      readFromCsv<InRow>(`${dir}/part-*.csv`, {engine: engine as CsvEngine}),
      new Enrich((row: InRow) => row),
      sink,
    )
  return {rows, total: Math.round(total)}
})
