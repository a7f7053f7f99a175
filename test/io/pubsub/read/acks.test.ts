import {Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter} from '../../../../lib/core/index.ts'
import type {ManualMessage} from '../../../../lib/io/pubsub/index.ts'
import {testSink} from '../../../../lib/testing/index.ts'
import {discard, filter, flatMap, flatten, map} from '../../../../lib/transforms/index.ts'
import {failure, SUBSCRIPTION, until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: acknowledgements', () => {
  const f = useReading()

  it('are sent only when the message is committed', async () => {
    await f.publish('a')
    const source = f.source()
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(1)
    expect(f.stats()).to.deep.include({unacked: 1, outstanding: 1})
    expect(f.calls('acknowledge')).to.equal(0)
    sink.bundles[0]!.leases![0]!.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('are sent for a message of which nothing came', async () => {
    await f.publish('a', 'b')
    const source = f.source()
    const done = pipeline(
      source,
      filter(() => false),
      testSink(),
    )
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('wait for every output of a message', async () => {
    await f.publish('a')
    const source = f.source()
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(
      source,
      flatMap(() => [1, 2, 3]),
      sink,
    )
    await sink.received(3)
    const leases = sink.bundles.flatMap(bundle => bundle.leases ?? [])
    leases[0]!.release()
    leases[2]!.release()
    await f.pass(1)
    expect(f.stats().unacked).to.equal(1)
    leases[1]!.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('wait for the dead letter of a message', async () => {
    await f.publish('a')
    const source = f.source()
    const bad = testSink({acknowledge: 'never'})
    const failing = map(() => expect.fail('no'), {onError: deadLetter('bad')})
    failing.tagged('bad').pipe(bad)
    const done = pipeline(source, failing, testSink())
    await bad.received(1)
    expect(f.stats().unacked).to.equal(1)
    bad.bundles[0]!.leases![0]!.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('have all been sent when pipeline() resolves', async () => {
    await f.publish(...Array.from({length: 50}, (_, i) => String(i)))
    const source = f.source()
    const sink = testSink()
    const done = pipeline(source, sink)
    await sink.received(50)
    void source.drain()
    await done
    expect(f.stats().unacked).to.equal(0)
  })

  it('are not sent when the run fails: what is out is given back at once', async () => {
    await f.publish('a', 'b')
    const error = await failure(pipeline(f.source(), testSink({fail: {in: 'write', after: 1}, acknowledge: 'never'})))
    expect(error.message).to.include('was told to fail')
    await until(() => f.stats().outstanding === 0)
    expect(f.stats().unacked).to.equal(2)
  })

  it('go together in few requests', async () => {
    await f.publish(...Array.from({length: 300}, (_, i) => String(i)))
    const source = f.source()
    const done = pipeline(source, discard())
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
    expect(f.calls('acknowledge')).to.be.lessThan(30)
  })

  it('are tried again when the service cannot take them for now', async () => {
    await f.publish('a')
    f.cloud.faults.add({match: {call: 'pubsub.acknowledge'}, times: 2, do: {kind: 'status', status: 14}})
    const source = f.source()
    const done = pipeline(source, discard())
    await until(() => f.calls('acknowledge') === 1)
    await f.pass(1)
    await until(() => f.calls('acknowledge') === 2)
    await f.pass(3)
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('are made by hand with ack: manual', async () => {
    await f.publish('a', 'b')
    const source = f.source({ack: 'manual'})
    const got: ManualMessage[] = []
    source.on('data', (message: ManualMessage) => got.push(message))
    await until(() => got.length === 2)
    got[0]!.ack()
    await until(() => f.stats().unacked === 1)
    got[1]!.nack()
    await until(() => got.length === 3)
    expect(String(got[2]!.data)).to.equal('b')
    got[2]!.ack()
    got[2]!.ack()
    await until(() => f.stats().unacked === 0)
    await source.drain()
  })

  it('are sent as soon as a message is handed on with ack: on-read, to any stream', async () => {
    await f.publish('a', 'b')
    const source = f.source({ack: 'on-read'})
    const upper = new Transform({
      objectMode: true,
      transform: (data, _, done) => done(null, String(data).toUpperCase()),
    })
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, upper, sink)
    await sink.received(2)
    await until(() => f.stats().unacked === 0)
    expect(sink.values).to.deep.equal(['A', 'B'])
    await source.drain()
    await done
  })

  it('cannot be told by a foreign stream: that is refused before anything is pulled', async () => {
    await f.publish('a')
    const source = f.source()
    const foreign = new Transform({objectMode: true, transform: (data, _, done) => done(null, data)})
    const error = await failure(pipeline(source, foreign, discard()))
    expect(error.code).to.equal('ERR_SLUICE_LEASE')
    expect(f.calls('streamingPull')).to.equal(0)
  })

  it('go to each of several merged subscriptions', async () => {
    await f.topic.createSubscription('other-sub')
    await f.publish('a', 'b')
    const sources = [f.source(), f.source({subscription: 'other-sub'})]
    const sink = testSink()
    const all = flatten(...sources)
    const done = pipeline(all, sink)
    await sink.received(4)
    await Promise.all(sources.map(source => source.drain()))
    await done
    expect(f.stats().unacked).to.equal(0)
    expect(f.cloud.pubsub.stats(SUBSCRIPTION.replace('my-sub', 'other-sub'))!.unacked).to.equal(0)
    expect(new Set(sink.ids).size).to.equal(4)
  })
})
