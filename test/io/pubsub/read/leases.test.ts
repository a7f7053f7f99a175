import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {testSink} from '../../../../lib/testing/index.ts'
import {until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: leases', () => {
  const f = useReading()

  /** Reads `count` messages into a sink that commits nothing. */
  async function reading(count: number, options: Parameters<typeof f.source>[0] = {}) {
    await f.publish(...Array.from({length: count}, (_, i) => String(i)))
    const source = f.source(options)
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(count)
    const leases = () => sink.bundles.flatMap(bundle => bundle.leases ?? [])
    return {source, sink, done, leases}
  }

  it('are extended as long as messages are in work', async () => {
    const {source, sink, done, leases} = await reading(3)
    await f.pass(120)
    expect(sink.values).to.have.length(3)
    expect(f.stats()).to.deep.include({unacked: 3, outstanding: 3})
    for (const lease of leases()) lease.release()
    await until(() => f.stats().unacked === 0)
    expect(source.info.metrics.extra).to.deep.include({duplicates: 0, leasesGivenUp: 0})
    await source.drain()
    await done
  })

  it('are extended for a subscription whose service forgets one extension', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.modifyAckDeadline'}, nth: 1, do: {kind: 'status', status: 14}})
    const {source, sink, done, leases} = await reading(1)
    await f.pass(30)
    leases()[0]!.release()
    await until(() => f.stats().unacked === 0)
    // the copy that came meanwhile is no second element
    expect(sink.values).to.have.length(1)
    await source.drain()
    await done
  })

  it('are given up after maxLease, counted, and told once; the message comes again', async () => {
    const {source, sink, done, leases} = await reading(2, {maxLease: '30s'})
    await f.pass(50)
    await sink.received(4)
    expect(source.info.metrics.extra['leasesGivenUp']).to.equal(2)
    expect(f.warnings.filter(text => text.includes('given up'))).to.have.length(1)
    for (const lease of leases()) lease.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('get the deadline that messages need: twice what most of them take', async () => {
    const {source, sink, done, leases} = await reading(3)
    await f.pass(40)
    for (const lease of leases()) lease.release()
    await until(() => f.stats().unacked === 0)
    await f.publish('later')
    await sink.received(4)
    await f.pass(2)
    expect(source.info.observe!()['ackDeadlineSeconds']).to.be.within(80, 90)
    leases().at(-1)!.release()
    await source.drain()
    await done
  })

  it('keep a message out of other hands while a failed one pauses, 1 to 60 s', async () => {
    const {source, sink, done, leases} = await reading(1)
    for (const [failures, pause] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
      leases()[failures]!.nack(new Error('no'))
      await f.pass(pause - 1)
      expect(sink.values).to.have.length(failures + 1)
      await f.pass(1)
      await sink.received(failures + 2)
    }
    leases().at(-1)!.release()
    await until(() => source.info.metrics.extra['acked'] === 1)
    expect(source.info.metrics.extra).to.deep.include({nacked: 8, duplicates: 0})
    await source.drain()
    await done
  }).timeout(60_000)
})
