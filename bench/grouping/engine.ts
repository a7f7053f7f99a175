// A grouping alone, without files. Arguments: elements, distinct keys, open windows (0: none), `memory`.
import {pipeline} from 'node:stream/promises'
import {type Bundle, count, fixedWindows, groupBy, Sink, Source, windowInto} from 'sluice'
import {random} from '../job-j/data.ts'
import {contestant} from '../measure.ts'

interface Event {
  user: string
  at: number
}

const BUNDLE = 1000

class Events extends Source<Event> {
  override async *bundles() {
    const next = random(11)
    for (let i = 0; i < elements; i += BUNDLE)
      yield Array.from({length: BUNDLE}, () => ({
        user: `user-${Math.floor(next() * keys)}`,
        at: windows === 0 ? 0 : Math.floor(next() * windows) * 1000,
      }))
  }
}

class Totals extends Sink<{n: number}> {
  rows = 0
  events = 0
  override async writeBundle({values}: Bundle<{n: number}>) {
    this.rows += values.length
    for (const {n} of values) this.events += n
  }
  override commit() {}
}

const [elements = 0, keys = 1, windows = 0] = process.argv.slice(2, 5).map(Number)
const memory = process.argv[5] as `${number}MB`

await contestant(async () => {
  const baseMB = Math.round(process.memoryUsage().rss / 2 ** 20)
  const sink = new Totals()
  const perUser = groupBy('user', {n: count()}, {memory})
  const into = windowInto<Event>(fixedWindows(1000), {timestamp: ({at}) => at, outOfOrder: '1d'})
  if (windows === 0) await pipeline(new Events(), perUser, sink)
  else await pipeline(new Events(), into, perUser, sink)
  return {rows: sink.rows, events: sink.events, baseMB}
})
