// The bare minimum: a loop over chunks, and one fetch per 500 rows.
import {createReadStream, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {BigQuery} from '@google-cloud/bigquery'
import {contestant} from '../measure.ts'
import {SCHEMA} from './schema.ts'
import {enrich, parseLine} from './user.ts'

await contestant(async () => {
  const [dir = '', tableName = ''] = process.argv.slice(2)
  const bigquery = new BigQuery()
  const [table] = await bigquery.dataset('bench').createTable(tableName, {schema: SCHEMA})
  const url = `${process.env['BIGQUERY_EMULATOR_HOST']}/projects/${await bigquery.getProjectId()}/datasets/bench/tables/${table.id}/insertAll`
  let rows = 0
  let total = 0
  let batch: string[] = []
  const send = async () => {
    const reply = await fetch(url, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: `{"rows":[${batch.join(',')}]}`,
    })
    batch = []
    if (!reply.ok) throw new Error(await reply.text())
    await reply.arrayBuffer()
  }
  for (const name of readdirSync(dir)
    .filter(n => n.endsWith('.csv'))
    .sort()) {
    let rest = ''
    let header = true
    for await (const chunk of createReadStream(join(dir, name), {encoding: 'utf8', highWaterMark: 64 * 1024})) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        if (header) {
          header = false
          continue
        }
        const row = enrich(parseLine(line))
        if (!row) continue
        rows++
        total += row.total!
        batch.push(`{"insertId":"${name}-${row.id}","json":${JSON.stringify(row)}}`)
        if (batch.length === 500) await send()
      }
    }
  }
  if (batch.length > 0) await send()
  return {rows, total: Math.round(total)}
})
