import {expect} from 'chai'
import type {Quota} from '../../../../lib/io/pubsub/leases/held-message.ts'
import {PubSubError} from '../../../../lib/io/pubsub/service/pubsub-error.ts'
import type {PubSubPort, PullEvents, PullStream} from '../../../../lib/io/pubsub/service/pubsub-port.ts'
import {StreamPool} from '../../../../lib/io/pubsub/streams/stream-pool.ts'
import {FakeClock} from '../../../../lib/testing/index.ts'

const NEVER = Number.POSITIVE_INFINITY
const ANSWER = {receivedMessages: [], subscriptionProperties: null}

describe('when nothing keeps the service from delivering', () => {
  let clock: FakeClock
  let streams: PullEvents[]
  let quotas: Quota[]
  let pool: StreamPool

  beforeEach(() => {
    clock = new FakeClock(0)
    streams = []
    quotas = []
    const stream: PullStream = {keepAlive() {}, setAckDeadline() {}, pause() {}, resume() {}, cancel() {}}
    const pull: PubSubPort['pull'] = (_request, events) => {
      streams.push(events)
      return stream
    }
    pool = new StreamPool({
      port: {pull, renew() {}} as Partial<PubSubPort> as PubSubPort,
      subscription: 's',
      clock: () => clock,
      streams: 1,
      maxOutstanding: 2,
      maxOutstandingBytes: 1000,
      received: (_response, quota) => void quotas.push(quota),
      deadline: () => 10,
      opened() {},
      replaced() {},
      failed() {},
      fatal() {},
    })
    pool.start()
  })
  afterEach(() => pool.stop())

  const answer = () => streams.at(-1)!.received(ANSWER)

  it('is never before a stream was answered, and then since it was opened', async () => {
    await clock.advance(50)
    expect(pool.delivery(50)).to.deep.equal({startedAt: undefined, freeSince: NEVER})
    answer()
    expect(pool.delivery(50)).to.deep.equal({startedAt: 0, freeSince: 0})
  })

  it('ends when no answer has come for more than a minute', async () => {
    answer()
    await clock.advance('65s')
    expect(pool.delivery(65_000).freeSince).to.equal(0)
    await clock.advance(1)
    expect(pool.delivery(65_001).freeSince).to.equal(NEVER)
  })

  it('begins anew when a limit of messages is left', async () => {
    answer()
    const [quota] = quotas as [Quota]
    quota.held = 2
    expect(pool.delivery(0).freeSince).to.equal(NEVER)
    await clock.advance(300)
    pool.settled(quota, 0)
    expect(pool.delivery(300).freeSince).to.equal(300)
  })

  it('begins anew when a limit of bytes is left', async () => {
    answer()
    const [quota] = quotas as [Quota]
    Object.assign(quota, {held: 1, heldBytes: 900})
    expect(pool.delivery(0).freeSince).to.equal(NEVER)
    await clock.advance(300)
    pool.settled(quota, 900)
    expect(pool.delivery(300).freeSince).to.equal(300)
  })

  it('begins anew after a pause', async () => {
    answer()
    pool.pause(true)
    expect(pool.delivery(0).freeSince).to.equal(NEVER)
    await clock.advance(300)
    pool.pause(false)
    expect(pool.delivery(300).freeSince).to.equal(300)
  })

  it('begins anew when a stream was opened again', async () => {
    answer()
    streams[0]!.ended(new PubSubError('unavailable', 'over'))
    expect(pool.delivery(0)).to.deep.equal({startedAt: 0, freeSince: NEVER})
    await clock.advance(100)
    answer()
    expect(pool.delivery(100).freeSince).to.be.within(50, 100)
  })
})
