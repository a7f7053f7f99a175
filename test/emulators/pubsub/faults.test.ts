import {expect} from 'chai'
import type {FaultAction, FaultRule} from '../../../lib/emulators/index.ts'
import {failure, listen, until, usePubSub} from './fixture.ts'

describe('faults of the local Pub/Sub', () => {
  const local = usePubSub()
  const add = (call: string, action: FaultAction, rest: Partial<FaultRule> = {}) =>
    local.cloud.faults.add({match: {call}, times: 1, do: action, ...rest})
  const stats = () => local.cloud.pubsub.stats(local.subscription.name)
  const codes = (call: string) => local.cloud.log.of({call}).map(entry => entry.status)

  describe('of calls', () => {
    it('a gRPC code is answered as it is', async () => {
      add('pubsub.getTopic', {kind: 'status', status: 9, message: 'no'})
      const error = await failure(local.topic.getMetadata())
      expect(error).to.have.property('code', 9)
      expect(error.message).to.include('no')
    })

    it('an HTTP status is answered as the code that Google maps it to', async () => {
      add('pubsub.publish', {kind: 'status', status: 403})
      expect(await failure(local.publish('a'))).to.have.property('code', 7)
    })

    it('a transient one is retried by the client', async () => {
      add('pubsub.publish', {kind: 'status', status: 503})
      await local.publish('a')
      expect(codes('pubsub.publish')).to.deep.equal([14, 0])
    })

    it('a rule may name the resource', async () => {
      local.cloud.faults.add({match: {service: 'pubsub', path: /topics\/other$/}, do: {kind: 'status', status: 400}})
      await local.topic.getMetadata()
      expect(await failure(local.pubsub.topic('other').getMetadata())).to.have.property('code', 3)
    })

    it('a delay comes before the call is carried out', async () => {
      add('pubsub.publish', {kind: 'delay', ms: 20})
      await local.publish('a')
      expect(local.cloud.log.of({call: 'pubsub.publish'})[0]).to.deep.include({status: 0, faults: ['delay']})
    })

    it('a call that hangs is not answered before the caller gives up', async () => {
      add('pubsub.getTopic', {kind: 'hang'})
      expect(await failure(local.topic.getMetadata({timeout: 50, retry: null as never}))).to.have.property('code', 4)
      expect(codes('pubsub.getTopic')).to.deep.equal([undefined])
    })

    it('a publish whose answer is lost is repeated by the client: two messages', async () => {
      add('pubsub.publish', {kind: 'commitThenFail'})
      await local.publish('a')
      expect((await local.pull()).map(([, data]) => data)).to.deep.equal(['a', 'a'])
    })

    it('a lost connection is UNAVAILABLE', async () => {
      add('pubsub.createTopic', {kind: 'reset'})
      await local.pubsub.createTopic('retried')
      expect(codes('pubsub.createTopic')).to.deep.equal([14, 0])
    })

    it('a stream that may not be opened is opened again by the client', async () => {
      add('pubsub.streamingPull', {kind: 'status', status: 14}, {times: 5})
      const received = listen(local.subscription, 1, message => message.ack())
      await local.publish('a')
      expect(await received).to.deep.equal(['a'])
      expect(codes('pubsub.streamingPull').slice(0, 5)).to.deep.equal([14, 14, 14, 14, 14])
    })

    it('a stream may be refused for good', async () => {
      add('pubsub.streamingPull', {kind: 'status', status: 7}, {times: 5})
      expect(await failure(listen(local.subscription, 1))).to.have.property('code', 7)
    })

    it('a stream may end with a code after so many messages', async () => {
      add('pubsub.streamingPull', {kind: 'endStream', afterMessages: 2, status: 13})
      await local.publish('a', 'b', 'c')
      const options = {streamingOptions: {maxStreams: 1}}
      const one = local.pubsub.subscription('my-sub', options)
      expect(await listen(one, 3, message => message.ack())).to.have.members(['a', 'b', 'c'])
      expect(local.cloud.log.of({call: 'pubsub.streamingPull'})[0]).to.deep.include({status: 13})
      expect(local.cloud.log.of({call: 'pubsub.streamingPull'})[0]!.notes['messages']).to.equal(2)
      await one.close()
    })

    it('dropped acks are answered with OK, and the message comes again after its deadline', async () => {
      await local.publish('a')
      add('pubsub.acknowledge', {kind: 'dropAck'})
      await local.ack(...(await local.pull()).map(([ackId]) => ackId))
      expect(await local.pull()).to.deep.equal([])
      local.pass(10_000)
      expect(await local.pull()).to.have.length(1)
    })

    it('a message may be delivered again although it was acknowledged', async () => {
      await local.publish('a')
      add('pubsub.acknowledge', {kind: 'redeliverAfterAck'})
      const ackAll = async () => local.ack(...(await local.pull()).map(([ackId]) => ackId))
      await ackAll()
      await ackAll()
      expect(await local.pull()).to.deep.equal([])
    })

    it('an exactly-once ack may fail for a while, which the client rides out', async () => {
      const [once] = await local.topic.createSubscription('once', {enableExactlyOnceDelivery: true})
      add('pubsub.acknowledge', {kind: 'ackFailure'})
      const response = new Promise(resolve => once.on('message', message => resolve(message.ackWithResponse())))
      await local.publish('a')
      expect(await response).to.equal('SUCCESS')
      expect(codes('pubsub.acknowledge')).to.deep.equal([14, 0])
      await once.close()
    })
  })

  describe('of single messages', () => {
    it('leave rules for every call alone', async () => {
      const remove = local.cloud.faults.add({match: {service: 'pubsub'}, nth: 3, do: {kind: 'status', status: 400}})
      await local.publish('a')
      await local.pull()
      expect(await failure(local.topic.getMetadata())).to.have.property('code', 3)
      remove()
    })

    it('duplicate delivers one message under two ack ids, of which either acknowledges it', async () => {
      add('pubsub.deliver', {kind: 'duplicate'})
      await local.publish('a', 'b')
      const pulled = await local.pull()
      expect(pulled.map(([, data]) => data)).to.deep.equal(['a', 'a', 'b'])
      await local.ack(pulled[1]![0], pulled[2]![0])
      expect(stats()).to.include({unacked: 0, outstanding: 0})
    })

    it('expireLease ends a lease early, whatever extends it', async () => {
      add('pubsub.deliver', {kind: 'expireLease', afterMs: 1000})
      await local.publish('a')
      await local.modify(600, ...(await local.pull()).map(([ackId]) => ackId))
      local.pass(1000)
      expect(await local.pull()).to.have.length(1)
    })

    it('dropAck loses the ack of one message of a request', async () => {
      add('pubsub.ack', {kind: 'dropAck'}, {nth: 2, times: undefined as never})
      await local.publish('a', 'b', 'c')
      await local.ack(...(await local.pull()).map(([ackId]) => ackId))
      local.pass(10_000)
      expect((await local.pull()).map(([, data]) => data)).to.deep.equal(['b'])
    })

    it('endStream ends the stream after the message', async () => {
      add('pubsub.deliver', {kind: 'endStream', status: 13}, {nth: 1})
      const received = listen(local.subscription, 2, message => message.ack())
      await until(() => stats()?.consumers === 5)
      await local.publish('a', 'b')
      expect(await received).to.have.members(['a', 'b'])
      expect(codes('pubsub.streamingPull')).to.include(13)
    })
  })

  describe('that could never do anything are refused', () => {
    const bad: FaultRule[] = [
      {match: {call: 'pubsub.publish'}, do: {kind: 'fin', afterBytes: 1}},
      {match: {service: 'pubsub'}, do: {kind: 'corrupt', atByte: 1}},
      {match: {call: 'pubsub.publish'}, do: {kind: 'duplicate'}},
      {match: {call: 'pubsub.deliver'}, do: {kind: 'status', status: 503}},
      {match: {}, do: {kind: 'dropAck'}},
    ]
    for (const rule of bad)
      it(`${JSON.stringify(rule)}`, () => {
        expect(() => local.cloud.faults.add(rule))
          .to.throw('faults.add')
          .with.property('code', 'ERR_SLUICE_OPTION')
      })
  })
})
