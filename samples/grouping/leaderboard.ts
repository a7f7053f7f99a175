// Beam's LeaderBoard: the score of each team per hour of event time, from Pub/Sub to BigQuery. While an hour is open, a row
// with the score so far follows every five minutes; the one that is on time says that the watermark has passed the hour; events that
// come up to two hours late correct it. The row with the largest `pane` is what is known of an hour.
// It runs until SIGTERM or Ctrl-C, which closes the hours that are open with what they hold.
// Run it: npx tsx samples/grouping/leaderboard.ts [projects/my-project/subscriptions/my-subscription]
import {
  afterProcessingTime,
  afterWatermark,
  chain,
  type Duration,
  deadLetter,
  fixedWindows,
  groupBy,
  map,
  readFromPubSub,
  sum,
  windowInto,
  writeToBigQuery,
} from 'sluice'
import {isMain} from '../bird-strikes.ts'
import {ParseEvent} from './game-events.ts'

export const leaderboardSchema = 'hour:TIMESTAMP,team:STRING,score:INTEGER,timing:STRING,pane:INTEGER'

const rejects = {
  table: 'my-rejects',
  dataset: 'my_dataset',
  schema: 'error:STRING,stack:STRING,stage:STRING',
  onUnknownField: 'ignore',
} as const

/** A message is a line of `user,team,score,milliseconds`, with the time as the attribute `at` too. */
export async function leaderboard(
  subscription = 'projects/my-project/subscriptions/my-subscription',
  early: Duration = '5m',
): Promise<void> {
  const source = readFromPubSub({subscription, decode: 'text', timestampAttribute: 'at'})
  const parse = new ParseEvent({onError: deadLetter('bad')})
  source.tagged('rejects').pipe(writeToBigQuery(rejects))
  parse.tagged('bad').pipe(writeToBigQuery(rejects))

  const drain = () => void source.drain({deadline: '8s'})
  process.once('SIGTERM', drain).once('SIGINT', drain)

  await chain(
    source,
    parse,
    windowInto(fixedWindows('1h'), {
      trigger: afterWatermark({early: afterProcessingTime(early), late: afterProcessingTime('10m')}),
      allowedLateness: '2h',
      accumulation: 'accumulating',
    }),
    // what is in open hours is in memory only: messages are acknowledged as soon as they are counted
    groupBy('team', {score: sum('score')}, {state: 'volatile'}),
    map(({team, score}, {window, pane}) => ({
      hour: new Date(window.start).toISOString(),
      team,
      score,
      timing: pane.timing,
      pane: pane.index,
    })),
    writeToBigQuery({table: 'leaderboard', dataset: 'my_dataset', schema: leaderboardSchema}),
  )
}

if (isMain(import.meta.url)) await leaderboard(process.argv[2])
