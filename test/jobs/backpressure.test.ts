import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Source, writeToBigQuery} from 'sluice'
import {failure, until} from '../batching/manual-clock.ts'
import {SCHEMA, ToRow} from './rows.ts'
import {JobCloud, still} from './support.ts'

/** 1,500 values in the two batches in flight and the one being filled, and three buffers of 1,000. */
const MOST = 1500 + 3 * 1000

class Counting extends Source<string> {
  handedOut = 0
  readonly #size: number
  constructor(size: number) {
    super()
    this.#size = size
  }
  override async *bundles() {
    for (let id = 0; id < 100_000; ) {
      const values = Array.from({length: this.#size}, () => `${id++},x`)
      this.handedOut += values.length
      yield values
    }
  }
}

describe('a job whose insertAll never answers', () => {
  const job = new JobCloud()

  const sink = () => writeToBigQuery({table: job.table, schema: SCHEMA, maxRows: 500, maxInFlight: 2})

  for (const size of [1, 10, 999, 1000])
    it(`has taken at most 4,500 values of its source, which gives ${size} at a time`, async () => {
      await job.createTable()
      job.fault('tabledata.insertAll', {kind: 'hang'})
      const source = new Counting(size)
      const stop = new AbortController()
      const ended = failure(pipeline(source, new ToRow(), sink(), {signal: stop.signal}))
      await until(() => job.calls('tabledata.insertAll') === 2)
      const handedOut = await still(() => source.handedOut)
      stop.abort()
      await ended
      expect(handedOut).to.be.within(1500, MOST)
      expect(job.calls('tabledata.insertAll')).to.equal(2)
    })

  it('has taken one bundle more of a foreign Readable, whose values are gathered first', async () => {
    await job.createTable()
    job.fault('tabledata.insertAll', {kind: 'hang'})
    let handedOut = 0
    const lines = function* () {
      while (handedOut < 100_000) yield `${handedOut++},x`
    }
    const stop = new AbortController()
    const ended = failure(pipeline(Readable.from(lines()), new ToRow(), sink(), {signal: stop.signal}))
    await until(() => job.calls('tabledata.insertAll') === 2)
    const taken = await still(() => handedOut)
    stop.abort()
    await ended
    expect(taken).to.be.within(1500, MOST + 1000)
  })

  it('continues when the answer comes after all, and loses nothing', async () => {
    await job.createTable()
    job.fault('tabledata.insertAll', {kind: 'delay', ms: 200}, {nth: [1, 2]})
    await pipeline(new Counting(1000), new ToRow(), sink())
    expect(await job.counts()).to.deep.equal({rows: 100_000, ids: 100_000})
  }).timeout(60_000)
})
