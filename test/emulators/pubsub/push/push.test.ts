import {createServer, type IncomingHttpHeaders, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'
import {failure, START, until, usePubSub} from '../fixture.ts'

interface Push {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

describe('local Pub/Sub: push subscriptions', () => {
  const local = usePubSub()
  let server: Server
  let endpoint: string
  let pushes: Push[]
  /** Answers in turn; then 204. */
  let statuses: number[]
  before(async () => {
    server = createServer(async (request, response) => {
      pushes.push({path: request.url!, headers: request.headers, body: await text(request)})
      response.writeHead(statuses.shift() ?? 204).end()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push?token=x`
  })
  beforeEach(() => {
    pushes = []
    statuses = []
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const NAME = 'projects/local-project/subscriptions/pushed'
  const create = async (config: object = {}, more = {}) =>
    (await local.topic.createSubscription('pushed', {pushConfig: {pushEndpoint: endpoint, ...config}, ...more}))[0]
  const settled = () => until(() => local.cloud.pubsub.stats(NAME)!.unacked === 0)
  const dataOf = ({body}: Push) => Buffer.from(JSON.parse(body).message.data, 'base64').toString()

  it('send each message to the endpoint, wrapped in JSON', async () => {
    await create()
    const id = await local.topic.publishMessage({data: Buffer.from('hello'), attributes: {a: '1'}})
    await settled()
    const time = new Date(START).toISOString()
    expect(pushes).to.have.length(1)
    expect(pushes[0]).to.include({path: '/push?token=x'})
    expect(pushes[0]!.headers['content-type']).to.equal('application/json')
    expect(JSON.parse(pushes[0]!.body)).to.deep.equal({
      message: {
        ...{data: 'aGVsbG8=', attributes: {a: '1'}, messageId: id, message_id: id},
        ...{publishTime: time, publish_time: time},
      },
      subscription: NAME,
    })
  })

  for (const status of [200, 201, 202, 204])
    it(`take ${status} for an acknowledgement`, async () => {
      statuses = [status]
      await create()
      await local.publish('a')
      await settled()
      expect(pushes).to.have.length(1)
    })

  for (const status of [500, 404, 302, 206])
    it(`send a message again after ${status}`, async () => {
      statuses = [status]
      await create()
      await local.publish('a')
      await settled()
      expect(pushes.map(dataOf)).to.deep.equal(['a', 'a'])
    })

  it('send a message again when nobody answers at the endpoint', async () => {
    const free = createServer()
    await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
    const {port} = free.address() as AddressInfo
    await new Promise(resolve => free.close(resolve))
    const subscription = await create({pushEndpoint: `http://localhost:${port}`})
    await local.publish('a')
    await until(() => local.cloud.pubsub.stats(NAME)!.outstanding === 0)
    await subscription.modifyPushConfig({pushEndpoint: endpoint} as never)
    await settled()
    expect(pushes.map(dataOf)).to.deep.equal(['a'])
  })

  it('keep the order of a key: one at a time, and again from the one that failed', async () => {
    statuses = [204, 500]
    await create({}, {enableMessageOrdering: true})
    const topic = local.pubsub.topic('my-topic', {messageOrdering: true})
    for (const data of ['1', '2', '3']) topic.publishMessage({data: Buffer.from(data), orderingKey: 'k'})
    await until(() => pushes.length === 4)
    await settled()
    expect(pushes.map(dataOf)).to.deep.equal(['1', '2', '2', '3'])
  })

  it('send the bare data without a wrapper, and the rest as headers', async () => {
    await create({noWrapper: {writeMetadata: true}})
    const id = await local.topic.publishMessage({data: Buffer.from('hello'), attributes: {a: '1'}})
    await settled()
    expect(pushes[0]!.body).to.equal('hello')
    expect(pushes[0]!.headers).to.include({
      a: '1',
      'x-goog-pubsub-message-id': id,
      'x-goog-pubsub-subscription-name': NAME,
    })
  })

  it('send a token that names account and audience', async () => {
    await create({oidcToken: {serviceAccountEmail: 'push@example.com', audience: ''}})
    await local.publish('a')
    await settled()
    const [, claims = ''] = pushes[0]!.headers.authorization!.split(' ')[1]!.split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).to.include({
      email: 'push@example.com',
      aud: endpoint,
    })
  })

  it('give a message that fails too often to the dead-letter topic', async () => {
    const [dead] = await local.pubsub.createTopic('dead')
    await dead.createSubscription('dead')
    statuses = [500, 500, 500, 500, 500]
    await create({}, {deadLetterPolicy: {deadLetterTopic: dead.name, maxDeliveryAttempts: 5}})
    await local.publish('poison')
    await settled()
    expect(pushes.map(({body}) => JSON.parse(body).deliveryAttempt)).to.deep.equal([1, 2, 3, 4, 5])
    expect((await local.pull('projects/local-project/subscriptions/dead'))[0]![1]).to.equal('poison')
  })

  it('cannot be pulled, until their config is taken away', async () => {
    const subscription = await create()
    expect((await failure(local.pull(NAME))).code).to.equal(9)
    await subscription.modifyPushConfig({} as never)
    await local.publish('a')
    expect((await local.pull(NAME))[0]![1]).to.equal('a')
    expect(pushes).to.deep.equal([])
  })

  for (const [pushEndpoint, code] of [
    ['https://example.com/push', 12],
    ['http://localhost.example.com/', 12],
    ['http://10.0.0.1/', 12],
    ['ftp://localhost/', 3],
    ['push', 3],
  ] as const)
    it(`refuse the endpoint ${pushEndpoint}`, async () => {
      expect((await failure(create({pushEndpoint}))).code).to.equal(code)
    })

  it('refuse exactly-once delivery', async () => {
    expect((await failure(create({}, {enableExactlyOnceDelivery: true}))).code).to.equal(3)
  })
})
