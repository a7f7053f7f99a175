import {expect} from 'chai'
import fc from 'fast-check'
import {AckDeadlineEstimator} from '../../../../lib/io/pubsub/leases/ack-deadline-estimator.ts'
import {DedupWindow} from '../../../../lib/io/pubsub/leases/dedup-window.ts'
import {HeldMessage, type Holder} from '../../../../lib/io/pubsub/leases/held-message.ts'
import {parseTimestamp} from '../../../../lib/io/pubsub/messages/timestamps.ts'
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

describe('timestamps of attributes', () => {
  it('are milliseconds or RFC 3339', () => {
    expect(parseTimestamp('1700000000000')).to.equal(1_700_000_000_000)
    expect(parseTimestamp('-5')).to.equal(-5)
    expect(parseTimestamp('1970-01-01T00:00:01Z')).to.equal(1000)
    expect(parseTimestamp('1970-01-01t00:00:01.999999z')).to.equal(1999)
    expect(parseTimestamp('1970-01-01T01:00:00+01:00')).to.equal(0)
  })

  for (const text of [
    undefined,
    '',
    'x',
    '1e3',
    '1.5',
    ' 1',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-13-01T00:00:00Z',
    '9999999999999999',
    '2024-02-30T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00+01:60',
    '0000-01-01T00:00:00Z',
  ])
    it(`are not ${JSON.stringify(text)}`, () => expect(parseTimestamp(text)).to.be.NaN)

  it('of any date come back from its ISO form', () => {
    fc.assert(
      fc.property(fc.date({min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true}), date => {
        expect(parseTimestamp(date.toISOString())).to.equal(date.getTime())
      }),
    )
  })
})

describe('ack deadlines', () => {
  it('are 10 s at first, and for quick messages', () => {
    const times = new AckDeadlineEstimator()
    expect(times.deadline).to.equal(10)
    for (let i = 0; i < 1000; i++) times.add(200)
    expect(times.deadline).to.equal(10)
  })

  it('are twice what 99 of 100 messages take, up to 600 s', () => {
    const times = new AckDeadlineEstimator()
    for (let i = 0; i < 980; i++) times.add(1000)
    for (let i = 0; i < 20; i++) times.add(30_500)
    expect(times.deadline).to.equal(62)
    for (let i = 0; i < 500; i++) times.add(10_000_000)
    expect(times.deadline).to.equal(600)
  })

  it('come down again when messages are quick again', () => {
    const times = new AckDeadlineEstimator()
    for (let i = 0; i < 1000; i++) times.add(100_000)
    for (let i = 0; i < 20_000; i++) times.add(500)
    expect(times.deadline).to.equal(10)
  })

  it('are 60 s at least of an exactly-once subscription', () => {
    const times = new AckDeadlineEstimator()
    times.exactlyOnce = true
    expect(times.deadline).to.equal(60)
  })
})

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
