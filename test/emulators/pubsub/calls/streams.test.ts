import {expect} from 'chai'
import {failure, listen, until, usePubSub} from '../fixture.ts'

describe('streams of the local Pub/Sub', () => {
  const local = usePubSub()
  const stats = () => local.cloud.pubsub.stats(local.subscription.name)

  it('messages are shared out over the streams of a client', async () => {
    const received = listen(local.subscription, 10, message => message.ack())
    await until(() => stats()?.consumers === 5)
    await local.publish(...'abcdefghij')
    await received
    const counts = local.cloud.log.of({call: 'pubsub.streamingPull'}).map(entry => entry.notes['messages'])
    expect(counts).to.deep.equal([2, 2, 2, 2, 2])
  })

  it('no more bytes than allowed are out, and a larger message passes alone', async () => {
    const stream = local.subscriber.streamingPull()
    const got: string[] = []
    stream.on('data', ({receivedMessages}) => {
      for (const {message} of receivedMessages) got.push(message.data.toString())
    })
    stream.on('error', () => {})
    stream.write({subscription: local.subscription.name, streamAckDeadlineSeconds: 10, maxOutstandingBytes: 10})
    await until(() => stats()?.consumers === 1)
    await local.publish('larger than ten bytes', 'a')
    await until(() => got.length === 1)
    expect(stats()).to.include({unacked: 2, outstanding: 1})
    stream.cancel()
  })

  it('a stream without limits gets all', async () => {
    const stream = local.subscriber.streamingPull()
    stream.on('error', () => {})
    stream.resume()
    stream.write({subscription: local.subscription.name, streamAckDeadlineSeconds: 10})
    await local.publish(...Array.from({length: 2000}, (_, at) => String(at)))
    await until(() => stats()?.outstanding === 2000)
    stream.cancel()
  })

  it('the deadline of the stream holds for its messages, and can be changed on the way', async () => {
    const stream = local.subscriber.streamingPull()
    stream.on('error', () => {})
    stream.resume()
    stream.write({subscription: local.subscription.name, streamAckDeadlineSeconds: 10})
    await until(() => stats()?.consumers === 1)
    stream.write({streamAckDeadlineSeconds: 60})
    stream.write({})
    await until(() => local.cloud.log.of({call: 'pubsub.streamingPull'})[0]?.notes['keepAlives'] === 1)
    await local.publish('a')
    await until(() => stats()?.outstanding === 1)
    stream.cancel()
    await until(() => stats()?.consumers === 0)
    local.pass(59_999)
    expect(stats()).to.include({outstanding: 1})
    local.pass(1)
    expect(stats()).to.include({outstanding: 0})
  })

  it('acks may come on the stream', async () => {
    const stream = local.subscriber.streamingPull()
    stream.on('error', () => {})
    stream.on('data', ({receivedMessages}) => {
      for (const {ackId} of receivedMessages) stream.write({ackIds: [ackId]})
    })
    stream.write({subscription: local.subscription.name, streamAckDeadlineSeconds: 10})
    await local.publish('a')
    await until(() => local.cloud.log.of({call: 'pubsub.publish'}).length === 1 && stats()?.unacked === 0)
    stream.cancel()
  })

  it('a keep-alive is answered to a client that asks for it by its protocol version', async () => {
    const stream = local.subscriber.streamingPull()
    stream.on('error', () => {})
    stream.write({subscription: local.subscription.name, streamAckDeadlineSeconds: 10, protocolVersion: 1})
    const answered = new Promise<{receivedMessages: unknown[]}>(resolve => stream.once('data', resolve))
    stream.write({})
    expect((await answered).receivedMessages).to.deep.equal([])
    stream.cancel()
  })

  const bad: [string, object][] = [
    ['without an ack deadline', {}],
    ['with an ack deadline of 9 s', {streamAckDeadlineSeconds: 9}],
  ]
  for (const [what, request] of bad)
    it(`a stream ${what} is INVALID_ARGUMENT`, async () => {
      const stream = local.subscriber.streamingPull()
      const failed = new Promise<{code?: number}>(resolve => stream.on('error', resolve))
      stream.write({subscription: local.subscription.name, ...request})
      expect(await failed).to.have.property('code', 3)
    })

  it('a key stays with the stream that holds its messages', async () => {
    const [ordered] = await local.topic.createSubscription('ordered', {enableMessageOrdering: true})
    const streams = [0, 1].map(() => local.subscriber.streamingPull())
    const got: string[][] = [[], []]
    streams.forEach((stream, at) => {
      stream.on('error', () => {})
      stream.on('data', ({receivedMessages}) => {
        for (const {message} of receivedMessages) got[at]!.push(message.data.toString())
      })
      stream.write({subscription: ordered.name, streamAckDeadlineSeconds: 10})
    })
    await until(() => local.cloud.pubsub.stats(ordered.name)?.consumers === 2)
    for (const data of ['1', '2', '3']) {
      await local.topic.publishMessage({data: Buffer.from(data), orderingKey: 'k'})
      await until(() => got.flat().includes(data))
    }
    expect(got.filter(one => one.length > 0)).to.deep.equal([['1', '2', '3']])
    for (const stream of streams) stream.cancel()
  })

  it('endStreams() ends them with a code, and the client comes back', async () => {
    const received = listen(local.subscription, 1, message => message.ack())
    await until(() => stats()?.consumers === 5)
    local.cloud.pubsub.endStreams()
    await until(() => stats()?.consumers === 5)
    await local.publish('a')
    expect(await received).to.deep.equal(['a'])
    expect(local.cloud.log.of({call: 'pubsub.streamingPull'}).filter(entry => entry.status === 14)).to.have.length(5)
  })

  it('endStreams() with a permanent code fails the client', async () => {
    const failed = failure(listen(local.subscription, 1))
    await until(() => stats()?.consumers === 5)
    local.cloud.pubsub.endStreams(403)
    expect(await failed).to.have.property('code', 7)
  })

  it('a client that closes has its streams logged as cancelled', async () => {
    local.subscription.on('message', () => {})
    await until(() => stats()?.consumers === 5)
    await local.subscription.close()
    await until(() => stats()?.consumers === 0)
    const codes = local.cloud.log.of({call: 'pubsub.streamingPull'}).map(entry => entry.status)
    expect(codes).to.deep.equal([1, 1, 1, 1, 1])
  })
})
