import type {Subscription} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {contract, dataOf, failure, listen, type Pulled, type Target} from './targets.ts'

/** Pulls so many messages of one key, acknowledging each, and gives their data. */
async function takeInTurn(target: Target, subscription: Subscription, count: number): Promise<string[]> {
  const data: string[] = []
  while (data.length < count) {
    const batch = await target.pull(subscription, 1)
    data.push(...dataOf(batch))
    await target.ack(subscription, ...batch)
  }
  return data
}

const keyed = (...data: string[]) => data.map(one => ({data: one, orderingKey: 'k'}))

contract('ordering', promise => {
  promise('messages of a key come in the order of publishing', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic, {enableMessageOrdering: true})
    for (const data of ['1', '2', '3', '4', '5']) await target.publish(topic, ...keyed(data))
    expect(await takeInTurn(target, subscription, 5)).to.deep.equal(['1', '2', '3', '4', '5'])
  })

  promise(
    'a nack brings the message and all later ones of its key again, in order',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic, {enableMessageOrdering: true})
      await target.publish(topic, ...keyed('1', '2', '3'))
      const [, second] = await target.pull(subscription, 3)
      await target.modify(subscription, 0, second!)
      // The first is still out, so the key is not free: a stream that held it would go on, a pull waits for it.
      await target.pass(11_000)
      expect(await takeInTurn(target, subscription, 3)).to.deep.equal(['1', '2', '3'])
    },
    {wrong: 'the nacked message comes alone, at the end'},
  )

  promise(
    'later messages of a key come again although they were acknowledged',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic, {enableMessageOrdering: true})
      await target.publish(topic, ...keyed('1', '2'))
      const [first, second] = await target.pull(subscription, 2)
      await target.ack(subscription, second!)
      await target.modify(subscription, 0, first!)
      expect(await takeInTurn(target, subscription, 2)).to.deep.equal(['1', '2'])
    },
    {wrong: 'only the nacked message comes again'},
  )

  promise(
    'acknowledgements that come after the nack of an earlier message of the key do not count',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic, {enableMessageOrdering: true})
      const data = Array.from({length: 20}, (_, i) => String(i))
      await target.publish(topic, ...keyed(...data))
      const batch = await target.pull(subscription, 20)
      await target.ack(subscription, ...batch.slice(0, 5))
      await target.modify(subscription, 0, batch[5]!)
      await target.ack(subscription, ...batch.slice(6))
      expect(await takeInTurn(target, subscription, 15)).to.deep.equal(data.slice(5))
    },
    {wrong: 'only the nacked message comes again'},
  )

  promise('one key does not wait for another', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic, {enableMessageOrdering: true})
    await target.publish(topic, {data: 'a', orderingKey: 'a'})
    await target.pull(subscription, 1)
    await target.publish(topic, {data: 'b', orderingKey: 'b'})
    expect(dataOf(await target.pull(subscription, 1))).to.deep.equal(['b'])
  })
})

contract('dead letters and retries', promise => {
  promise('a message goes to the dead-letter topic after so many attempts, with its history', async target => {
    const [topic, dead] = [await target.topic(), await target.topic()]
    const deadSubscription = await target.subscription(dead)
    const subscription = await target.subscription(topic, {
      deadLetterPolicy: {deadLetterTopic: dead.name, maxDeliveryAttempts: 5},
    })
    await target.publish(topic, {data: 'poison', attributes: {a: '1'}})
    const attempts: number[] = []
    for (let attempt = 1; attempt <= 5; attempt++) {
      const [message] = await target.pull(subscription, 1)
      attempts.push(message!.attempt)
      await target.modify(subscription, 0, message!)
    }
    let letter: Pulled | undefined
    while (!letter) {
      // Google's emulator forwards the message when it would be delivered next.
      expect(await target.pullNow(subscription)).to.deep.equal([])
      ;[letter] = await target.pullNow(deadSubscription)
    }
    expect(attempts).to.deep.equal([1, 2, 3, 4, 5])
    expect(letter!.data).to.equal('poison')
    const {CloudPubSubDeadLetterSourceTopicPublishTime: time, ...attributes} = letter!.attributes
    expect(Date.parse(time!)).to.be.greaterThan(0)
    expect(attributes).to.deep.equal({
      a: '1',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: subscription.name.split('/').at(-1),
      CloudPubSubDeadLetterSourceSubscriptionProject: 'local-project',
    })
  })

  promise('fewer than 5 delivery attempts are INVALID_ARGUMENT or OUT_OF_RANGE', async target => {
    const topic = await target.topic()
    const options = {deadLetterPolicy: {deadLetterTopic: topic.name, maxDeliveryAttempts: 4}}
    expect([3, 11]).to.include((await failure(topic.createSubscription(target.name(), options))).code)
  })

  promise(
    'a nacked message waits for the back-off of the retry policy, which doubles',
    async target => {
      const topic = await target.topic()
      const retryPolicy = {minimumBackoff: {seconds: 10}, maximumBackoff: {seconds: 60}}
      const subscription = await target.subscription(topic, {retryPolicy})
      await target.publish(topic, 'a')
      const waits = async (ms: number) => {
        await target.modify(subscription, 0, ...(await target.pull(subscription, 1)))
        await target.pass(ms - 1)
        expect(await target.pullNow(subscription)).to.deep.equal([])
        await target.pass(1)
      }
      await waits(10_000)
      await waits(20_000)
      expect(dataOf(await target.pull(subscription, 1))).to.deep.equal(['a'])
    },
    {wrong: 'the retry policy is ignored'},
  )
})

