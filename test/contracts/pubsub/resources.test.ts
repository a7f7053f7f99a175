import {expect} from 'chai'
import {contract, failure} from './targets.ts'

contract('topics', promise => {
  promise('a topic can be read after its creation', async target => {
    const topic = await target.topic({labels: {team: 'a'}})
    const [{name, labels}] = await topic.getMetadata()
    expect({name, labels}).to.deep.equal({name: topic.name, labels: {team: 'a'}})
  })

  promise('a second topic of one name is ALREADY_EXISTS', async target => {
    const topic = await target.topic()
    expect(await failure(target.pubsub.createTopic(topic.name))).to.have.property('code', 6)
  })

  promise('a missing topic is NOT_FOUND', async target => {
    expect(await failure(target.pubsub.topic(target.name()).getMetadata())).to.have.property('code', 5)
  })

  for (const id of ['ab', '1abc', 'googabc', 'a b c', 'a'.repeat(256)])
    promise(`the topic id ${id.slice(0, 10)} of ${id.length} characters is INVALID_ARGUMENT`, async target => {
      expect(await failure(target.pubsub.createTopic(id))).to.have.property('code', 3)
    })

  promise('topics are listed, over pages too', async target => {
    const made = [await target.topic(), await target.topic(), await target.topic()].map(({name}) => name)
    const [all] = await target.publisher.listTopics({project: 'projects/local-project', pageSize: 2})
    expect(all.map(({name}) => name)).to.include.members(made)
  })

  promise(
    'labels are changed by an update',
    async target => {
      const topic = await target.topic({labels: {a: '1'}})
      await topic.setMetadata({labels: {b: '2'}})
      expect((await topic.getMetadata())[0].labels).to.deep.equal({b: '2'})
    },
    {wrong: 'labels of a topic cannot be changed'},
  )

  promise('the subscriptions of a topic are listed', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    const [names] = await target.publisher.listTopicSubscriptions({topic: topic.name})
    expect(names).to.deep.equal([subscription.name])
  })

  promise('the subscriptions of a deleted topic stay, and name no topic', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await topic.delete()
    expect((await subscription.getMetadata())[0].topic).to.equal('_deleted-topic_')
  })
})

contract('subscriptions', promise => {
  promise('a subscription has an ack deadline of 10 s and retains messages for 7 days', async target => {
    const [metadata] = await (await target.subscription(await target.topic())).getMetadata()
    expect(metadata.ackDeadlineSeconds).to.equal(10)
    expect(Number(metadata.messageRetentionDuration!.seconds)).to.equal(7 * 24 * 3600)
  })

  promise('a subscription to a missing topic is NOT_FOUND', async target => {
    const missing = target.pubsub.topic(target.name())
    expect(await failure(missing.createSubscription(target.name()))).to.have.property('code', 5)
  })

  promise('a second subscription of one name is ALREADY_EXISTS', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    expect(await failure(topic.createSubscription(subscription.name))).to.have.property('code', 6)
  })

  promise('an ack deadline of more than 600 s is INVALID_ARGUMENT', async target => {
    const topic = await target.topic()
    const options = {ackDeadlineSeconds: 601}
    expect(await failure(topic.createSubscription(target.name(), options))).to.have.property('code', 3)
  })

  promise('an update changes the fields that it names', async target => {
    const subscription = await target.subscription(await target.topic(), {labels: {a: '1'}})
    await subscription.setMetadata({ackDeadlineSeconds: 30})
    const [{ackDeadlineSeconds, labels}] = await subscription.getMetadata()
    expect({ackDeadlineSeconds, labels}).to.deep.equal({ackDeadlineSeconds: 30, labels: {a: '1'}})
  })

  promise('an update of the filter is INVALID_ARGUMENT', async target => {
    const subscription = await target.subscription(await target.topic())
    expect(await failure(subscription.setMetadata({filter: 'attributes:a'}))).to.have.property('code', 3)
  })

  promise('subscriptions are listed', async target => {
    const {name} = await target.subscription(await target.topic())
    const [all] = await target.pubsub.getSubscriptions()
    expect(all.map(one => one.name)).to.include(name)
  })

  promise('a deleted subscription is NOT_FOUND', async target => {
    const subscription = await target.subscription(await target.topic())
    await subscription.delete()
    expect(await failure(target.pullNow(subscription))).to.have.property('code', 5)
  })

  promise(
    'a detached subscription gives nothing any more',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic)
      await target.pubsub.detachSubscription(subscription.name)
      expect((await subscription.getMetadata())[0].detached).to.equal(true)
      expect(await failure(target.pullNow(subscription))).to.have.property('code', 9)
    },
    {wrong: 'DetachSubscription is unimplemented'},
  )
})

contract('publishing', promise => {
  promise('data, attributes and ids arrive', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    const [id] = await target.publish(topic, {data: 'hello', attributes: {a: '1'}, orderingKey: 'k'})
    const [message] = await target.pull(subscription, 1)
    expect(message).to.deep.include({data: 'hello', id, attributes: {a: '1'}, orderingKey: 'k', attempt: 0})
  })

  promise('a message of attributes alone is fine', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, {attributes: {a: '1'}})
    expect((await target.pull(subscription, 1))[0]).to.deep.include({data: '', attributes: {a: '1'}})
  })

  promise('publishing to a missing topic is NOT_FOUND', async target => {
    expect(await failure(target.publish(target.pubsub.topic(target.name()), 'x'))).to.have.property('code', 5)
  })

  promise('an empty message is INVALID_ARGUMENT', async target => {
    expect(await failure(target.publish(await target.topic(), ''))).to.have.property('code', 3)
  })

  const many = Object.fromEntries(Array.from({length: 101}, (_, at) => [`k${at}`, 'v']))
  const bad: [string, Record<string, string>][] = [
    ['an attribute key of more than 256 bytes', {['k'.repeat(257)]: 'v'}],
    ['an attribute value of more than 1024 bytes', {k: 'v'.repeat(1025)}],
    ['more than 100 attributes', many],
    ['an attribute that starts with goog', {googleplex: 'v'}],
  ]
  for (const [what, attributes] of bad)
    promise(
      `${what} is INVALID_ARGUMENT`,
      async target => {
        expect(await failure(target.publish(await target.topic(), {data: 'x', attributes}))).to.have.property('code', 3)
      },
      {wrong: 'the limits of attributes are not enforced'},
    )

  promise('more than 1000 messages in one request are INVALID_ARGUMENT', async target => {
    const messages = Array.from({length: 1001}, () => 'x')
    expect(await failure(target.publish(await target.topic(), ...messages))).to.have.property('code', 3)
  })

  promise(
    'a request of more than 10 MB is INVALID_ARGUMENT',
    async target => {
      const topic = await target.topic()
      expect(await failure(target.publish(topic, 'x'.repeat(10_000_001)))).to.have.property('code', 3)
    },
    {wrong: 'the limit is not enforced'},
  )
})
