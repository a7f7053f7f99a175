import {pipeline} from 'node:stream/promises'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {testSink} from '../../../../lib/testing/index.ts'
import {discard} from '../../../../lib/transforms/index.ts'
import {BlackHole} from '../support/black-hole.ts'
import {failure, SUBSCRIPTION, until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: streams', () => {
  const f = useReading()

  it('that are dead are replaced after 5 minutes, over a new connection, and what is held of them can be acknowledged', async () => {
    const way = new BlackHole(f.cloud.pubsub.host)
    const client = new PubSub({projectId: 'local-project', apiEndpoint: await way.listen(), emulatorMode: true})
    await f.publish('a', 'b', 'c')
    const source = f.source({client})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(3)
    way.swallow()
    const connections = way.connections
    await f.pass(295)
    expect(source.info.metrics.extra['streamsReplaced']).to.equal(0)
    await f.pass(10)
    expect(source.info.metrics.extra['streamsReplaced']).to.equal(1)
    expect(f.warnings.filter(text => text.includes('silent'))).to.have.length(1)
    await f.publish('d')
    // the server takes turns with the dead stream, and gives what that does not take to the other one later
    let released = 0
    for (let s = 0; s < 200 && f.stats().unacked > 0; s++) {
      const leases = sink.bundles.flatMap(bundle => bundle.leases ?? []).slice(released)
      released += leases.length
      for (const lease of leases) lease.release()
      await f.pass(1)
    }
    expect(f.stats().unacked).to.equal(0)
    expect(way.connections).to.be.greaterThan(connections)
    expect(sink.values.map(String).sort()).to.deep.equal(['a', 'b', 'c', 'd'])
    await source.drain()
    await done
    await client.close()
    await way.close()
  }).timeout(60_000)

  it('that never answer are replaced too when nothing is held', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.streamingPull'}, nth: 1, do: {kind: 'hang'}})
    await f.publish('a')
    const source = f.source()
    const sink = testSink()
    const done = pipeline(source, sink)
    await until(() => f.calls('streamingPull') === 1)
    await f.pass(299)
    expect(sink.values).to.have.length(0)
    await f.pass(6)
    await sink.received(1)
    expect(source.info.metrics.extra['streamsReplaced']).to.equal(1)
    await source.drain()
    await done
  }).timeout(60_000)

  it('at an address where nobody ever listened fail the run after 10 s', async () => {
    const client = new PubSub({projectId: 'local-project', apiEndpoint: '127.0.0.1:1', emulatorMode: true})
    const source = f.source({client})
    const done = failure(pipeline(source, discard()))
    for (let s = 0; s < 60 && !source.destroyed; s++) await f.pass(1)
    const error = await done
    expect(error.code).to.equal('ERR_SLUICE_PUBSUB')
    expect(error.message).to.include('cannot be reached').and.include('PUBSUB_EMULATOR_HOST')
    await client.close()
  })

  it('that only have nothing to bring are not replaced: the service answers keep-alives', async () => {
    const source = f.source()
    const done = pipeline(source, discard())
    await until(() => f.stats().consumers === 1)
    await f.pass(650)
    expect(source.info.metrics.extra).to.deep.include({streams: 1, streamsReplaced: 0})
    await source.drain()
    await done
  }).timeout(60_000)

  it('that are refused are opened again, with longer and longer pauses', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.streamingPull'}, times: 5, do: {kind: 'status', status: 14}})
    await f.publish('a')
    const source = f.source()
    const sink = testSink()
    const done = pipeline(source, sink)
    for (let s = 0; s < 60 && sink.values.length === 0; s++) await f.pass(1)
    expect(f.calls('streamingPull')).to.equal(6)
    await source.drain()
    await done
  })

  for (const status of [1, 2, 4, 8, 10, 13, 14])
    it(`that end with code ${status} are opened again, and nothing is lost`, async () => {
      f.cloud.faults.add({
        match: {call: 'pubsub.streamingPull'},
        nth: 1,
        do: {kind: 'endStream', afterMessages: 2, status},
      })
      await f.publish('a', 'b', 'c', 'd')
      const source = f.source()
      const sink = testSink()
      const done = pipeline(source, sink)
      for (let s = 0; s < 60 && f.stats().unacked > 0; s++) await f.pass(1)
      expect(sink.values.map(String).sort()).to.deep.equal(['a', 'b', 'c', 'd'])
      await source.drain()
      await done
    })

  it('come back after the server was restarted on its port', async () => {
    await f.publish('a')
    const source = f.source()
    const sink = testSink()
    const done = pipeline(source, sink)
    await sink.received(1)
    await f.cloud.pubsub.stop()
    await until(() => source.info.metrics.extra['retries']! > 0)
    await f.cloud.pubsub.start()
    await f.publish('b')
    for (let s = 0; s < 200 && sink.values.length < 2; s++) await f.pass(1)
    expect(sink.values).to.have.length(2)
    await source.drain()
    await done
    expect(f.stats().unacked).to.equal(0)
  })

  it('that fail for a while are told after 10 s', async () => {
    const remove = f.cloud.faults.add({match: {call: 'pubsub.streamingPull'}, do: {kind: 'status', status: 14}})
    const source = f.source()
    const done = pipeline(source, discard())
    await until(() => f.calls('streamingPull') > 0)
    await f.pass(40)
    expect(f.warnings.some(text => /my-sub could not be read for \d+/.test(text))).to.equal(true)
    remove()
    await source.drain()
    await done
  })

  const permanent: [string, () => unknown, string, RegExp][] = [
    [
      'a missing subscription',
      () => f.pubsub.subscription('my-sub').delete(),
      'ERR_SLUICE_NOT_FOUND',
      /does not exist.*create it/,
    ],
    [
      'a missing permission',
      () => {
        f.cloud.permissions = ['pubsub.topics.publish']
      },
      'ERR_SLUICE_PERMISSION',
      /needs pubsub\.subscriptions\.consume/,
    ],
    ['a detached subscription', () => f.pubsub.detachSubscription('my-sub'), 'ERR_SLUICE_PUBSUB', /detached/],
  ]
  for (const [what, prepare, code, message] of permanent) {
    it(`fail the run at once for ${what}, naming it`, async () => {
      await prepare()
      const error = await failure(pipeline(f.source(), discard()))
      expect(error.code).to.equal(code)
      expect(error.message).to.include(SUBSCRIPTION).and.to.match(message)
    })
  }

  it('fail the run when the subscription is deleted meanwhile', async () => {
    const done = failure(pipeline(f.source(), discard()))
    await until(() => f.stats()?.consumers === 1)
    await f.pubsub.subscription('my-sub').delete()
    expect((await done).code).to.equal('ERR_SLUICE_NOT_FOUND')
  })
})
