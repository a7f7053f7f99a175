import {expect} from 'chai'
import {usePubSub} from './fixture.ts'

const COUNT = 3000
const NAME = 'projects/local-project/subscriptions/my-sub'

describe('many messages in the local Pub/Sub', () => {
  const fixture = usePubSub()

  it('leave nothing behind when they are acknowledged', async () => {
    const {cloud, publish, pull, ack} = fixture
    await publish(...Array.from({length: COUNT}, (_, i) => String(i)))
    const seen = new Set<string>()
    while (seen.size < COUNT) {
      const batch = await pull()
      for (const [, data] of batch) seen.add(data)
      await ack(...batch.map(([ackId]) => ackId))
    }
    expect(cloud.pubsub.stats(NAME)).to.deep.include({unacked: 0, outstanding: 0})
    fixture.pass(24 * 3_600_000)
    expect(await pull()).to.deep.equal([])
  })

  it('come again all, and once each, when their leases end at different times', async () => {
    const {publish, pull, modify} = fixture
    await publish(...Array.from({length: 100}, (_, i) => String(i)))
    const held = new Map<string, string>()
    while (held.size < 100) for (const [ackId, data] of await pull()) held.set(data, ackId)
    for (const [data, ackId] of held) await modify(20 + Number(data), ackId)
    fixture.pass(19_999)
    expect(await pull()).to.deep.equal([])
    const again: string[] = []
    for (let i = 0; i < 100; i++) {
      fixture.pass(1000)
      again.push(...(await pull()).map(([, data]) => data))
    }
    expect(again.slice(0, 3)).to.deep.equal(['0', '1', '2'])
    expect(new Set(again).size).to.equal(100)
  })
})
