import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type Bundle, Sink} from '../../../../lib/core/index.ts'
import {testSink} from '../../../../lib/testing/index.ts'
import {discard} from '../../../../lib/transforms/index.ts'
import {until, useReading} from '../support/read-fixture.ts'

/** Commits each message only some turns of the event loop after it has come, and knows how many were out at most. */
class Slow extends Sink<unknown> {
  out = 0
  most = 0
  bytes = 0
  mostBytes = 0
  total = 0
  protected override get ownsLeases(): boolean {
    return true
  }
  override writeBundle({values, leases}: Bundle<unknown>): void {
    for (const [i, value] of values.entries()) {
      this.out++
      this.bytes += (value as Buffer).length
      this.most = Math.max(this.most, this.out)
      this.mostBytes = Math.max(this.mostBytes, this.bytes)
      void this.#commit(i, () => {
        this.out--
        this.bytes -= (value as Buffer).length
        this.total++
        leases![i]!.release()
      })
    }
  }
  async #commit(turns: number, done: () => void): Promise<void> {
    for (let i = 0; i < 3 + (turns % 5); i++) await new Promise(setImmediate)
    done()
  }
  override commit(): void {}
}

describe('readFromPubSub: flow control', () => {
  const f = useReading()

  for (const streams of [1, 3])
    it(`never has more than maxOutstanding messages out, over ${streams} streams that end now and then`, async () => {
      await f.publish(...Array.from({length: 200}, (_, i) => String(i)))
      const source = f.source({maxOutstanding: 10, streams})
      const sink = new Slow()
      const done = pipeline(source, sink)
      for (let ends = 0; ends < 10; ends++) {
        await until(() => sink.total >= ends * 15)
        f.cloud.pubsub.endStreams()
        await f.pass(1)
      }
      for (let s = 0; s < 100 && f.stats().unacked > 0; s++) await f.pass(1)
      expect(sink.most).to.be.within(5, 10)
      expect(sink.total).to.equal(200)
      await source.drain()
      await done
    })

  it('counts what is held of streams that have ended', async () => {
    await f.publish(...Array.from({length: 30}, (_, i) => String(i)))
    const source = f.source({maxOutstanding: 10})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(10)
    f.cloud.pubsub.endStreams()
    await f.pass(5)
    expect(sink.values).to.have.length(10)
    for (const lease of sink.bundles.flatMap(({leases}) => leases ?? []).slice(0, 4)) lease.release()
    await f.pass(5)
    expect(sink.values).to.have.length(14)
    const run = done.catch(() => {})
    source.destroy(new Error('enough'))
    await run
  })

  it('limits bytes too, and lets one larger message pass alone', async () => {
    await f.publish(...Array.from({length: 20}, () => 'x'.repeat(1000)), 'y'.repeat(9000), 'z')
    const source = f.source({maxOutstandingBytes: 4000})
    const sink = new Slow()
    const done = pipeline(source, sink)
    await until(() => sink.total === 22)
    expect(sink.mostBytes).to.equal(9000)
    await source.drain()
    await done
  })

  it('asks for nothing before the source is read', async () => {
    await f.publish('a')
    const source = f.source()
    await f.pass(3)
    expect(f.calls('streamingPull')).to.equal(0)
    expect(f.stats().consumers).to.equal(0)
    await source.drain()
  })

  it('holds no more than maxOutstanding messages when the sink stalls', async () => {
    await f.publish(...Array.from({length: 50}, (_, i) => String(i)))
    const source = f.source({maxOutstanding: 20})
    const sink = testSink({stall: true})
    const done = pipeline(source, sink)
    await until(() => f.stats().outstanding === 20)
    await f.pass(3)
    expect(f.stats().outstanding).to.equal(20)
    sink.release()
    await sink.received(50)
    await source.drain()
    await done
  })

  it('asks the service for the limits of the options', async () => {
    const source = f.source({maxOutstanding: 70, maxOutstandingBytes: '1MB', streams: 2})
    const done = pipeline(source, discard())
    await until(() => f.calls('streamingPull') === 2)
    const asked = f.cloud.log.of({call: 'pubsub.streamingPull'}).map(({notes}) => notes)
    for (const notes of asked)
      expect(notes).to.deep.include({
        streamAckDeadlineSeconds: 10,
        maxOutstandingMessages: 35,
        maxOutstandingBytes: 500_000,
      })
    await source.drain()
    await done
  })
})
