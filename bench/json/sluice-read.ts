import {pipeline} from 'node:stream/promises'
import {type Bundle, readFromJson, Sink} from 'sluice'
import {contestant} from '../measure.ts'
import type {Order} from './data.ts'

await contestant(async () => {
  const [dir = '', format = 'lines'] = process.argv.slice(2)
  let rows = 0
  let ids = 0
  class Count extends Sink<Order> {
    override writeBundle({values}: Bundle<Order>) {
      for (const row of values) {
        rows++
        ids += row.id
      }
    }
    override commit() {}
  }
  await pipeline(readFromJson<Order>(`${dir}/part-*.json*`, {format: format as 'lines' | 'array'}), new Count())
  return {rows, ids}
})
