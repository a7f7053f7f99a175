// Beam's HourlyTeamScore: the score of each team in each hour of event time, whatever the order of the events in the files.
// Run it: npx tsx samples/grouping/hourly-team-score.ts ['gs://my-bucket/game-*.csv' [scores.csv]]
import {
  chain,
  deadLetter,
  fixedWindows,
  groupBy,
  map,
  readFromText,
  sum,
  windowInto,
  withTimestamps,
  writeToCsv,
  writeToJson,
} from 'sluice'
import {isMain} from '../bird-strikes.ts'
import {type GameEvent, ParseEvent} from './game-events.ts'

export async function hourlyTeamScore(pattern = 'gs://my-bucket/game-*.csv', output = 'scores.csv'): Promise<void> {
  const parse = new ParseEvent({onError: deadLetter('bad')})
  parse.tagged('bad').pipe(writeToJson(`${output}.bad.jsonl`, {shardNameTemplate: '', overwrite: true}))
  await chain(
    readFromText(pattern),
    parse,
    withTimestamps((event: GameEvent) => event.at),
    windowInto(fixedWindows('1h')),
    groupBy('team', {score: sum('score')}),
    map((row, c) => ({hour: new Date(c.window.start).toISOString(), ...row})),
    writeToCsv(output, {shardNameTemplate: '', overwrite: true}),
  )
}

if (isMain(import.meta.url)) await hourlyTeamScore(...process.argv.slice(2))
