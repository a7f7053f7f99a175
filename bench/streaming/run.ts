// `npm run bench:streaming`: from local Pub/Sub to local BigQuery, sluice and a hand-written program in turns, medians of 3.
// The local cloud and the publisher are in this process; each run of a contestant is in a separate one.
// `-- --long` sends 2,000,000 messages through sluice: its memory must not grow.
import {cpus} from 'node:os'
import {setTimeout as pause} from 'node:timers/promises'
import {parseArgs} from 'node:util'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub, type Topic} from '@google-cloud/pubsub'
import {startLocalCloud} from 'sluice/emulators'
import {type Measured, runOnce} from '../measure.ts'
import {CommitTimes} from './commit-times.ts'
import {message, SCHEMA} from './message.ts'

const {values} = parseArgs({
  options: {
    messages: {type: 'string', default: '100000'},
    runs: {type: 'string', default: '3'},
    long: {type: 'boolean', default: false},
    'long-messages': {type: 'string', default: '2000000'},
  },
})
const CONTESTANTS = {sluice: './streaming/sluice.ts', 'by hand': './streaming/by-hand.ts'} as const
type Contestant = keyof typeof CONTESTANTS
const NAMES = Object.keys(CONTESTANTS) as Contestant[]
/** RSS may grow by this from 500,000 messages on, MB. */
const GROWTH = 50
/** Most messages waiting in the long run. */
const BACKLOG = 20_000
const SLICE = 5000
/** Seconds of the run at half load. */
const LATENCY_SECONDS = 15

const cloud = await startLocalCloud()
Object.assign(process.env, cloud.env)
const [pubsub, bigquery] = [new PubSub(), new BigQuery()]
await bigquery.createDataset('bench')
let lanes = 0
let failed = false

async function lane() {
  const name = `lane-${++lanes}`
  const [topic] = await pubsub.createTopic(name)
  topic.setPublishOptions({batching: {maxMessages: 1000, maxMilliseconds: 5}})
  const [{name: subscription}] = await topic.createSubscription(name)
  const table = `lane_${lanes}`
  await bigquery.dataset('bench').createTable(table, {schema: SCHEMA})
  return {topic, subscription, table: `bench.${table}`}
}

async function publish(topic: Topic, from: number, count: number): Promise<void> {
  const now = performance.timeOrigin + performance.now()
  await Promise.all(Array.from({length: count}, (_, i) => topic.publishMessage({data: message(from + i, now)})))
}

async function checkTable(table: string, messages: number): Promise<void> {
  const [[{n, ids}]] = await bigquery.query(`SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids FROM ${table}`)
  if (ids === messages && n === messages) return
  console.log(`  ${table}: ${n} rows, ${ids} ids of ${messages} messages`)
  if (ids !== messages) failed = true
}

/** A backlog that is there before the contestant starts. */
async function throughput(contestant: Contestant, messages: number): Promise<Measured> {
  const {topic, subscription, table} = await lane()
  for (let from = 0; from < messages; from += SLICE) await publish(topic, from, Math.min(SLICE, messages - from))
  const measured = await runOnce(CONTESTANTS[contestant], [subscription, table, String(messages)], {})
  await checkTable(table, messages)
  return measured
}

/** Milliseconds from publishing to committed, at a steady rate. */
async function latency(contestant: Contestant, rate: number): Promise<number[]> {
  const {topic, subscription, table} = await lane()
  const every = 20
  const portion = Math.max(1, Math.round((rate * every) / 1000))
  const messages = portion * Math.round((LATENCY_SECONDS * 1000) / every)
  const times = new CommitTimes(cloud.url)
  const env = {BIGQUERY_EMULATOR_HOST: await times.listen()}
  const running = runOnce(CONTESTANTS[contestant], [subscription, table, String(messages)], env)
  while (cloud.pubsub.stats(subscription)?.consumers === 0) await pause(20)
  const started = performance.now()
  for (let sent = 0, due = started; sent < messages; sent += portion) {
    await publish(topic, sent, portion)
    due += every
    await pause(Math.max(0, due - performance.now()))
  }
  await running
  times.close()
  await checkTable(table, messages)
  // the first seconds are those of a cold process
  return times.latencies.slice(Math.floor(times.latencies.length / 5)).sort((a, b) => a - b)
}

async function long(): Promise<void> {
  const messages = Number(values['long-messages'])
  const {topic, subscription, table} = await lane()
  const running = runOnce('./streaming/sluice.ts', [subscription, table, String(messages), 'rss'], {})
  let over = false
  const {wall, cpu, result} = await Promise.all([
    running.finally(() => {
      over = true
    }),
    (async () => {
      for (let from = 0; from < messages && !over; from += SLICE) {
        while (!over && (cloud.pubsub.stats(subscription)?.unacked ?? 0) > BACKLOG) await pause(5)
        await publish(topic, from, Math.min(SLICE, messages - from))
      }
    })(),
  ]).then(([measured]) => measured)
  await checkTable(table, messages)
  const {rssAt500k = 0, rssLater = 0} = result
  const grown = rssLater - rssAt500k
  const ok = grown < GROWTH
  if (!ok) failed = true
  console.log(
    `${ok ? 'ok' : 'FAILED'}: ${messages.toLocaleString('en')} messages in ${wall.toFixed(0)} s (${cpu.toFixed(0)} s CPU): RSS ` +
      `${rssAt500k.toFixed(0)} MB at 500,000, at most ${rssLater.toFixed(0)} MB later (limit: ${GROWTH} MB more)`,
  )
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!
const at = (sorted: readonly number[], part: number) => sorted[Math.floor((sorted.length - 1) * part)]!

async function compare(): Promise<void> {
  const messages = Number(values.messages)
  const all: Record<Contestant, Measured[]> = {sluice: [], 'by hand': []}
  for (let i = 0; i < Number(values.runs); i++)
    for (const name of NAMES) all[name].push(await throughput(name, messages))
  const of = (name: Contestant, what: (measured: Measured) => number) => median(all[name].map(what))
  console.log(`\n${messages.toLocaleString('en')} messages, median of ${values.runs} runs in turn`)
  console.log(`${'contestant'.padEnd(12)} messages/s  CPU us/message  RSS MB`)
  for (const name of NAMES) {
    const perSecond = of(name, ({wall}) => messages / wall)
    const perMessage = of(name, ({cpu}) => (cpu / messages) * 1e6)
    const rss = of(name, ({rssMB}) => rssMB)
    console.log(
      `${name.padEnd(12)} ${perSecond.toFixed(0).padStart(10)} ${perMessage.toFixed(1).padStart(15)} ${rss.toFixed(0).padStart(7)}`,
    )
  }
  const ratio = of('sluice', ({cpu}) => cpu) / of('by hand', ({cpu}) => cpu)
  console.log(`CPU per message, sluice to by hand: ${ratio.toFixed(2)}`)

  const rate = Math.min(...NAMES.map(name => of(name, ({wall}) => messages / wall))) / 2
  console.log(`\npublish -> committed at half load, ${Math.round(rate)} messages/s`)
  for (const name of NAMES) {
    const sorted = await latency(name, rate)
    console.log(`${name.padEnd(12)} p50 ${at(sorted, 0.5).toFixed(0)} ms, p99 ${at(sorted, 0.99).toFixed(0)} ms`)
  }
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`)
try {
  if (values.long) await long()
  else await compare()
} finally {
  await pubsub.close()
  await cloud.close()
}
if (failed) process.exitCode = 1
