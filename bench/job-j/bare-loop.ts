import {createReadStream, createWriteStream, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {contestant} from '../measure.ts'
import {enrich, parseLine} from './user.ts'

await contestant(async () => {
  const [dir = '', outPath = ''] = process.argv.slice(2)
  const out = createWriteStream(outPath)
  let rows = 0
  let total = 0
  for (const name of readdirSync(dir)
    .filter(n => n.endsWith('.csv'))
    .sort()) {
    let rest = ''
    let header = true
    for await (const chunk of createReadStream(join(dir, name), {encoding: 'utf8', highWaterMark: 64 * 1024})) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      let text = ''
      for (const line of lines) {
        if (header) {
          header = false
          continue
        }
        const row = enrich(parseLine(line))
        if (!row) continue
        rows++
        total += row.total!
        text += `${JSON.stringify(row)}\n`
      }
      if (!out.write(text)) await new Promise<void>(resolve => out.once('drain', resolve))
    }
  }
  await new Promise<void>(resolve => out.end(resolve))
  return {rows, total: Math.round(total)}
})
