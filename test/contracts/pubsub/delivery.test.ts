import {expect} from 'chai'
import {contract, dataOf, failure, listen} from './targets.ts'

contract('pull', promise => {
  promise('every subscription gets every message', async target => {
    const topic = await target.topic()
    const subscriptions = [await target.subscription(topic), await target.subscription(topic)]
    await target.publish(topic, 'a', 'b')
    for (const one of subscriptions) expect(dataOf(await target.pull(one, 2))).to.have.members(['a', 'b'])
  })

  promise('a subscription gets nothing of what was published before it', async target => {
    const topic = await target.topic()
    await target.publish(topic, 'before')
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'after')
    expect(dataOf(await target.pull(subscription, 1))).to.deep.equal(['after'])
  })

  promise('an acknowledged message does not come again', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a')
    await target.ack(subscription, ...(await target.pull(subscription, 1)))
    await target.pass(11_000)
    expect(await target.pullNow(subscription)).to.deep.equal([])
  })

  promise('a message that is out does not come again before its deadline', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a')
    await target.pull(subscription, 1)
    await target.pass(3000)
    expect(await target.pullNow(subscription)).to.deep.equal([])
  })

  promise('a message comes again after its deadline, under another ack id', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a')
    const [first] = await target.pull(subscription, 1)
    await target.pass(10_000)
    const [second] = await target.pull(subscription, 1)
    expect(second).to.deep.include({data: 'a', id: first!.id})
    expect(second!.ackId).to.not.equal(first!.ackId)
  })

  promise('a nacked message comes again', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a')
    await target.modify(subscription, 0, ...(await target.pull(subscription, 1)))
    expect(dataOf(await target.pull(subscription, 1))).to.deep.equal(['a'])
  })

  promise('a deadline can be extended', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a')
    await target.modify(subscription, 20, ...(await target.pull(subscription, 1)))
    await target.pass(12_000)
    expect(await target.pullNow(subscription)).to.deep.equal([])
  })

  promise('a deadline can be shortened', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a')
    await target.modify(subscription, 1, ...(await target.pull(subscription, 1)))
    await target.pass(1000)
    expect(dataOf(await target.pull(subscription, 1))).to.deep.equal(['a'])
  })

  promise(
    'a deadline of more than 600 s is INVALID_ARGUMENT',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic)
      await target.publish(topic, 'a')
      const [message] = await target.pull(subscription, 1)
      expect(await failure(target.modify(subscription, 601, message!))).to.have.property('code', 3)
    },
    {wrong: 'longer deadlines are accepted'},
  )

  promise('a pull waits for a message', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    const pulled = target.pull(subscription, 1)
    await target.publish(topic, 'late')
    expect(dataOf(await pulled)).to.deep.equal(['late'])
  })

  promise('a pull gives no more messages than it asked for', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    await target.publish(topic, 'a', 'b', 'c')
    const [{receivedMessages}] = await target.subscriber.pull({subscription: subscription.name, maxMessages: 2})
    expect(receivedMessages!.length).to.be.within(1, 2)
  })
})

contract('streaming pull', promise => {
  promise('the client gets messages, and acknowledged ones do not come again', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    const received = listen(subscription, 3, message => message.ack())
    await target.publish(topic, 'a', 'b', 'c')
    expect(dataOf(await received)).to.have.members(['a', 'b', 'c'])
    await subscription.close()
    await target.pass(11_000)
    expect(await target.pullNow(subscription)).to.deep.equal([])
  })

  promise('a nacked message comes again on the stream', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    let nacks = 0
    const received = listen(subscription, 2, message => (nacks++ === 0 ? message.nack() : message.ack()))
    await target.publish(topic, 'a')
    expect(dataOf(await received)).to.deep.equal(['a', 'a'])
    await subscription.close()
  })

  promise(
    'no more than the allowed messages are out',
    async target => {
      const topic = await target.topic()
      const subscription = await target.subscription(topic)
      const limited = target.pubsub.subscription(subscription.name, {
        flowControl: {maxMessages: 2},
        streamingOptions: {maxStreams: 1},
      })
      await target.publish(topic, 'a', 'b', 'c')
      const held = await listen(limited, 2)
      expect(held).to.have.length(2)
      const third = new Promise<string>(resolve => limited.once('message', message => resolve(message.data.toString())))
      held[0]!.ack()
      expect(dataOf([...held, {data: await third}])).to.have.members(['a', 'b', 'c'])
      await limited.close()
    },
    {wrong: 'maxOutstandingMessages of a stream is ignored'},
  )

  promise('a stream on a missing subscription is NOT_FOUND', async target => {
    const missing = target.pubsub.subscription(target.name(), {streamingOptions: {maxStreams: 1}})
    expect(await failure(listen(missing, 1))).to.have.property('code', 5)
    await missing.close()
  })

  promise('the streams of a subscription end with NOT_FOUND when it is deleted', async target => {
    const topic = await target.topic()
    const subscription = await target.subscription(topic)
    const opened = listen(subscription, 1, message => message.ack())
    await target.publish(topic, 'a')
    await opened
    const ended = new Promise<{code?: number}>(resolve => subscription.on('error', resolve))
    // Not by `subscription.delete()`, which closes the client's streams first.
    await target.subscriber.deleteSubscription({subscription: subscription.name})
    expect(await ended).to.have.property('code', 5)
    await subscription.close()
  })
})
