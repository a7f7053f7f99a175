import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {SourceWatermark} from '../../../../lib/io/pubsub/watermark/source-watermark.ts'
import {testSink} from '../../../../lib/testing/index.ts'
import {until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: the watermark', () => {
  const f = useReading()

  it('is held by the oldest message that is not acknowledged', async () => {
    const start = f.clock.now()
    await f.publish('a')
    const source = f.source()
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(1)
    await f.pass(30)
    await f.publish('b')
    await sink.received(2)
    await f.pass(30)
    expect(sink.watermark).to.equal(start)
    sink.bundles[0]!.leases![0]!.release()
    await f.pass(3)
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
    const source = f.source({timestampAttribute: 'at'})
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
    await f.pass(30)
    expect(f.clock.now() - source.info.watermark).to.be.at.most(2000)
    await source.drain()
    await done
  })

  it('does not pass a message that was given back', async () => {
    const start = f.clock.now()
    await f.publish('a')
    const source = f.source()
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
})

describe('the estimate of a watermark', () => {
  it('is unknown at first, and the clock after 10 s without a message', () => {
    const watermark = new SourceWatermark()
    expect(watermark.estimate(5000, Number.POSITIVE_INFINITY)).to.equal(Number.NEGATIVE_INFINITY)
    watermark.start(5000)
    expect(watermark.estimate(14_999, Number.POSITIVE_INFINITY)).to.equal(Number.NEGATIVE_INFINITY)
    expect(watermark.estimate(15_000, Number.POSITIVE_INFINITY)).to.equal(15_000)
  })

  it('is the smallest timestamp of the last 10 s, and of what is not settled', () => {
    const watermark = new SourceWatermark()
    watermark.start(0)
    watermark.see(700, 1000)
    watermark.see(300, 2000)
    watermark.see(900, 8000)
    expect(watermark.estimate(9000, Number.POSITIVE_INFINITY)).to.equal(300)
    expect(watermark.estimate(9000, 200)).to.equal(200)
    expect(watermark.estimate(13_500, Number.POSITIVE_INFINITY)).to.equal(900)
    expect(watermark.estimate(30_000, Number.POSITIVE_INFINITY)).to.equal(30_000)
  })
})