contract('filters', promise => {
  promise(
    'only messages that match come',
    async target => {
      const topic = await target.topic()
      const filter = 'attributes.kind = "a" OR hasPrefix(attributes.kind, "b")'
      const subscription = await target.subscription(topic, {filter})
      await target.publish(topic, ...['a', 'bb', 'c'].map(kind => ({data: kind, attributes: {kind}})))
      expect(dataOf(await target.pull(subscription, 2))).to.have.members(['a', 'bb'])
      expect(await target.pullNow(subscription)).to.deep.equal([])
    },
    {wrong: 'filters are stored and ignored'},
  )

  promise(
    'a filter that is not one is INVALID_ARGUMENT',
    async target => {
      const topic = await target.topic()
      const options = {filter: 'attributes.kind == 1'}
      expect(await failure(topic.createSubscription(target.name(), options))).to.have.property('code', 3)
    },
    {wrong: 'invalid filters are accepted'},
  )
})

contract('exactly-once delivery', promise => {
  const exactlyOnce = {enableExactlyOnceDelivery: true}

  promise('the client is told that an ack was accepted', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic, exactlyOnce)
    const received = listen(subscription, 1)
    await target.publish(topic, 'a')
    const [message] = await received
    expect(await message!.ackWithResponse()).to.equal('SUCCESS')
    await subscription.close()
  })

  promise(
    'an expired ack id is refused, and the message comes again',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic, exactlyOnce)
      await target.publish(topic, 'a')
      const [message] = await target.pull(subscription, 1)
      await target.pass(11_000)
      const error = await failure(target.ack(subscription, message!))
      expect((error as {errorInfoMetadata?: object}).errorInfoMetadata).to.deep.equal({
        [message!.ackId]: 'PERMANENT_FAILURE_INVALID_ACK_ID',
      })
      expect(dataOf(await target.pull(subscription, 1))).to.deep.equal(['a'])
    },
    {wrong: 'an expired ack id is acknowledged with OK'},
  )

  promise(
    'of several ack ids the valid ones count',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic, exactlyOnce)
      await target.publish(topic, 'a', 'b')
      const [a, b] = (await target.pull(subscription, 2)) as [Pulled, Pulled]
      await target.ack(subscription, a)
      expect(await failure(target.ack(subscription, a, b))).to.have.property('code', 3)
      await target.pass(11_000)
      expect(await target.pullNow(subscription)).to.deep.equal([])
    },
    {wrong: 'an ack id is acknowledged twice with OK'},
  )
})

contract('seek and snapshots', promise => {
  promise('a seek to a time to come drops the backlog', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a')
    await target.pass(1000)
    await subscription.seek(new Date(Date.now() + 3_600_000))
    expect(await target.pullNow(subscription)).to.deep.equal([])
  })

  promise('a seek to the past brings retained acknowledged messages again', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic, {retainAckedMessages: true})
    await target.publish(topic, 'a', 'b')
    await target.ack(subscription, ...(await target.pull(subscription, 2)))
    await subscription.seek(new Date(0))
    expect(dataOf(await target.pull(subscription, 2))).to.have.members(['a', 'b'])
  })

  promise('a snapshot brings back what was unacknowledged, and what came later', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'acked')
    await target.ack(subscription, ...(await target.pull(subscription, 1)))
    await target.publish(topic, 'open')
    const [snapshot] = await subscription.createSnapshot(target.name())
    await target.publish(topic, 'later')
    await target.ack(subscription, ...(await target.pull(subscription, 2)))
    await snapshot.seek()
    expect(dataOf(await target.pull(subscription, 2))).to.have.members(['open', 'later'])
  })

  promise('a snapshot can be listed and deleted', async target => {
    const subscription = await target.subscription(await target.topic())
    const [snapshot] = await subscription.createSnapshot(target.name())
    expect((await target.pubsub.getSnapshots())[0].map(({name}) => name)).to.include(snapshot.name)
    await snapshot.delete()
    expect(await failure(snapshot.seek())).to.have.property('code', 5)
  })
})
