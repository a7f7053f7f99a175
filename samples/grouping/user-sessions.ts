// Sessions of user activity: a user's events belong together until a pause of half an hour. Files in, one row per session out.
// Run it: npx tsx samples/grouping/user-sessions.ts ['gs://my-bucket/game-*.csv' [sessions.csv]]
import {
  chain,
  count,
  deadLetter,
  groupBy,
  map,
  readFromText,
  sessions,
  sum,
  windowInto,
  withTimestamps,
  writeToCsv,
  writeToJson,
} from 'sluice'
import {isMain} from '../bird-strikes.ts'
import {type GameEvent, ParseEvent} from './game-events.ts'

const PAUSE = 30 * 60_000

export async function userSessions(pattern = 'gs://my-bucket/game-*.csv', output = 'sessions.csv'): Promise<void> {
  const parse = new ParseEvent({onError: deadLetter('bad')})
  parse.tagged('bad').pipe(writeToJson(`${output}.bad.jsonl`, {shardNameTemplate: '', overwrite: true}))
  await chain(
    readFromText(pattern),
    parse,
    withTimestamps((event: GameEvent) => event.at),
    windowInto(sessions(PAUSE)),
    groupBy('user', {events: count(), score: sum('score')}),
    // the window of a session ends a pause after its last event
    map((row, {window}) => ({...row, start: iso(window.start), minutes: (window.end - PAUSE - window.start) / 60_000})),
    writeToCsv(output, {shardNameTemplate: '', overwrite: true}),
  )
}

const iso = (time: number): string => new Date(time).toISOString()

if (isMain(import.meta.url)) await userSessions(...process.argv.slice(2))
