import {pipeline} from 'node:stream/promises'
import {PubSub, type Topic} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {deadLetter, map, readAllFromText, readFromPubSub, silentLogger, writeToBigQuery, writeToPubSub} from 'sluice'
import {failure} from '../batching/manual-clock.ts'
import {eventually, JobCloud} from './support.ts'

describe('a job whose messages are paths', () => {
  const job = new JobCloud()
  const schema = 'id:STRING'
  let pubsub: PubSub
  let topic: Topic

  beforeEach(async () => {
    pubsub = new PubSub(job.cloud.clientOptions.pubsub)
    ;[topic] = await pubsub.createTopic(`topic-${job.name}`)
    await topic.createSubscription(`sub-${job.name}`)
  })
  afterEach(() => pubsub.close())

  const stats = () => job.cloud.pubsub.stats(`projects/local-project/subscriptions/sub-${job.name}`)!
  const publish = (path: string) => topic.publishMessage({data: Buffer.from(path)})
  const source = () => readFromPubSub({subscription: `sub-${job.name}`, logger: silentLogger})
  const paths = () => map(String)
  const rows = () => map((id: string) => ({id}))
  const sink = () => writeToBigQuery<{id: string}>({table: job.table, schema, maxDelay: 50, logger: silentLogger})
  const lines = (name: string, count: number) => Array.from({length: count}, (_, i) => `${name}-${i}\n`).join('')

  it('acknowledges a path when every line of its files is written', async () => {
    await publish(await job.put('a', lines('a', 3000)))
    await job.put('b1', lines('b1', 10))
    await job.put('b2', lines('b2', 10))
    await publish(`gs://my-bucket/${job.name}/b*`)
    const from = source()
    const done = pipeline(from, paths(), readAllFromText(), rows(), sink())
    await eventually(() => stats().unacked === 0)
    expect(await job.counts()).to.deep.equal({rows: 3020, ids: 3020})
    void from.drain()
    await done
  })

  it('acknowledges nothing while one line of a path cannot be written', async () => {
    await publish(await job.put('a', lines('a', 3000)))
    // six requests of 500 rows, the last of which is never taken
    job.fault('tabledata.insertAll', {kind: 'status', status: 503}, {nth: Array.from({length: 200}, (_, i) => i + 6)})
    const from = source()
    const done = failure(pipeline(from, paths(), readAllFromText(), rows(), sink()))
    await eventually(() => job.calls('tabledata.insertAll') >= 6)
    await eventually(
      () => job.cloud.log.of({call: 'tabledata.insertAll'}).filter(({status}) => status === 200).length >= 5,
    )
    expect(stats().unacked).to.equal(1)
    expect(job.calls('pubsub.acknowledge')).to.equal(0)
    from.destroy(new Error('enough'))
    await done
  })

  it('writes the same insertIds when a path is delivered again: no row is doubled inside a minute', async () => {
    await publish(await job.put('a', lines('a', 500)))
    job.fault('pubsub.acknowledge', {kind: 'dropAck'})
    const first = source()
    const crashed = failure(pipeline(first, paths(), readAllFromText(), rows(), sink()))
    await eventually(() => first.info.metrics.extra['acked'] === 1)
    first.destroy(new Error('crash'))
    await crashed
    await eventually(() => stats().consumers === 0)
    job.cloud.faults.clear()
    let time = Date.now()
    job.now = () => time
    time += 15_000
    job.cloud.pubsub.tick()
    const second = source()
    const done = pipeline(second, paths(), readAllFromText(), rows(), sink())
    await eventually(() => stats().unacked === 0)
    await second.drain()
    await done
    expect(await job.counts()).to.deep.equal({rows: 500, ids: 500})
  })

  it('sends a path that does not exist to a topic, and acknowledges it when that has taken it', async () => {
    await pubsub.createTopic(`bad-${job.name}`)
    await publish(`gs://my-bucket/${job.name}/nope`)
    await publish(await job.put('a', lines('a', 10)))
    const from = source()
    const read = readAllFromText({onError: deadLetter('bad')})
    const toText = map(({element}: {element: string}) => element)
    const done = Promise.all([
      pipeline(from, paths(), read, rows(), sink()),
      pipeline(read.tagged('bad'), toText, writeToPubSub({topic: `bad-${job.name}`})),
    ])
    await eventually(() => stats().unacked === 0)
    expect(job.calls('pubsub.publish')).to.be.greaterThan(0)
    void from.drain()
    await done
    expect(await job.counts()).to.deep.equal({rows: 10, ids: 10})
  })
})
