import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../lib/emulators/index.ts'
import {readFromPubSub} from '../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {testSink} from '../../lib/testing/index.ts'
import {map} from '../../lib/transforms/index.ts'

const SUBSCRIPTION = 'projects/local-project/subscriptions/orders'
const DETECTION = 'METADATA_SERVER_DETECTION'

describe('a run that reads from Pub/Sub', () => {
  const saved = process.env[DETECTION]
  let cloud: LocalCloud
  let client: PubSub
  before(async () => {
    process.env[DETECTION] = 'none'
    cloud = await startLocalCloud({services: ['pubsub']})
    client = new PubSub(cloud.clientOptions.pubsub)
  })
  after(async () => {
    await client.close()
    await cloud.close()
    if (saved === undefined) delete process.env[DETECTION]
    else process.env[DETECTION] = saved
  })
  beforeEach(async () => {
    await cloud.reset()
    const [topic] = await client.createTopic('orders')
    await topic.createSubscription('orders')
    await Promise.all(Array.from({length: 50}, (_, i) => topic.publishMessage({data: Buffer.from(String(i))})))
  })

  /** A run over the 50 messages, and its sink. */
  function start(acknowledge: 'write' | 'commit') {
    const p = new Pipeline({name: 'orders'})
    const sink = testSink<number>({acknowledge})
    p.apply('Read', readFromPubSub({subscription: SUBSCRIPTION, client}))
      .apply(
        'Number',
        map((data: Buffer) => Number(data.toString()), {onError: 'nack'}),
      )
      .apply('Keep', sink)
    return {run: p.run(), sink}
  }

  it('drains: everything read is committed and acknowledged, nothing comes again', async () => {
    const {run, sink} = start('commit')
    await sink.received(50)
    expect(cloud.pubsub.stats(SUBSCRIPTION)?.unacked).to.equal(50)
    await run.drain()
    expect(await run).to.include({drained: true})
    expect(cloud.pubsub.stats(SUBSCRIPTION)).to.deep.equal({unacked: 0, outstanding: 0, consumers: 0})
  })

  it('is cancelled: nothing is acknowledged that is not committed, and all is given back', async () => {
    const {run, sink} = start('commit')
    await sink.received(50)
    await run.cancel()
    expect(run.state).to.equal('cancelled')
    expect(cloud.pubsub.stats(SUBSCRIPTION)?.unacked).to.equal(50)
  })

  it('reports how its messages stand', async () => {
    const {run, sink} = start('commit')
    await sink.received(50)
    const [read, , keep] = run.metrics()
    expect(read!.extra).to.include({outstanding: 50})
    expect(keep!.in).to.equal(50)
    await run.drain()
    expect(run.metrics()[0]!.extra).to.include({outstanding: 0})
  })
})
