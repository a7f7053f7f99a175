// The job of bare-loop.ts with sluice. Arguments: input, output, and `window` or `batch`.
import {pipeline} from 'node:stream/promises'
import {count, fixedWindows, groupBy, map, readFromCsv, sum, windowInto, writeToJson} from 'sluice'
import {contestant} from '../measure.ts'
import {SKEW} from './data.ts'

interface Event {
  time: number
  user: string
  amount: number
}

interface Row {
  user: string
  n: number
  total: number | bigint | null
}

await contestant(async () => {
  const [input = '', output = '', mode = 'window'] = process.argv.slice(2)
  const counts = {rows: 0, events: 0, cents: 0}
  const source = readFromCsv<Event>(input, {cast: {time: 'number', amount: 'number'}})
  const perUser = groupBy('user', {n: count(), total: sum('amount')})
  const look = (row: Row): Row => {
    counts.rows++
    counts.events += row.n
    counts.cents += Math.round(Number(row.total) * 100)
    return row
  }
  const sink = writeToJson(output, {overwrite: true})
  if (mode === 'window')
    await pipeline(
      source,
      windowInto(fixedWindows('1m'), {timestamp: (event: Event) => event.time, outOfOrder: SKEW}),
      perUser,
      map((row: Row, c) => ({window_start: c.window.start, ...look(row)})),
      sink,
    )
  else await pipeline(source, perUser, map(look), sink)
  return counts
})
