import {once} from 'node:events'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {startLocalCloud} from '../../../lib/emulators/index.ts'
import {findGrpc} from '../../../lib/emulators/pubsub/grpc/load-grpc.ts'
import {SluiceError} from '../../../lib/errors/index.ts'
import {failure, listen, until, usePubSub} from './fixture.ts'

describe('the local Pub/Sub', () => {
  const local = usePubSub()

  describe('environment', () => {
    it('lets an unchanged `new PubSub()` publish', async () => {
      const before = Object.fromEntries(Object.keys(local.cloud.env).map(name => [name, process.env[name]]))
      Object.assign(process.env, local.cloud.env)
      try {
        const pubsub = new PubSub()
        await pubsub.topic('my-topic').publishMessage({data: Buffer.from('hello')})
        await pubsub.close()
      } finally {
        for (const [name, value] of Object.entries(before)) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      }
      expect((await local.pull())[0]?.[1]).to.equal('hello')
    })

    it('has an address without scheme, as the clients of all languages take it', () => {
      expect(local.cloud.env.PUBSUB_EMULATOR_HOST).to.match(/^127\.0\.0\.1:\d+$/)
    })

    it('names the missing packages and how to install them', () => {
      const nowhere = pathToFileURL(join(tmpdir(), 'nowhere', 'x.js')).href
      expect(() => findGrpc(nowhere))
        .to.throw('npm install --save-dev @google-cloud/pubsub @grpc/grpc-js @grpc/proto-loader')
        .with.property('code', 'ERR_SLUICE_EMULATOR')
    })

    it('a cloud started without Pub/Sub says so', async () => {
      const cloud = await startLocalCloud({services: ['storage']})
      const pubsub = new PubSub(cloud.clientOptions.pubsub)
      const error = await failure(pubsub.createTopic('my-topic'))
      expect(error).to.have.property('code', 12)
      expect(error.message).to.include('started without')
      await pubsub.close()
      await cloud.close()
    })
  })

  describe('log', () => {
    it('has call, resource, code and bytes of a call', async () => {
      await local.publish('hello')
      const [entry] = local.cloud.log.of({service: 'pubsub', call: 'pubsub.publish'})
      expect(entry).to.deep.include({
        path: '/projects/local-project/topics/my-topic',
        status: 0,
        faults: [],
        notes: {messages: 1},
      })
      expect(entry!.requestBytes).to.be.greaterThan(30)
    })

    it('has the counts of pulls, acks and deadlines', async () => {
      await local.publish('a', 'b')
      const ackIds = (await local.pull()).map(([ackId]) => ackId)
      await local.modify(20, ...ackIds)
      await local.ack(...ackIds)
      const notes = (call: string) => local.cloud.log.of({call})[0]?.notes
      expect(notes('pubsub.pull')).to.deep.equal({messages: 2})
      expect(notes('pubsub.modifyAckDeadline')).to.deep.equal({ackIds: 2, seconds: 20})
      expect(notes('pubsub.acknowledge')).to.deep.equal({ackIds: 2})
    })

    it('has what a stream asked for', async () => {
      local.subscription.on('message', () => {})
      await until(() => local.cloud.pubsub.stats(local.subscription.name)?.consumers === 5)
      expect(local.cloud.log.of({call: 'pubsub.streamingPull'})[0]?.notes).to.deep.equal({
        streamAckDeadlineSeconds: 10,
        maxOutstandingMessages: 1000,
        maxOutstandingBytes: 104857600,
        messages: 0,
        keepAlives: 0,
      })
    })
  })

  describe('restart', () => {
    it('comes back on the same port with all messages, and clients come back too', async () => {
      const received = listen(local.subscription, 1, message => message.ack())
      await until(() => local.cloud.pubsub.stats(local.subscription.name)?.consumers === 5)
      await local.cloud.pubsub.restart()
      await local.publish('a')
      expect(await received).to.deep.equal(['a'])
    })

    it('refuses connections between stop() and start()', async () => {
      await local.cloud.pubsub.stop()
      const error = await failure(local.topic.getMetadata({timeout: 500, retry: null as never}))
      expect([4, 14]).to.include(error.code)
      await local.cloud.pubsub.start()
      await local.topic.getMetadata()
    })

    it('says that its port was taken in between', async () => {
      await local.cloud.pubsub.stop()
      const other = createServer().listen(Number(local.cloud.pubsub.host.split(':')[1]), '127.0.0.1')
      await once(other, 'listening')
      const error = await failure(local.cloud.pubsub.start())
      await new Promise(resolve => other.close(resolve))
      expect(error).to.be.instanceOf(SluiceError).with.property('code', 'ERR_SLUICE_EMULATOR')
      await local.cloud.pubsub.start()
    })
  })

  it('reset() forgets topics and subscriptions', async () => {
    await local.cloud.reset()
    expect((await local.topic.exists())[0]).to.equal(false)
    await local.pubsub.createTopic('my-topic')
  })

  it('close() does not wait for a call that hangs, or for streams', async () => {
    const cloud = await startLocalCloud({services: ['pubsub']})
    const pubsub = new PubSub(cloud.clientOptions.pubsub)
    const [topic] = await pubsub.createTopic('my-topic')
    const [subscription] = await topic.createSubscription('my-sub')
    subscription.on('message', () => {}).on('error', () => {})
    await until(() => cloud.pubsub.stats(subscription.name)?.consumers === 5)
    cloud.faults.add({match: {call: 'pubsub.getTopic'}, do: {kind: 'hang'}})
    const hanging = failure(topic.getMetadata({timeout: 2000, retry: null as never}))
    await until(() => cloud.log.of({call: 'pubsub.getTopic'}).length === 1)
    await cloud.close()
    expect([4, 14]).to.include((await hanging).code)
    await subscription.close()
    await pubsub.close()
  })

  const unsupported: [string, () => Promise<unknown>][] = [
    [
      'ingestion from another source',
      () => local.pubsub.createTopic({name: 'other', ingestionDataSourceSettings: {cloudStorage: {bucket: 'b'}}}),
    ],
    [
      'a BigQuery subscription',
      async () => local.topic.createSubscription('to-table', {bigqueryConfig: {table: 'p.d.t'}} as object),
    ],
  ]
  for (const [what, call] of unsupported)
    it(`${what} is UNIMPLEMENTED with a message that says so`, async () => {
      const error = await failure(call())
      expect(error).to.have.property('code', 12)
      expect(error.message).to.include(`local emulator: ${what} is not supported`)
    })
})
