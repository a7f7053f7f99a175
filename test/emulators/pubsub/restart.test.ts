import {PubSub, v1} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {parseAckId} from '../../../lib/emulators/pubsub/messages/ack-id.ts'

const SUBSCRIPTION = 'projects/local-project/subscriptions/my-sub'

/** Starts a local cloud, publishes a message and pulls it. */
async function start() {
  const cloud = await startLocalCloud({services: ['pubsub'], clock: {now: () => Date.UTC(2024, 5, 15)}})
  const pubsub = new PubSub(cloud.clientOptions.pubsub)
  type Config = ConstructorParameters<typeof v1.SubscriberClient>[0]
  const subscriber = new v1.SubscriberClient((await pubsub.getClientConfig()) as Config)
  const [topic] = await pubsub.createTopic('my-topic')
  await topic.createSubscription('my-sub')
  const id = await topic.publishMessage({data: Buffer.from('data')})
  const [{receivedMessages}] = await subscriber.pull({subscription: SUBSCRIPTION, maxMessages: 1})
  const ackId = receivedMessages![0]!.ackId!
  const stop = async () => {
    await Promise.all([subscriber.close(), pubsub.close()])
    await cloud.close()
  }
  return {cloud, subscriber, id, ackId, stop}
}

const unacked = (cloud: LocalCloud) => cloud.contents().then(({subscriptions}) => subscriptions[0]!.unacked)

describe('a local Pub/Sub that was started again', () => {
  const saved = process.env['METADATA_SERVER_DETECTION']
  before(() => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
  })
  after(() => {
    if (saved === undefined) delete process.env['METADATA_SERVER_DETECTION']
    else process.env['METADATA_SERVER_DETECTION'] = saved
  })

  it('gives no id again: clients that have stayed would take the message for one that they know', async () => {
    const first = await start()
    await first.stop()
    const second = await start()
    await second.stop()
    expect(Number(second.id)).to.be.greaterThan(Number(first.id))
    expect(parseAckId(second.ackId).uid).not.to.equal(parseAckId(first.ackId).uid)
  })

  it('does not take an ack id of before for one of its messages', async () => {
    const first = await start()
    await first.stop()
    const second = await start()
    await second.subscriber.acknowledge({subscription: SUBSCRIPTION, ackIds: [first.ackId]})
    expect(await unacked(second.cloud)).to.equal(1)
    await second.subscriber.acknowledge({subscription: SUBSCRIPTION, ackIds: [second.ackId]})
    expect(await unacked(second.cloud)).to.equal(0)
    await second.stop()
  })
})
