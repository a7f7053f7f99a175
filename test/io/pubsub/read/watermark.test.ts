import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {testSink} from '../../../../lib/testing/index.ts'
import {until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: the watermark', () => {
  const f = useReading()

  it('is held by the oldest message that is not acknowledged', async () => {
    const start = f.clock.now()
    await f.publish('a')
    const source = f.source({restartHold: 0})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(1)
    await f.pass(30)
    await f.publish('b')
    await sink.received(2)
    await f.pass(61)
    expect(sink.watermark).to.equal(start)
    sink.bundles[0]!.leases![0]!.release()
    await f.pass(2)
    expect(sink.watermark).to.equal(start + 30_000)
    sink.bundles.find(({leases}) => leases !== undefined && leases !== sink.bundles[0]!.leases)!.leases![0]!.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('comes from an attribute: milliseconds, or RFC 3339', async () => {
    await f.publish(
      {data: 'a', attributes: {at: '1700000000123'}},
      {data: 'b', attributes: {at: '2023-11-14T22:13:19.5Z'}},
      {data: 'c', attributes: {at: '2023-11-14T23:13:19.250000001+01:00'}},
    )
    const source = f.source({timestampAttribute: 'at', restartHold: 0})
    source.tagged('rejects').pipe(testSink())
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(3)
    expect(sink.timestamps).to.deep.equal([1_700_000_000_123, 1_699_999_999_500, 1_699_999_999_250])
    await f.pass(2)
    expect(sink.watermark).to.equal(1_699_999_999_250)
    for (const lease of sink.bundles.flatMap(({leases}) => leases ?? [])) lease.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('goes by the clock while nothing comes', async () => {
    const source = f.source()
    const done = pipeline(source, testSink())
    await until(() => f.stats().consumers === 1)
    await f.pass(59)
    expect(source.info.watermark).to.equal(Number.NEGATIVE_INFINITY)
    await f.pass(3)
    expect(f.clock.now() - source.info.watermark).to.be.within(1000, 3000)
    await source.drain()
    await done
  })

  it('does not pass a message that was given back', async () => {
    const start = f.clock.now()
    await f.publish('a')
    const source = f.source({restartHold: 0})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(1)
    sink.bundles[0]!.leases![0]!.nack()
    await f.pass(2)
    await sink.received(2)
    await f.pass(20)
    expect(sink.watermark).to.equal(start)
    sink.bundles.at(-1)!.leases?.[0]?.release()
    for (const lease of sink.bundles.flatMap(({leases}) => leases ?? [])) lease.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('is unknown for a minute after the start, and the oldest message after that', async () => {
    await f.publish('a')
    const source = f.source()
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(1)
    await f.pass(58)
    expect(source.info.watermark).to.equal(Number.NEGATIVE_INFINITY)
    await f.pass(4)
    expect(source.info.watermark).to.equal(sink.timestamps[0])
    sink.bundles[0]!.leases![0]!.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  it('waits while the service is held back by a limit', async () => {
    const source = f.source({restartHold: 0, maxOutstanding: 1})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await f.publish('a')
    await sink.received(1)
    const at = sink.timestamps[0]!
    await f.publish('b')
    await f.pass(90)
    expect(sink.watermark).to.equal(at)
    sink.bundles[0]!.leases![0]!.release()
    await sink.received(2)
    expect(sink.watermark).to.be.at.most(sink.timestamps[1]!)
    for (const lease of sink.bundles.flatMap(({leases}) => leases ?? [])) lease.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })
})
