import {createWriteStream} from 'node:fs'
import {join} from 'node:path'
import {contestant} from '../measure.ts'
import {HALF, order} from './data.ts'

await contestant(async () => {
  const [, outDir = ''] = process.argv.slice(2)
  const out = createWriteStream(join(outDir, 'bare.jsonl'))
  const rows = Array.from({length: 1000}, (_, n) => order(n))
  let written = 0
  for (; written < 2 * HALF; written += rows.length) {
    let text = ''
    for (const row of rows) text += `${JSON.stringify(row)}\n`
    if (!out.write(text)) await new Promise<void>(resolve => out.once('drain', resolve))
  }
  await new Promise<void>(resolve => out.end(resolve))
  return {rows: written, bytes: out.bytesWritten}
})
