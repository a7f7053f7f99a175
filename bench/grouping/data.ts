// Input of the grouping benchmarks: events of an hour as CSV (time in epoch ms, one of 10,000 users, amount), out of order by
// up to 5 s. The same bytes every time.
import {closeSync, existsSync, openSync, renameSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {random} from '../job-j/data.ts'

/** 2026-01-01T00:00:00Z */
export const FROM = 1_767_225_600_000
export const MINUTE = 60_000
/** How far events are out of order, ms. */
export const SKEW = 5000
const HOUR = 3_600_000

/** Makes the file once and returns its name. */
export function eventsFile(events = 1_000_000, users = 10_000): string {
  const file = join(tmpdir(), `sluice-bench-events-${events}-${users}.csv`)
  if (existsSync(file)) return file
  const next = random(7)
  const fd = openSync(`${file}.part`, 'w')
  let text = 'time,user,amount\n'
  for (let i = 0; i < events; i++) {
    const time = FROM + Math.max(0, Math.floor((i / events) * HOUR - next() * SKEW))
    text += `${time},user-${Math.floor(next() * users)},${(next() * 100).toFixed(2)}\n`
    if (text.length < 2 ** 20) continue
    writeSync(fd, text)
    text = ''
  }
  writeSync(fd, text)
  closeSync(fd)
  renameSync(`${file}.part`, file)
  return file
}
