import {expect} from 'chai'
import {failure, usePubSub} from './fixture.ts'

describe('permissions of the local Pub/Sub', () => {
  const local = usePubSub()
  const topic = 'projects/local-project/topics/my-topic'
  const once = {retry: null as never}

  /** Every call with exactly the permissions that Google documents for it. */
  const calls: [string, () => Promise<unknown>, string[]][] = [
    ['making a topic', () => local.pubsub.createTopic('other'), ['pubsub.topics.create']],
    ['reading a topic', () => local.topic.getMetadata(), ['pubsub.topics.get']],
    ['listing topics', () => local.pubsub.getTopics(), ['pubsub.topics.list']],
    ['changing a topic', () => local.topic.setMetadata({labels: {a: '1'}}), ['pubsub.topics.update']],
    ['deleting a topic', () => local.topic.delete(), ['pubsub.topics.delete']],
    ['publishing', () => local.publish('a'), ['pubsub.topics.publish']],
    ['detaching', () => local.pubsub.detachSubscription('my-sub'), ['pubsub.topics.detachSubscription']],
    [
      'making a subscription',
      () => local.topic.createSubscription('other'),
      ['pubsub.subscriptions.create', 'pubsub.topics.attachSubscription'],
    ],
    ['reading a subscription', () => local.subscription.getMetadata(), ['pubsub.subscriptions.get']],
    ['listing subscriptions', () => local.pubsub.getSubscriptions(), ['pubsub.subscriptions.list']],
    [
      'changing a subscription',
      () => local.subscription.setMetadata({labels: {a: '1'}}),
      ['pubsub.subscriptions.update'],
    ],
    ['deleting a subscription', () => local.subscription.delete(), ['pubsub.subscriptions.delete']],
    ['pulling', () => local.pull(), ['pubsub.subscriptions.consume']],
    ['seeking to a time', () => local.subscription.seek(new Date()), ['pubsub.subscriptions.consume']],
    [
      'making a snapshot',
      () => local.subscription.createSnapshot('my-snapshot'),
      ['pubsub.snapshots.create', 'pubsub.subscriptions.consume'],
    ],
    ['listing snapshots', () => local.pubsub.getSnapshots(), ['pubsub.snapshots.list']],
  ]

  for (const [what, call, needed] of calls) {
    it(`${what} works with ${needed.join(' and ')} alone`, async () => {
      local.cloud.permissions = needed
      await call()
    })

    for (const missing of needed)
      it(`${what} is PERMISSION_DENIED without ${missing}`, async () => {
        local.cloud.permissions = needed.filter(permission => permission !== missing)
        const error = await failure(call())
        expect(error).to.have.property('code', 7)
        expect(error.message).to.include(missing)
      })
  }

  it('seeking to a snapshot needs pubsub.snapshots.seek as well', async () => {
    const [snapshot] = await local.subscription.createSnapshot('my-snapshot')
    local.cloud.permissions = ['pubsub.subscriptions.consume']
    expect((await failure(snapshot.seek(once))).message).to.include('pubsub.snapshots.seek')
    local.cloud.permissions = ['pubsub.subscriptions.consume', 'pubsub.snapshots.seek']
    await snapshot.seek()
  })

  it('a stream needs pubsub.subscriptions.consume', async () => {
    local.cloud.permissions = []
    const error = await new Promise<{code?: number}>(resolve => {
      local.subscription.on('message', () => {}).on('error', resolve)
    })
    expect(error).to.have.property('code', 7)
  })

  it('the error names the resource', async () => {
    local.cloud.permissions = []
    expect((await failure(local.topic.getMetadata(once))).message).to.include(topic)
  })
})
