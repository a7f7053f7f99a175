// CSV files into objects by readFromCsv, by the engine that the command line names.
import {pipeline} from 'node:stream/promises'
import {type Bundle, type CsvEngine, readFromCsv, Sink} from 'sluice'
import {contestant} from '../measure.ts'

type Row = Record<string, string>

class Count extends Sink<Row> {
  rows = 0
  characters = 0
  override writeBundle({values}: Bundle<Row>) {
    for (const row of values) {
      this.rows++
      this.characters += row['id']!.length + row['city']!.length
    }
  }
  override commit() {}
}

await contestant(async () => {
  const [dir = '', engine = 'fast', columns] = process.argv.slice(2)
  const sink = new Count()
  const options = {engine: engine as CsvEngine, ...(columns && {columns: columns.split(',')})}
  await pipeline(readFromCsv(`${dir}/*.csv`, options), sink)
  return {rows: sink.rows, characters: sink.characters}
})
