// What a Node programmer writes by hand for one job: a stream of text, split() and Maps, each minute written when it is 5 s past.
// It does not handle quotes, bad rows, lateness, backpressure by rows or memory. Arguments: input, output, and
// `window` (count and sum per user and minute) or `batch` (per user).
import {createReadStream, createWriteStream} from 'node:fs'
import {contestant} from '../measure.ts'
import {MINUTE, SKEW} from './data.ts'

interface Cell {
  n: number
  total: number
}

await contestant(async () => {
  const [input = '', output = '', mode = 'window'] = process.argv.slice(2)
  const size = mode === 'window' ? MINUTE : Number.POSITIVE_INFINITY
  const out = createWriteStream(output)
  const minutes = new Map<number, Map<string, Cell>>()
  const counts = {rows: 0, events: 0, cents: 0}
  let latest = 0
  let rest = ''
  let header = true

  const write = async (start: number, users: Map<string, Cell>) => {
    let text = ''
    for (const [user, {n, total}] of users) {
      counts.rows++
      counts.events += n
      counts.cents += Math.round(total * 100)
      text += `${JSON.stringify(size === MINUTE ? {window_start: start, user, n, total} : {user, n, total})}\n`
      if (text.length < 2 ** 16) continue
      if (!out.write(text)) await new Promise<void>(resolve => out.once('drain', resolve))
      text = ''
    }
    if (!out.write(text)) await new Promise<void>(resolve => out.once('drain', resolve))
  }

  for await (const chunk of createReadStream(input, {encoding: 'utf8'})) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      if (header) {
        header = false
        continue
      }
      const [at, user, amount] = line.split(',') as [string, string, string]
      const time = Number(at)
      if (time > latest) latest = time
      const start = size === MINUTE ? time - (time % MINUTE) : 0
      let users = minutes.get(start)
      if (!users) minutes.set(start, (users = new Map()))
      const cell = users.get(user)
      if (cell) {
        cell.n++
        cell.total += Number(amount)
      } else users.set(user, {n: 1, total: Number(amount)})
    }
    for (const [start, users] of minutes) {
      if (start + size > latest - SKEW) continue
      minutes.delete(start)
      await write(start, users)
    }
  }
  for (const [start, users] of minutes) await write(start, users)
  await new Promise<void>(resolve => out.end(resolve))
  return counts
})
