import {PassThrough, Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {startLocalCloud} from '../../lib/emulators/index.ts'
import {readFromPubSub} from '../../lib/io/pubsub/index.ts'
import {type PrometheusPage, prometheusPage} from '../../lib/monitor/index.ts'
import {create, discard, flatten, map, tee} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {until} from '../batching/manual-clock.ts'
import {rejection} from '../pipeline/support.ts'
import {valueIn} from './prometheus-parser.ts'

describe('what a monitor takes for one run', () => {
  let page: PrometheusPage
  beforeEach(() => {
    page = prometheusPage()
  })
  afterEach(() => page.stop())

  /** Runs by how they ended; nothing is left open. */
  const ended = async () => {
    await until(() => valueIn(page.text(), 'sluice_runs_active', {}) === undefined)
    expect(page.text()).to.not.include('sluice_stages{')
    const of = (state: string) => valueIn(page.text(), 'sluice_runs_total', {state})
    return {done: of('done'), failed: of('failed')}
  }
  const odd = (n: number) => {
    if (n % 2) throw new Error('odd')
    return n
  }

  it('a plain pipeline with a dead-letter branch', async () => {
    const even = map(odd, {onError: deadLetter('bad'), name: 'Even'})
    even.tagged('bad').pipe(discard({name: 'Bad'}))
    await pipeline(create([1, 2, 3]), even, discard())
    expect(await ended()).to.deep.equal({done: 1, failed: undefined})
    expect(valueIn(page.text(), 'sluice_elements_in_total', {stage: 'Bad'})).to.equal(2)
  })

  it('two sources in one flatten, and the branches of a tee', async () => {
    const branch = discard({name: 'Branch'})
    await pipeline(flatten(create([1, 2]), create([3])), tee(branch), discard({name: 'Main'}))
    expect(await ended()).to.deep.equal({done: 1, failed: undefined})
    for (const stage of ['Branch', 'Main'])
      expect(valueIn(page.text(), 'sluice_elements_in_total', {stage}), stage).to.equal(3)
  })

  it('stages with a foreign stream between them', async () => {
    const between = new PassThrough({objectMode: true})
    await pipeline(
      create([1, 2]),
      between,
      map((n: number) => n),
      discard(),
    )
    expect(await ended()).to.deep.equal({done: 1, failed: undefined})
  })

  it('a stage among foreign streams, with no element and with some', async () => {
    await pipeline(
      Readable.from([1, 2]),
      map((n: number) => n),
      async values => {
        for await (const _ of values);
      },
    )
    await pipeline(
      Readable.from([]),
      map((n: number) => n),
      discard(),
    )
    // no element, no start: nothing to tell
    expect(await ended()).to.deep.equal({done: 1, failed: undefined})
  })

  it('a plain pipeline that fails, once', async () => {
    await rejection(
      pipeline(
        create([1, 2, 3]),
        map(odd),
        map((n: number) => n),
        discard(),
      ),
    )
    expect(await ended()).to.deep.equal({done: undefined, failed: 1})
  })
})

describe('the metrics of a subscription', () => {
  const saved = process.env['METADATA_SERVER_DETECTION']
  before(() => void (process.env['METADATA_SERVER_DETECTION'] = 'none'))
  after(() => {
    if (saved === undefined) delete process.env['METADATA_SERVER_DETECTION']
    else process.env['METADATA_SERVER_DETECTION'] = saved
  })

  it('say while it runs what is out and how far it is behind', async () => {
    const cloud = await startLocalCloud({services: ['pubsub']})
    const client = new PubSub(cloud.clientOptions.pubsub)
    const page = prometheusPage()
    const gate = deferred()
    try {
      const [topic] = await client.createTopic('orders')
      await topic.createSubscription('orders')
      await Promise.all(['a', 'b', 'c'].map(text => topic.publishMessage({data: Buffer.from(text)})))
      const subscription = 'projects/local-project/subscriptions/orders'
      // without the hold after a start, during which nothing is known of older messages
      const source = readFromPubSub({subscription, client, name: 'Read', restartHold: 0})
      const wait = map(async (data: Buffer) => gate.promise.then(() => String(data)), {onError: 'nack'})
      const run = pipeline(source, wait, discard())
      const value = (family: string) => valueIn(page.text(), family, {stage: 'Read'})
      await until(() => value('sluice_outstanding') === 3)
      expect(value('sluice_watermark_lag_seconds')).to.be.at.least(0)
      expect(value('sluice_oldest_unacked_seconds')).to.be.at.least(0)
      expect(value('sluice_backlog')).to.equal(0)
      gate.resolve()
      await source.drain()
      await run
      expect(valueIn(page.text(), 'sluice_connector_total', {stage: 'Read', counted: 'acked'})).to.equal(3)
    } finally {
      page.stop()
      await client.close()
      await cloud.close()
    }
  }).timeout(60_000)
})
