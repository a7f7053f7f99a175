import {expect} from 'chai'
import {failure, listen, START, until, usePubSub} from '../fixture.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('time in the local Pub/Sub', () => {
  const local = usePubSub()

  it('a message carries the publish time of the clock', async () => {
    await local.publish('a')
    let time = 0
    await listen(local.subscription, 1, message => {
      time = message.publishTime.getTime()
      message.ack()
    })
    expect(time).to.equal(START)
  })

  it('a lease ends when the clock is moved and tick() called, not before', async () => {
    await local.publish('a')
    await local.pull()
    local.pass(9999)
    expect(local.cloud.pubsub.stats(local.subscription.name)).to.include({unacked: 1, outstanding: 1})
    local.pass(1)
    expect(local.cloud.pubsub.stats(local.subscription.name)).to.include({unacked: 1, outstanding: 0})
  })

  it('a late ack of a message that is not out again counts', async () => {
    await local.publish('a')
    const [[ackId] = ['']] = await local.pull()
    local.pass(11_000)
    await local.ack(ackId)
    expect(await local.pull()).to.deep.equal([])
  })

  it('an unacknowledged message is dropped after the retention', async () => {
    await local.publish('a')
    local.pass(7 * DAY)
    expect(await local.pull()).to.deep.equal([])
  })

  it('an idle subscription is deleted after the ttl of its expiration policy', async () => {
    const expirationPolicy = {ttl: {seconds: 8 * 24 * 3600}}
    const [brief] = await local.topic.createSubscription('brief', {expirationPolicy})
    local.pass(8 * DAY - 1)
    await local.pull(brief.name)
    local.pass(8 * DAY - 1)
    expect((await brief.exists())[0]).to.equal(true)
    local.pass(1)
    expect((await brief.exists())[0]).to.equal(false)
  })

  it('a subscription with an open stream does not expire', async () => {
    const received = listen(local.subscription, 1, message => message.ack())
    await local.publish('a')
    await received
    local.pass(40 * DAY)
    expect((await local.subscription.exists())[0]).to.equal(true)
  })

  it('a snapshot lives 7 days less the age of its oldest message', async () => {
    await local.publish('a')
    local.pass(2 * DAY)
    const [snapshot] = await local.subscription.createSnapshot('my-snapshot')
    local.pass(5 * DAY - 1)
    expect((await local.pubsub.getSnapshots())[0]).to.have.length(1)
    local.pass(1)
    expect(await failure(snapshot.seek())).to.have.property('code', 5)
  })

  it('a snapshot that would live less than an hour is FAILED_PRECONDITION', async () => {
    await local.publish('a')
    local.pass(7 * DAY - HOUR + 1)
    expect(await failure(local.subscription.createSnapshot('my-snapshot'))).to.have.property('code', 9)
  })

  it('a seek reaches messages that the topic retains, also from before the subscription', async () => {
    const [topic] = await local.pubsub.createTopic({name: 'kept', messageRetentionDuration: {seconds: 3600}})
    await topic.publishMessage({data: Buffer.from('old')})
    local.pass(1000)
    await topic.publishMessage({data: Buffer.from('new')})
    const [late] = await topic.createSubscription('late')
    await late.seek(new Date(START + 1000))
    expect((await local.pull(late.name)).map(([, data]) => data)).to.deep.equal(['new'])
  })

  it('a timer does what is due when nobody calls tick()', async () => {
    await local.publish('a')
    await local.modify(1, ...(await local.pull()).map(([ackId]) => ackId))
    // The clock is beyond the deadline; that it is noticed after a second of real time is up to the timer.
    local.move(1000)
    await until(() => local.cloud.pubsub.stats(local.subscription.name)?.outstanding === 0)
  })
})
