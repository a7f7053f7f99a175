import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import type {PubSubMessage} from '../../../../lib/io/pubsub/index.ts'
import {testSink} from '../../../../lib/testing/index.ts'
import {map} from '../../../../lib/transforms/index.ts'
import {until, useReading} from '../support/read-fixture.ts'

const byKey = (values: unknown[]) => {
  const keys: Record<string, string[]> = {}
  for (const value of values) {
    const [key, number] = String(value).split(':') as [string, string]
    ;(keys[key] ??= []).push(number)
  }
  return keys
}

describe('readFromPubSub: ordering keys', () => {
  const f = useReading({subscription: {enableMessageOrdering: true}})
  const numbers = Array.from({length: 40}, (_, i) => String(i))
  const publish = () =>
    f.publish(...numbers.flatMap(n => ['a', 'b', 'c'].map(key => ({data: `${key}:${n}`, orderingKey: key}))))

  it('keep their order up to the sink, whatever the concurrency of an asynchronous step', async () => {
    await publish()
    const source = f.source({withAttributes: true})
    let turn = 0
    const slow = map(
      async ({data}: PubSubMessage) => {
        for (let i = 0; i < [5, 0, 3, 1][turn++ % 4]!; i++) await new Promise(setImmediate)
        return String(data)
      },
      {concurrency: 16},
    )
    const sink = testSink()
    const done = pipeline(source, slow, sink)
    await until(() => sink.values.length === 120)
    expect(byKey(sink.values)).to.deep.equal({a: numbers, b: numbers, c: numbers})
    await source.drain()
    await done
  })

  it('bring all later messages of a key again after one that failed, also those that were done', async () => {
    await publish()
    let failed = false
    const source = f.source({withAttributes: true})
    const failing = map(
      ({data}: PubSubMessage) => {
        if (String(data) === 'b:5' && !failed) {
          failed = true
          throw new Error('once')
        }
        return String(data)
      },
      {onError: 'nack'},
    )
    const sink = testSink()
    const done = pipeline(source, failing, sink)
    for (let s = 0; s < 60 && f.stats().unacked > 0; s++) await f.pass(1)
    const {a, b, c} = byKey(sink.values)
    expect(a).to.deep.equal(numbers)
    expect(c).to.deep.equal(numbers)
    // after the last time that number 5 came, everything is in order
    expect(b!.slice(b!.lastIndexOf('5'))).to.deep.equal(numbers.slice(5))
    await source.drain()
    await done
  })
})

describe('readFromPubSub: an exactly-once subscription', () => {
  const f = useReading({subscription: {enableExactlyOnceDelivery: true}})

  it('hands on only what the service has confirmed to be ours', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.modifyAckDeadline'}, do: {kind: 'status', status: 14}, times: 3})
    await f.publish('a')
    const source = f.source()
    const sink = testSink()
    const done = pipeline(source, sink)
    await until(() => f.calls('modifyAckDeadline') === 3)
    await f.pass(1)
    expect(sink.values).to.deep.equal([])
    // it comes again after its deadline, and can be confirmed then
    for (let s = 0; s < 90 && sink.values.length === 0; s++) await f.pass(1)
    await until(() => f.stats().unacked === 0)
    expect(sink.values).to.have.length(1)
    await source.drain()
    await done
  })

  it('has acks sent again that failed for now', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.ack'}, times: 2, do: {kind: 'ackFailure'}})
    await f.publish('a')
    const source = f.source()
    const done = pipeline(source, testSink())
    for (let s = 0; s < 20 && f.stats().unacked > 0; s++) await f.pass(1)
    expect(f.stats().unacked).to.equal(0)
    await until(() => source.info.metrics.extra['acked'] === 1)
    expect(source.info.metrics.extra).to.deep.include({lostAcks: 0})
    await source.drain()
    await done
  })

  it('has lost acks counted and told, and the message comes again', async () => {
    f.cloud.faults.add({
      match: {call: 'pubsub.ack'},
      nth: 1,
      do: {kind: 'ackFailure', reason: 'PERMANENT_FAILURE_INVALID_ACK_ID'},
    })
    await f.publish('a')
    const source = f.source()
    const sink = testSink()
    const done = pipeline(source, sink)
    await until(() => source.info.metrics.extra['lostAcks'] === 1)
    expect(f.warnings.some(text => text.includes('delivered again'))).to.equal(true)
    for (let s = 0; s < 90 && f.stats().unacked > 0; s++) await f.pass(1)
    expect(f.stats().unacked).to.equal(0)
    // known here as done: acknowledged under its new ack id, not processed again
    expect(sink.values).to.have.length(1)
    await source.drain()
    await done
  })

  it('is asked for deadlines of at least 60 s', async () => {
    await f.publish('a')
    const source = f.source()
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(1)
    await f.pass(150)
    expect(sink.values).to.have.length(1)
    const seconds = f.cloud.log.of({call: 'pubsub.modifyAckDeadline'}).map(({notes}) => notes?.['seconds'])
    expect(Math.min(...(seconds as number[]))).to.be.at.least(60)
    sink.bundles[0]!.leases![0]!.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })
})
