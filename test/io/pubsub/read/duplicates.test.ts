import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {testSink} from '../../../../lib/testing/index.ts'
import {until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: duplicates', () => {
  const f = useReading()

  it('share the fate of the first copy: acknowledged when that is committed', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.deliver'}, do: {kind: 'duplicate'}})
    await f.publish('a', 'b')
    const source = f.source()
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await sink.received(2)
    await until(() => source.info.metrics.extra['duplicates'] === 2)
    await f.pass(30)
    expect(f.stats().unacked).to.equal(2)
    for (const lease of sink.bundles.flatMap(({leases}) => leases ?? [])) lease.release()
    await until(() => f.stats().unacked === 0)
    expect(sink.values).to.have.length(2)
    await source.drain()
    await done
  })

  it('share the fate of the first copy: given back when that fails', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.deliver'}, nth: 1, do: {kind: 'duplicate'}})
    await f.publish('a')
    const source = f.source()
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, sink)
    await until(() => source.info.metrics.extra['duplicates'] === 1)
    sink.bundles[0]!.leases![0]!.nack()
    await f.pass(2)
    await sink.received(2)
    for (const lease of sink.bundles.at(-1)!.leases!) lease.release()
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })

  const lost: [string, object][] = [
    ['whose acknowledgement was lost', {kind: 'dropAck'}],
    ['that come again after their acknowledgement', {kind: 'redeliverAfterAck'}],
  ]
  for (const [what, action] of lost)
    it(`${what} are acknowledged once more, and not processed`, async () => {
      f.cloud.faults.add({match: {call: 'pubsub.ack'}, nth: 1, do: action as never})
      await f.publish('a')
      const source = f.source()
      const sink = testSink()
      const done = pipeline(source, sink)
      await sink.received(1)
      await f.pass(15)
      await until(() => f.stats().unacked === 0)
      expect(sink.values).to.have.length(1)
      expect(source.info.metrics.extra['duplicates']).to.equal(1)
      await source.drain()
      await done
    })

  it('are told by idAttribute, for what was published twice', async () => {
    await f.publish(
      {data: 'a', attributes: {id: '1'}},
      {data: 'a again', attributes: {id: '1'}},
      {data: 'b', attributes: {}},
    )
    const source = f.source({idAttribute: 'id', decode: 'text'})
    const sink = testSink()
    source.tagged('rejects').pipe(testSink())
    const done = pipeline(source, sink)
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
    expect(sink.values).to.deep.equal(['a', 'b'])
    expect(sink.ids[0]).to.match(/my-sub\|id:1$/)
  })

  it('come through again with dedupWindow: 0', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.ack'}, nth: 1, do: {kind: 'redeliverAfterAck'}})
    await f.publish('a')
    const source = f.source({dedupWindow: 0})
    const sink = testSink()
    const done = pipeline(source, sink)
    await sink.received(2)
    await source.drain()
    await done
    expect(source.info.metrics.extra['duplicates']).to.equal(0)
  })
})
