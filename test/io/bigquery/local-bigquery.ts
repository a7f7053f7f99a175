import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {BigQuery} from '@google-cloud/bigquery'
import {Bundle, type Lease, type Logger, OffsetIds, Source, stageDescriptor, useClock} from '../../../lib/core/index.ts'
import {writeToBigQuery} from '../../../lib/dead-letters/index.ts'
import {type FaultAction, type FaultRule, type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import type {BigQuerySink, BigQueryWriteOptions, TableRow} from '../../../lib/io/bigquery/index.ts'
import {ManualClock} from '../../batching/manual-clock.ts'

export const SCHEMA = 'id:STRING,total:FLOAT'

export interface Row {
  id: string
  total: unknown
}

/** `count` rows `{id: 'r0', total: 0}`, … */
export function rows(count: number, from = 0): Row[] {
  return Array.from({length: count}, (_, i) => ({id: `r${from + i}`, total: from + i}))
}

/** A local BigQuery for a suite; each test has its own table, no faults, an empty log, and a clock that it moves. */
export class LocalBigQuery {
  cloud!: LocalCloud
  client!: BigQuery
  clock!: ManualClock
  table!: string
  warnings: string[] = []
  #count = 0
  readonly #random = Math.random

  constructor() {
    before(async () => {
      this.cloud = await startLocalCloud({services: ['bigquery'], clock: {now: () => this.clock.now()}})
      this.client = new BigQuery(this.cloud.clientOptions.bigquery)
      this.clock = new ManualClock()
      await this.client.createDataset('d')
    })
    beforeEach(() => {
      this.clock = new ManualClock()
      // Pauses before retries pass at once; the delay of a batch and the grace after a failure do not
      this.clock.skip = ms => ms !== 1000 && ms !== 10_000
      // a pause drawn by chance must not be as long as that delay: the clock could not tell them apart
      Math.random = () => 0.001 + 0.998 * this.#random()
      this.table = `t${++this.#count}`
      this.warnings = []
      this.cloud.faults.clear()
      this.cloud.log.clear()
      this.cloud.permissions = undefined
    })
    after(() => {
      Math.random = this.#random
      return this.cloud.close()
    })
  }

  /** A sink on this test's table, with the test's clock. */
  sink<R extends TableRow = TableRow>(options: Partial<BigQueryWriteOptions<R>> = {}): BigQuerySink<R> {
    const warn = (message: string) => void this.warnings.push(message)
    const logger: Logger = {debug() {}, info() {}, warn, error: warn}
    const sink = writeToBigQuery<R>({
      table: `d.${this.table}`,
      schema: SCHEMA,
      client: this.client,
      logger,
      ...options,
    })
    useClock(sink.info, this.clock)
    return sink
  }

  write(list: Iterable<unknown>, sink = this.sink()): Promise<void> {
    return pipeline(Readable.from(list), sink)
  }

  fault(action: FaultAction, more: Partial<FaultRule> = {}): void {
    this.cloud.faults.add({match: {call: 'tabledata.insertAll'}, do: action, ...more})
  }

  /** Makes this test's table beforehand. */
  async create(schema = SCHEMA): Promise<void> {
    await this.client.dataset('d').createTable(this.table, {schema})
    this.cloud.log.clear()
  }

  async addColumn(name: string, type: string): Promise<void> {
    const table = this.client.dataset('d').table(this.table)
    const [metadata] = await table.getMetadata()
    await table.setMetadata({schema: {fields: [...metadata.schema.fields, {name, type}]}})
  }

  async query<T = Record<string, unknown>>(select: string): Promise<T[]> {
    const [result] = await this.client.query(`${select} FROM d.${this.table}`)
    return result as T[]
  }

  async count(): Promise<number> {
    return Number((await this.query<{n: number}>('SELECT COUNT(*) AS n'))[0]!.n)
  }

  /** The insertAll requests so far. */
  get inserts() {
    return this.cloud.log.of({call: 'tabledata.insertAll'}).map(({status, requestBytes, notes}) => ({
      status,
      requestBytes,
      rows: notes['rows'] as number,
      insertIds: notes['insertIds'] as (string | undefined)[],
    }))
  }

  calls(call: string): number {
    return this.cloud.log.of({call}).length
  }
}

/** A source whose elements have ids (their index under `prefix`), and leases when asked for. */
export class TestSource<T> extends Source<T> {
  readonly list: readonly T[]
  readonly prefix: string
  readonly leases: TestLease[] | undefined
  handedOut = 0

  constructor(list: readonly T[], options: {prefix?: string; leased?: boolean} = {}) {
    super({}, stageDescriptor({leased: options.leased === true}))
    this.list = list
    this.prefix = options.prefix ?? 'test'
    this.leases = options.leased ? list.map(() => new TestLease()) : undefined
  }

  override *bundles(): Iterable<Bundle<T>> {
    for (let at = 0; at < this.list.length; at += 1000) {
      const values = this.list.slice(at, at + 1000)
      this.handedOut += values.length
      const offsets = values.map((_, i) => at + i)
      yield new Bundle(values, {
        ids: new OffsetIds(this.prefix, offsets),
        leases: this.leases?.slice(at, at + 1000),
      })
    }
  }
}

export class TestLease implements Lease {
  held = 1
  retain(n = 1): void {
    this.held += n
  }
  release(): void {
    this.held--
  }
  nack(): void {}
}
