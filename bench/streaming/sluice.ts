// The job with sluice. Arguments: subscription, table, number of messages after which it drains, and whether to report RSS.
import {pipeline} from 'node:stream/promises'
import {DoFn, readFromPubSub, silentLogger, writeToBigQuery} from 'sluice'
import {contestant} from '../measure.ts'
import {MAX_OUTSTANDING, type Row, toRow} from './message.ts'

const [subscription = '', table = '', count = '', told] = process.argv.slice(2)
const messages = Number(count)

class Enrich extends DoFn<Buffer, Row> {
  *process(data: Buffer) {
    yield toRow(data)
  }
}

await contestant(async () => {
  const source = readFromPubSub({subscription, maxOutstanding: MAX_OUTSTANDING, logger: silentLogger})
  const samples: [number, number][] = []
  const watch = setInterval(() => {
    const acked = source.info.metrics.extra['acked'] ?? 0
    if (told && acked - (samples.at(-1)?.[0] ?? 0) >= 50_000) {
      samples.push([acked, process.memoryUsage().rss])
      console.error(`${acked} messages, RSS ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`)
    }
    if (acked < messages) return
    clearInterval(watch)
    void source.drain()
  }, 20)
  await pipeline(source, new Enrich(), writeToBigQuery<Row>({table}))
  return {messages: source.info.metrics.extra['acked'] ?? 0, ...growth(samples)}
})

/** RSS around 500,000 messages, and the most of what came after, MB. */
function growth(samples: readonly [number, number][]): Record<string, number> {
  if (samples.length === 0) return {}
  const MB = 2 ** 20
  const at = samples.filter(([acked]) => acked >= 400_000 && acked <= 600_000).map(([, rss]) => rss)
  const after = samples.filter(([acked]) => acked > 600_000).map(([, rss]) => rss)
  return {rssAt500k: Math.max(...at) / MB, rssLater: Math.max(...after) / MB}
}
