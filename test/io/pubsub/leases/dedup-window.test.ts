import {expect} from 'chai'
import {DedupWindow} from '../../../../lib/io/pubsub/leases/dedup-window.ts'
import {HeldMessage, type Holder} from '../../../../lib/io/pubsub/leases/held-message.ts'
import {FakeClock} from '../../../../lib/testing/index.ts'

const holder: Holder = {subscription: 's', done() {}, failed() {}, returned() {}}

function message(key: string, orderingKey = ''): HeldMessage {
  const wire = {data: Buffer.alloc(0), attributes: {}, messageId: key, publishTime: null, orderingKey}
  const quota = {held: 0, heldBytes: 0}
  return new HeldMessage(
    holder,
    {ackId: key, message: wire, deliveryAttempt: 0},
    {quota, key, bytes: 0, holdsAt: 0, timestamp: 0, receivedAt: 0, expiresAt: 0},
  )
}

describe('the window for duplicates', () => {
  it('knows what is held, and for 10 minutes what was acknowledged', async () => {
    const clock = new FakeClock()
    const window = new DedupWindow(10, () => clock)
    const a = message('a')
    window.hold(a)
    await clock.advance('20m')
    expect(window.find('a')).to.equal(a)
    window.done(a)
    await clock.advance('9m')
    expect(window.find('a')).to.equal('done')
    await clock.advance('1m')
    expect(window.find('a')).to.equal(undefined)
  })

  it('keeps the newest, and never drops what is held', () => {
    const window = new DedupWindow(3, () => new FakeClock())
    const held = message('held')
    window.hold(held)
    for (let i = 0; i < 5; i++) {
      const one = message(`${i}`)
      window.hold(one)
      window.done(one)
    }
    expect(['held', '0', '1', '2', '3', '4'].filter(key => window.find(key))).to.deep.equal(['held', '2', '3', '4'])
  })

  it('does not forget what was acknowledged because of what is held', () => {
    const window = new DedupWindow(3, () => new FakeClock())
    for (let i = 0; i < 10; i++) window.hold(message(`held ${i}`))
    const one = message('done')
    window.hold(one)
    window.done(one)
    expect(window.find('done')).to.equal('done')
  })

  it('has room again for each acknowledged message that it forgets with its ordering key', () => {
    const window = new DedupWindow(2, () => new FakeClock())
    const [first, later] = [message('1', 'k'), message('2', 'k')]
    for (const one of [first, later]) window.hold(one)
    window.done(first)
    window.forget(later)
    for (const key of ['a', 'b']) {
      const one = message(key)
      window.hold(one)
      window.done(one)
    }
    expect(['a', 'b'].filter(key => window.find(key))).to.deep.equal(['a', 'b'])
  })

  it('forgets what was given back, and all that is known of its ordering key', () => {
    const window = new DedupWindow(10, () => new FakeClock())
    const [first, later, done, other] = [message('1', 'k'), message('2', 'k'), message('3', 'k'), message('4', 'other')]
    for (const one of [first, later, done, other]) window.hold(one)
    window.done(done)
    window.done(other)
    window.forget(first)
    expect(['1', '2', '3', '4'].filter(key => window.find(key))).to.deep.equal(['4'])
  })

  it('does not take the settlement of a forgotten copy for that of the next', () => {
    const window = new DedupWindow(10, () => new FakeClock())
    const [old, next] = [message('a'), message('a')]
    window.hold(old)
    window.forget(old)
    window.hold(next)
    window.done(old)
    expect(window.find('a')).to.equal(next)
  })
})
