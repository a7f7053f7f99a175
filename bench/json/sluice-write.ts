import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {Bundle, Source, writeToJson} from 'sluice'
import {contestant} from '../measure.ts'
import {HALF, type Order, order} from './data.ts'

await contestant(async () => {
  const [, outDir = ''] = process.argv.slice(2)
  const rows = Array.from({length: 1000}, (_, n) => order(n))
  class Orders extends Source<Order> {
    override async *bundles() {
      for (let written = 0; written < 2 * HALF; written += rows.length) yield new Bundle(rows)
    }
  }
  const sink = writeToJson(join(outDir, 'sluice'), {shardNameTemplate: '', overwrite: true})
  await pipeline(new Orders(), sink)
  const {records = 0, bytes = 0} = sink.info.metrics.extra
  return {rows: records, bytes}
})
