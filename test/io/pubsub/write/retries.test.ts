import {pipeline} from 'node:stream/promises'
import {type ClientConfig, PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import type {FaultAction} from '../../../../lib/emulators/index.ts'
import {PubSubMessage} from '../../../../lib/io/pubsub/index.ts'
import {testSink, testSource} from '../../../../lib/testing/index.ts'
import {failure, settle, until} from '../../../batching/manual-clock.ts'
import {isKind, LocalTopic, texts} from '../support/local-topic.ts'

describe('writeToPubSub: retries', () => {
  const local = new LocalTopic()
  /** CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE: what Google's client repeats. */
  for (const status of [1, 2, 4, 8, 10, 13, 14])
    it(`survive gRPC code ${status}: the same messages, each once in the topic`, async () => {
      local.fault({kind: 'status', status}, {nth: [1, 2]})
      const sink = local.sink()
      await local.write(texts(20), sink)
      expect(await local.data()).to.deep.equal(texts(20))
      expect(new Set(local.publishes.map(({requestBytes}) => requestBytes)).size).to.equal(1)
      expect(sink.info.metrics.extra).to.include({rows: 20, batches: 1, retries: 2})
    })

  it('after a lost reply publish the messages again, under new message ids and the same idAttribute', async () => {
    local.fault({kind: 'commitThenFail'}, {nth: 1})
    await local.write(texts(3), local.sink({idAttribute: 'id'}))
    const landed = await local.landed()
    expect(landed.map(({data}) => data)).to.deep.equal(['m0', 'm1', 'm2', 'm0', 'm1', 'm2'])
    expect(new Set(landed.map(({id}) => id)).size).to.equal(6)
    expect(landed.slice(3).map(({attributes}) => attributes['id'])).to.deep.equal(
      landed.slice(0, 3).map(({attributes}) => attributes['id']),
    )
    expect(new Set(landed.map(({attributes}) => attributes['id'])).size).to.equal(3)
  })

  it('back off between 100 ms and 32 s', async () => {
    local.fault({kind: 'status', status: 14}, {times: 12})
    await local.write(['a'])
    const [delay, ...pauses] = local.clock.skipped
    expect(delay).to.equal(10)
    expect(pauses).to.have.length(12)
    for (const [i, pause] of pauses.entries()) expect(pause).to.be.within(100, Math.min(32_000, 100 * 2 ** (i + 1)))
  })

  it('give a silent request up at its own deadline', async () => {
    local.fault({kind: 'hang'}, {nth: 1})
    const sink = local.sink({requestTimeout: '20s'})
    const running = local.write(texts(5), sink)
    await until(() => local.publishes.length === 1)
    local.clock.advance(20_000)
    await running
    expect(await local.data()).to.deep.equal(texts(5))
    expect(sink.info.metrics.extra).to.include({retries: 1})
  })

  it('ride out a restart of the service', async () => {
    const sink = local.sink({batch: {maxRows: 1, maxInFlight: 2}, retryFor: 'forever'})
    sink.write('before')
    await sink.flush()
    await local.cloud.pubsub.stop()
    sink.write('meanwhile')
    await until(() => sink.info.metrics.extra['retries']! > 0)
    await local.cloud.pubsub.start()
    sink.end('after')
    await sink.flush()
    expect((await local.data()).sort()).to.deep.equal(['after', 'before', 'meanwhile'])
  })

  it('end after 10 s where nobody has ever answered, with what to look at', async () => {
    const nobody = new PubSub({...(local.cloud.clientOptions.pubsub as ClientConfig), apiEndpoint: '127.0.0.1:1'})
    const start = local.clock.now()
    const error = await failure(local.write(['a'], local.sink({client: nobody})))
    expect(local.clock.now() - start).to.be.within(9800, 10_100)
    expect(error).to.include({code: 'ERR_SLUICE_PUBSUB', stage: 'writeToPubSub'})
    expect(error.message).to.contain('127.0.0.1:1').and.contain('check the network, PUBSUB_EMULATOR_HOST')
  })

  it('end after retryFor, with what the service said and how many are published', async () => {
    local.fault({kind: 'status', status: 14, message: 'too busy'}, {nth: Array.from({length: 500}, (_, i) => i + 2)})
    const sink = local.sink({batch: {maxRows: 10, maxInFlight: 1}, retryFor: '5m'})
    const start = local.clock.now()
    const error = await failure(local.write(texts(20), sink))
    expect(local.clock.now() - start).to.be.within(299_000, 300_100)
    expect(error).to.include({code: 'ERR_SLUICE_PUBSUB', stage: 'writeToPubSub'})
    expect(error.message)
      .to.contain(local.full)
      .and.contain('too busy')
      .and.contain(`10 rows are already in ${local.full}`)
    expect(isKind(error.cause, 'unavailable')).to.equal(true)
  })
})

describe('writeToPubSub: ids in idAttribute', () => {
  const local = new LocalTopic()
  const ids = async () => (await local.landed()).map(({attributes}) => attributes['id'])
  const run = (name?: string) =>
    pipeline(
      testSource([texts(3)], {ids: 'gs://b/o#1'}),
      local.sink({idAttribute: 'id', ...(name !== undefined && {name})}),
    )

  it("are made of the input's ids: the same in another run, others in another sink", async () => {
    await run()
    const first = await ids()
    await run()
    expect(await ids()).to.deep.equal(first)
    await run('Other')
    expect([...first, ...(await ids())].filter((id, i, all) => all.indexOf(id) === i)).to.have.length(6)
  })

  it('keep what the function `attributes` says', async () => {
    await local.write(['a', 'b'], local.sink<string>({idAttribute: 'id', attributes: row => ({id: `my-${row}`})}))
    expect(await ids()).to.deep.equal(['my-a', 'my-b'])
  })

  it('replace what came along with a received message', async () => {
    const received = new PubSubMessage({data: 'a', attributes: {id: 'of the input', more: 'x'}})
    await local.write([received, received], local.sink({idAttribute: 'id'}))
    const landed = await local.landed()
    expect(landed.map(({attributes}) => attributes['more'])).to.deep.equal(['x', 'x'])
    expect(new Set(['of the input', ...landed.map(({attributes}) => attributes['id'])]).size).to.equal(3)
  })
})

describe('writeToPubSub: acknowledgement of what was read', () => {
  const local = new LocalTopic()

  it('comes after the publish is confirmed, batch by batch', async () => {
    local.fault({kind: 'hang'}, {nth: 2})
    const source = testSource([texts(20)], {leases: true})
    const sink = local.sink({batch: {maxRows: 10}, requestTimeout: '20s'})
    const running = pipeline(source, sink)
    await until(() => sink.info.metrics.extra['rows'] === 10 && local.publishes.length === 2)
    await settle(50)
    expect(source.acked).to.have.length(10)
    expect(await local.data()).to.have.members(source.acked)
    local.clock.advance(20_000)
    await running
    expect(source.acked).to.deep.equal(texts(20))
  })

  const failing: [string, FaultAction][] = [
    ['a missing topic', {kind: 'status', status: 5}],
    ['a refusal', {kind: 'status', status: 3}],
  ]
  for (const [what, action] of failing)
    it(`does not come for what ${what} has kept back`, async () => {
      local.fault(action, {nth: Array.from({length: 50}, (_, i) => i + 2)})
      const source = testSource([texts(20)], {leases: true})
      await failure(pipeline(source, local.sink({batch: {maxRows: 10, maxInFlight: 1}})))
      expect(source.acked).to.deep.equal(texts(10))
      expect(source.nacked).to.deep.equal(texts(10, 10))
    })

  it('of a refused row comes when its dead letter is committed', async () => {
    const deadLetter = testSink<object>()
    const source = testSource([['a', Number.NaN, 'c']], {leases: true})
    await pipeline(source, local.sink({deadLetter}))
    expect(source.acked).to.deep.equal(['a', Number.NaN, 'c'])
    expect(await local.data()).to.deep.equal(['a', 'c'])
  })
})
