// The pages that are viewed most in each minute: Pub/Sub -> counts per page and minute -> the first three -> BigQuery.
// A message is {"page": "/home"} with an attribute `at`, the time of the view. It runs until SIGTERM or Ctrl-C, which closes the
// minutes that are open with what they hold.
// Run it: npx tsx samples/grouping/top-pages.ts [projects/my-project/subscriptions/my-subscription]
import {
  chain,
  count,
  type DeadLetter,
  DoFn,
  deadLetter,
  fixedWindows,
  flatMap,
  groupBy,
  map,
  readFromPubSub,
  top,
  windowInto,
  writeToBigQuery,
} from 'sluice'
import {isMain} from '../bird-strikes.ts'

export const topPagesSchema = 'minute:TIMESTAMP,rank:INTEGER,page:STRING,views:INTEGER'

const rejects = {
  table: 'my-rejects',
  dataset: 'my_dataset',
  schema: 'error:STRING,stack:STRING,stage:STRING',
  onUnknownField: 'ignore',
} as const

class ParseView extends DoFn<Buffer, {page: string}, {bad: DeadLetter<Buffer>}> {
  *process(data: Buffer) {
    const {page} = JSON.parse(data.toString())
    if (typeof page !== 'string') throw new Error('the message has no page')
    yield {page}
  }
}

export async function topPages(subscription = 'projects/my-project/subscriptions/my-subscription'): Promise<void> {
  const source = readFromPubSub({subscription, timestampAttribute: 'at'})
  const parse = new ParseView({onError: deadLetter('bad')})
  source.tagged('rejects').pipe(writeToBigQuery(rejects))
  parse.tagged('bad').pipe(writeToBigQuery(rejects))

  const drain = () => void source.drain({deadline: '8s'})
  process.once('SIGTERM', drain).once('SIGINT', drain)

  await chain(
    source,
    parse,
    windowInto(fixedWindows('1m')),
    // what is in open minutes is in memory only: messages are acknowledged as soon as they are counted
    groupBy('page', {views: count()}, {state: 'volatile'}),
    map((row, c) => ({...row, minute: new Date(c.window.start).toISOString()})),
    groupBy('minute', {pages: top(3, {by: 'views'})}, {name: 'top', state: 'volatile'}),
    flatMap(({minute, pages}) => pages.map(({page, views}, i) => ({minute, rank: i + 1, page, views}))),
    writeToBigQuery({table: 'top-pages', dataset: 'my_dataset', schema: topPagesSchema}),
  )
}

if (isMain(import.meta.url)) await topPages(process.argv[2])
