// `npm run demo:streaming`: sends 200,000 flights through the local Pub/Sub and samples/streaming.ts (in a separate process)
// into the local BigQuery; then SQL compares the ids in the table with those that were published.
// `-- --messages 5000` takes fewer flights; `-- --sabotage drop=3` loses three messages on purpose and must fail.
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {setTimeout as pause} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub, type Topic} from '@google-cloud/pubsub'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {flightSchema} from '../flights.ts'

/** Messages handed to the official client at once; it batches them. */
const SLICE = 5000
/** The job has stalled if nothing was acknowledged for this long, ms. */
const STANDSTILL = 60_000

const {values} = parseArgs({options: {messages: {type: 'string'}, sabotage: {type: 'string'}}})
const drop = Number(/^drop=(\d+)$/.exec(values.sabotage ?? 'drop=0')?.[1])
if (Number.isNaN(drop)) throw new Error(`--sabotage '${values.sabotage}' is not drop=NUMBER`)
const records: object[] = JSON.parse(
  readFileSync(new URL('../data/flights-200k.json', import.meta.resolve('vega-datasets')), 'utf8'),
)
const flights = records.slice(0, values.messages === undefined ? records.length : Number(values.messages))

const cloud = await startLocalCloud()
let job: ChildProcess | undefined
try {
  Object.assign(process.env, cloud.env)
  const [pubsub, bigquery] = [new PubSub(), new BigQuery()]
  const [topic] = await pubsub.createTopic('my-topic')
  const [subscription] = await topic.createSubscription('my-subscription')
  const [dataset] = await bigquery.createDataset('my_dataset')
  await dataset.createTable('my-table', {schema: flightSchema})
  console.log(`local cloud at ${cloud.url}, Pub/Sub at ${cloud.pubsub.host}; starting samples/streaming.ts`)

  const started = performance.now()
  job = startJob(subscription.name)
  const ended = once(job, 'exit')
  let published = 0
  const publishing = publish(topic, confirmed => {
    published = confirmed
  })
  await Promise.race([
    Promise.all([publishing, allAcknowledged(cloud, subscription.name, () => published)]),
    ended.then(([code, signal]) => Promise.reject(new Error(`samples/streaming.ts ended with ${code ?? signal}`))),
  ])
  const seconds = (performance.now() - started) / 1000
  console.log(
    `${published} messages in ${seconds.toFixed(1)} s, ${Math.round(published / seconds)} messages/s; SIGTERM`,
  )
  job.kill('SIGTERM')
  const [code, signal] = await ended
  if (code !== 0) throw new Error(`samples/streaming.ts did not drain: it ended with ${code ?? signal}`)
  await pubsub.close()

  console.log('the longest delays:')
  const query = async (sql: string) => (await bigquery.query(sql))[0]
  console.table(
    await query(
      'SELECT departure, distance_miles, delay_minutes FROM `my_dataset.my-table` ORDER BY delay_minutes DESC, id LIMIT 5',
    ),
  )
  await tellPublished(bigquery, published)
  const [counted] = await query(
    `SELECT (SELECT COUNT(*) FROM my_dataset.published) AS messages,
       (SELECT COUNT(*) FROM \`my_dataset.my-table\`) AS n,
       (SELECT COUNT(DISTINCT id) FROM \`my_dataset.my-table\`) AS ids,
       (SELECT COUNT(*) FROM my_dataset.published p LEFT JOIN \`my_dataset.my-table\` t ON t.id = p.id
         WHERE t.id IS NULL) AS lost`,
  )
  const {messages, n, ids, lost} = counted
  const ok = lost === 0 && messages === flights.length
  console.log(`${ok ? 'ok' : 'FAILED'}: published ${messages}, rows ${n}, duplicates ${n - ids}, lost ${lost}`)
  if (!ok) process.exitCode = 1
} finally {
  job?.kill('SIGKILL')
  await cloud.close()
}

function startJob(subscription: string): ChildProcess {
  const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  const sabotage = drop > 0 ? ['--import', file('streaming-sabotage.ts')] : []
  const args = ['--import', 'tsx', '-C', 'sluice:source', ...sabotage, file('../streaming.ts'), subscription]
  // which messages the sabotage drops
  const ids = Array.from({length: drop}, (_, i) => Math.floor((flights.length * (i + 1)) / (drop + 1)))
  return spawn(process.execPath, args, {env: {...process.env, DROP: ids.join()}, stdio: 'inherit'})
}

async function publish(topic: Topic, confirmed: (count: number) => void): Promise<void> {
  topic.setPublishOptions({batching: {maxMessages: 1000, maxMilliseconds: 10}})
  for (let from = 0; from < flights.length; from += SLICE) {
    const slice = flights.slice(from, from + SLICE)
    await Promise.all(
      slice.map((flight, i) => topic.publishMessage({data: Buffer.from(JSON.stringify({id: from + i, ...flight}))})),
    )
    confirmed(from + slice.length)
  }
}

/** Resolves when every message has been acknowledged; shows the progress on one line of the terminal. */
async function allAcknowledged(cloud: LocalCloud, subscription: string, published: () => number): Promise<void> {
  let before = 0
  let movedAt = Date.now()
  for (let shown = {at: performance.now(), acked: 0}; before < flights.length; await pause(20)) {
    const acked = published() - (cloud.pubsub.stats(subscription)?.unacked ?? 0)
    if (acked > before) {
      before = acked
      movedAt = Date.now()
    } else if (Date.now() - movedAt > STANDSTILL) throw new Error(`${acked} messages were acknowledged, and no more`)
    const now = performance.now()
    if (!process.stderr.isTTY || now - shown.at < 500) continue
    const rate = Math.round(((before - shown.acked) / (now - shown.at)) * 1000)
    process.stderr.write(`\r\u001b[Kpublished ${published()}, acknowledged ${before}, ${rate} messages/s `)
    shown = {at: now, acked: before}
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}

/** Writes a table of the ids whose publishing was confirmed, to compare with. */
async function tellPublished(bigquery: BigQuery, count: number): Promise<void> {
  const [table] = await bigquery.dataset('my_dataset').createTable('published', {schema: 'id:INTEGER'})
  for (let from = 0; from < count; from += 10_000) {
    const rows = Array.from({length: Math.min(10_000, count - from)}, (_, i) => ({json: {id: from + i}}))
    await table.insert(rows, {raw: true})
  }
}
