import {expect} from 'chai'
import {AckDeadlineEstimator} from '../../../../lib/io/pubsub/leases/ack-deadline-estimator.ts'

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
