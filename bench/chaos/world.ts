import {BigQuery} from '@google-cloud/bigquery'
import {PubSub, type Topic} from '@google-cloud/pubsub'
import {type LocalCloud, type LogEntry, startLocalCloud} from 'sluice/emulators'

const DATASET = 'chaos'
const SCHEMA = 'id:INTEGER,text:STRING'
/** Messages handed to the official client at once. */
const SLICE = 5000
/** Rows of the table of published ids in one request. */
const INSERT = 10_000

/** One subscription and one table, which nobody else uses. */
export interface Lane {
  topic: Topic
  subscription: string
  table: string
  /** Messages whose publishing was confirmed: their ids are 0, 1, … */
  published: number
  streams: Set<LogEntry>
}

/** What SQL counts in a lane. */
export interface Counted {
  messages: number
  rows: number
  duplicates: number
  lost: number
}

/** The local cloud, and possibly another Pub/Sub beside it; time can be moved on. */
export class World {
  readonly cloud: LocalCloud
  readonly pubsub: PubSub
  readonly bigquery: BigQuery
  /** What a worker's environment must have. */
  readonly env: Readonly<Record<string, string>>
  /** False for a Pub/Sub that is not the local cloud's: no faults, no look inside. */
  readonly isLocal: boolean
  readonly #clock: {ahead: number}
  #lanes = 0

  private constructor(cloud: LocalCloud, clock: {ahead: number}, host: string | undefined) {
    this.cloud = cloud
    this.#clock = clock
    this.isLocal = host === undefined
    this.env = {...cloud.env, ...(host !== undefined && {PUBSUB_EMULATOR_HOST: host})}
    this.pubsub = new PubSub({...cloud.clientOptions.pubsub, ...(host !== undefined && {apiEndpoint: host})})
    this.bigquery = new BigQuery(cloud.clientOptions.bigquery)
  }

  /** `pubsubHost`: another server for Pub/Sub. `stopped`: the local cloud's time stands still but for `advance`. */
  static async start(pubsubHost?: string, stopped = false): Promise<World> {
    // keeps the clients from looking for a metadata server
    process.env['METADATA_SERVER_DETECTION'] = 'none'
    const clock = {ahead: 0}
    const startedAt = Date.now()
    const now = () => (stopped ? startedAt : Date.now()) + clock.ahead
    const cloud = await startLocalCloud({clock: {now}})
    const world = new World(cloud, clock, pubsubHost)
    await world.bigquery.createDataset(DATASET)
    return world
  }

  async close(): Promise<void> {
    await this.pubsub.close()
    await this.cloud.close()
  }

  /** Moves the local cloud's time on, and does what is due. */
  advance(ms: number): void {
    this.#clock.ahead += ms
    this.cloud.pubsub.tick()
  }

  async lane(exactlyOnce = false): Promise<Lane> {
    // the other server may have lanes of an earlier run
    const name = `lane-${process.pid}-${++this.#lanes}`
    const [topic] = await this.pubsub.createTopic(name)
    const [{name: subscription}] = await topic.createSubscription(name, {enableExactlyOnceDelivery: exactlyOnce})
    const table = name.replaceAll('-', '_')
    await this.bigquery.dataset(DATASET).createTable(table, {schema: SCHEMA})
    topic.setPublishOptions({batching: {maxMessages: 1000, maxMilliseconds: 5}})
    return {topic, subscription, table: `${DATASET}.${table}`, published: 0, streams: new Set()}
  }

  /** Publishes the next `count` messages of a lane with the official client. */
  async publish(lane: Lane, count: number): Promise<void> {
    for (let left = count; left > 0; left -= SLICE) {
      const from = lane.published
      const part = Math.min(left, SLICE)
      const sent = Array.from({length: part}, (_, i) => {
        const id = from + i
        return lane.topic.publishMessage({data: Buffer.from(JSON.stringify({id, text: `message ${id}`}))})
      })
      await Promise.all(sent)
      lane.published += part
    }
  }

  /** Rows so far. */
  async rows({table}: Lane): Promise<number> {
    const [[row]] = await this.bigquery.query(`SELECT COUNT(*) AS n FROM ${table}`)
    return Number(row.n)
  }

  /** Different ids so far. */
  async ids({table}: Lane): Promise<number> {
    const [[row]] = await this.bigquery.query(`SELECT COUNT(DISTINCT id) AS n FROM ${table}`)
    return Number(row.n)
  }

  /** Unacknowledged messages; undefined for another server. */
  unacked({subscription}: Lane): number | undefined {
    return this.isLocal ? this.cloud.pubsub.stats(subscription)?.unacked : undefined
  }

  /** Messages under lease; undefined for another server. */
  outstanding({subscription}: Lane): number | undefined {
    return this.isLocal ? this.cloud.pubsub.stats(subscription)?.outstanding : undefined
  }

  /** Deliveries beyond the first of each message; to be called often enough for the log not to forget a stream. */
  redelivered(lane: Lane): number | undefined {
    if (!this.isLocal) return undefined
    const path = `/${lane.subscription}`
    for (const entry of this.cloud.log.of({call: 'pubsub.streamingPull'}))
      if (entry.path === path) lane.streams.add(entry)
    let delivered = 0
    for (const {notes} of lane.streams) delivered += Number(notes['messages'] ?? 0)
    return delivered - lane.published
  }

  /** Compares the ids in the table with those that were published, by SQL. */
  async count(lane: Lane): Promise<Counted> {
    const published = `${lane.table}_published`
    const [, name = ''] = published.split('.')
    const [table] = await this.bigquery.dataset(DATASET).createTable(name, {schema: 'id:INTEGER'})
    for (let from = 0; from < lane.published; from += INSERT) {
      const length = Math.min(INSERT, lane.published - from)
      await table.insert(
        Array.from({length}, (_, i) => ({json: {id: from + i}})),
        {raw: true},
      )
    }
    const [[row]] = await this.bigquery.query(
      `SELECT (SELECT COUNT(*) FROM ${published}) AS messages, (SELECT COUNT(*) FROM ${lane.table}) AS n,
         (SELECT COUNT(DISTINCT id) FROM ${lane.table}) AS ids,
         (SELECT COUNT(*) FROM ${published} p LEFT JOIN ${lane.table} t ON t.id = p.id WHERE t.id IS NULL) AS lost`,
    )
    const [messages, rows, ids, lost] = [row.messages, row.n, row.ids, row.lost].map(Number) as [
      number,
      number,
      number,
      number,
    ]
    return {messages, rows, duplicates: rows - ids, lost}
  }
}
