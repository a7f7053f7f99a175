// CSV files into objects by csv-parse, as its documentation shows it.
import {createReadStream, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {parse} from 'csv-parse'
import {contestant} from '../measure.ts'

await contestant(async () => {
  const [dir = ''] = process.argv.slice(2)
  let rows = 0
  let characters = 0
  for (const name of readdirSync(dir)
    .filter(n => n.endsWith('.csv'))
    .sort())
    await pipeline(
      createReadStream(join(dir, name), {highWaterMark: 128 * 1024}),
      parse({columns: true}),
      new Writable({
        objectMode: true,
        write(row: Record<string, string>, _, done) {
          rows++
          characters += row['id']!.length + row['city']!.length
          done()
        },
      }),
    )
  return {rows, characters}
})
