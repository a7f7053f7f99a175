import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {PubSub, type Topic} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {DoFn, filter, map, PubSubMessage, readFromPubSub, silentLogger, writeToBigQuery, writeToPubSub} from 'sluice'
import {FakeClock} from 'sluice/testing'
import {failure} from '../batching/manual-clock.ts'
import {eventually, JobCloud, still} from './support.ts'

class MyStreamProcessing extends DoFn<Buffer, {id: string; text: string}> {
  *process(data: Buffer) {
    const id = data.toString()
    yield {id, text: `${id}!`}
  }
}

describe('the streaming job', () => {
  const job = new JobCloud()
  const schema = 'id:STRING,text:STRING'
  let pubsub: PubSub
  let topic: Topic

  beforeEach(async () => {
    pubsub = new PubSub(job.cloud.clientOptions.pubsub)
    ;[topic] = await pubsub.createTopic(`topic-${job.name}`)
    await topic.createSubscription(`sub-${job.name}`)
  })
  afterEach(() => pubsub.close())

  const stats = () => job.cloud.pubsub.stats(`projects/local-project/subscriptions/sub-${job.name}`)!
  const source = () => readFromPubSub({subscription: `sub-${job.name}`, logger: silentLogger})
  const sink = (maxDelay: number | '1s' = 50) => writeToBigQuery({table: job.table, schema, maxDelay})
  const publish = (count: number) =>
    Promise.all(Array.from({length: count}, (_, i) => topic.publishMessage({data: Buffer.from(`m${i}`)})))

  it('writes every message, acknowledges it after that, and ends when it is drained', async () => {
    await publish(1200)
    const from = source()
    const done = pipeline(from, new MyStreamProcessing(), sink())
    await eventually(() => stats().unacked === 0)
    void from.drain()
    await done
    expect(await job.counts()).to.deep.equal({rows: 1200, ids: 1200})
  })

  it('acknowledges nothing while BigQuery takes nothing', async () => {
    await publish(20)
    job.fault('tabledata.insertAll', {kind: 'status', status: 503})
    const from = source()
    const done = failure(pipeline(from, new MyStreamProcessing(), sink()))
    await eventually(() => job.calls('tabledata.insertAll') > 0)
    expect(stats().unacked).to.equal(20)
    expect(job.calls('pubsub.acknowledge')).to.equal(0)
    from.destroy(new Error('enough'))
    await done
    await eventually(() => stats().outstanding === 0)
    expect(stats().unacked).to.equal(20)
  })

  it('gives redelivered messages the same insertIds in another process: no row is doubled inside a minute', async () => {
    await publish(50)
    // everything is written, and no acknowledgement arrives
    job.fault('pubsub.acknowledge', {kind: 'dropAck'})
    const first = source()
    const crashed = failure(pipeline(first, new MyStreamProcessing(), sink()))
    await eventually(() => job.calls('pubsub.acknowledge') > 0 && first.info.metrics.extra['acked'] === 50)
    first.destroy(new Error('crash'))
    await crashed
    await eventually(() => stats().consumers === 0)
    expect(stats().unacked).to.equal(50)
    job.cloud.faults.clear()
    let time = Date.now()
    job.now = () => time
    time += 15_000
    job.cloud.pubsub.tick()
    const second = source()
    const done = pipeline(second, new MyStreamProcessing(), sink())
    await eventually(() => stats().unacked === 0)
    await second.drain()
    await done
    expect(second.info.metrics.out).to.equal(50)
    expect(await job.counts()).to.deep.equal({rows: 50, ids: 50})
  })

  const broken: [string, () => DoFn<unknown, unknown>][] = [
    ['process', () => map(() => expect.fail('broken'))],
    ['an asynchronous process', () => map(async () => expect.fail('broken'), {concurrency: 4})],
    [
      'setup',
      () =>
        Object.assign(
          map(x => x),
          {setup: () => expect.fail('broken')},
        ),
    ],
    [
      'finishBundle',
      () => Object.assign(new MyStreamProcessing(), {finishBundle: () => expect.fail('broken')}) as never,
    ],
  ]
  for (const [what, stage] of broken)
    it(`leaves messages to be delivered again when ${what} fails`, async () => {
      await publish(10)
      const error = await failure(pipeline(source(), stage(), sink()))
      expect(error.message).to.include('broken')
      await eventually(() => stats().outstanding === 0)
      expect(stats().unacked).to.equal(10)
    })

  it('has a message in BigQuery after maxDelay when no other comes', async () => {
    const clock = new FakeClock(Date.now())
    await publish(1)
    const to = clock.attach(sink('1s'))
    const from = clock.attach(source())
    const done = pipeline(from, new MyStreamProcessing(), to)
    await eventually(() => to.info.metrics.in === 1)
    await still(() => job.calls('tabledata.insertAll'))
    await clock.advance(999)
    expect(await still(() => job.calls('tabledata.insertAll'))).to.equal(0)
    await clock.advance(1)
    await eventually(() => stats().unacked === 0)
    await from.drain()
    await done
  })

  it('goes from topic to topic: a message is acknowledged when what was made of it is published', async () => {
    const [out] = await pubsub.createTopic(`out-${job.name}`)
    await out.createSubscription(`out-sub-${job.name}`)
    await publish(30)
    job.fault('pubsub.publish', {kind: 'status', status: 14}, {times: 1})
    const from = readFromPubSub({subscription: `sub-${job.name}`, withAttributes: true, logger: silentLogger})
    const done = pipeline(
      from,
      filter(({data}: PubSubMessage) => data.toString() !== 'm7'),
      map((message: PubSubMessage) => new PubSubMessage({data: message.data, attributes: {seen: 'yes'}})),
      writeToPubSub({topic: `out-${job.name}`}),
    )
    await eventually(() => stats().unacked === 0)
    await from.drain()
    await done
    expect(job.cloud.pubsub.stats(`projects/local-project/subscriptions/out-sub-${job.name}`)!.unacked).to.equal(29)
  })

  it('runs unchanged over a file of messages, and ends', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'messages-'))
    const lines = Array.from({length: 40}, (_, i) => JSON.stringify({data: Buffer.from(`m${i}`).toString('base64')}))
    await writeFile(join(dir, 'messages.jsonl'), lines.join('\n'))
    await pipeline(readFromPubSub({replay: join(dir, '*.jsonl')}), new MyStreamProcessing(), sink())
    await rm(dir, {recursive: true})
    expect(await job.counts()).to.deep.equal({rows: 40, ids: 40})
  })
})
