// What people write by hand: csv-parse -> Transform -> a Writable that collects 500 rows and calls table.insert().
import {createReadStream, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {Transform, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {BigQuery} from '@google-cloud/bigquery'
import {parse} from 'csv-parse'
import {contestant} from '../measure.ts'
import {SCHEMA} from './schema.ts'
import {enrich, type InRow} from './user.ts'

await contestant(async () => {
  const [dir = '', tableName = ''] = process.argv.slice(2)
  const [table] = await new BigQuery().dataset('bench').createTable(tableName, {schema: SCHEMA})
  let rows = 0
  let total = 0
  let batch: InRow[] = []
  const files = readdirSync(dir)
    .filter(n => n.endsWith('.csv'))
    .sort()
  for (const name of files) {
    await pipeline(
      createReadStream(join(dir, name)),
      parse({columns: true}),
      new Transform({
        objectMode: true,
        transform(record: InRow, _, done) {
          const row = enrich(record)
          if (!row) return done()
          rows++
          total += row.total!
          done(null, row)
        },
      }),
      new Writable({
        objectMode: true,
        write(row: InRow, _, done) {
          batch.push(row)
          if (batch.length < 500) return done()
          const full = batch
          batch = []
          table.insert(full).then(() => done(), done)
        },
        final(done) {
          const rest = batch
          batch = []
          if (rest.length === 0) done()
          else table.insert(rest).then(() => done(), done)
        },
      }),
    )
  }
  return {rows, total: Math.round(total)}
})
