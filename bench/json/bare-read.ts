import {createReadStream, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {contestant} from '../measure.ts'
import type {Order} from './data.ts'

await contestant(async () => {
  const [dir = ''] = process.argv.slice(2)
  let rows = 0
  let ids = 0
  for (const name of readdirSync(dir).sort()) {
    let rest = ''
    for await (const chunk of createReadStream(join(dir, name), {encoding: 'utf8', highWaterMark: 128 * 1024})) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        const row = JSON.parse(line) as Order
        rows++
        ids += row.id
      }
    }
  }
  return {rows, ids}
})
