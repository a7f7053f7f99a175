import {createReadStream, createWriteStream, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {parse} from 'csv-parse'
import {contestant} from '../measure.ts'
import {enrich, type InRow} from './user.ts'

await contestant(async () => {
  const [dir = '', outPath = ''] = process.argv.slice(2)
  const out = createWriteStream(outPath)
  let rows = 0
  let total = 0
  for (const name of readdirSync(dir)
    .filter(n => n.endsWith('.csv'))
    .sort()) {
    await pipeline(
      createReadStream(join(dir, name)),
      parse({columns: true}),
      new Transform({
        writableObjectMode: true,
        transform(record: InRow, _, done) {
          const row = enrich(record)
          if (!row) return done()
          rows++
          total += row.total!
          done(null, `${JSON.stringify(row)}\n`)
        },
      }),
      out,
      {end: false},
    )
  }
  await new Promise<void>(resolve => out.end(resolve))
  return {rows, total: Math.round(total)}
})
