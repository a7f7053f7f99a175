import {expect} from 'chai'
import fc from 'fast-check'
import {backoffDelay} from '../../lib/util/index.ts'

const policy = {base: 100, cap: 3000}
const low = {random: () => 0}
const high = {random: () => 1}

describe('backoff', () => {
  it('doubles its bound with each failure, up to the cap', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 5000].map(n => backoffDelay(n, policy, high))).to.deep.equal([
      100, 200, 400, 800, 1600, 3000, 3000, 3000,
    ])
  })

  it('is at least half of the bound by default', () => {
    expect([0, 1, 5].map(n => backoffDelay(n, policy, low))).to.deep.equal([50, 100, 1500])
  })

  it('is not random without jitter', () => {
    expect(backoffDelay(1, {...policy, jitter: 0}, low)).to.equal(200)
    expect(backoffDelay(1, {...policy, jitter: 0}, high)).to.equal(200)
  })

  it('with full jitter is anything from the shortest pause to the bound', () => {
    const full = {...policy, jitter: 1, least: 30}
    expect(backoffDelay(1, full, low)).to.equal(30)
    expect(backoffDelay(1, full, {random: () => 0.5})).to.equal(115)
    expect(backoffDelay(1, full, high)).to.equal(200)
  })

  it('grows by another factor', () => {
    expect(backoffDelay(2, {base: 10, factor: 3, cap: 1000}, high)).to.equal(90)
  })

  it('is never shorter than the server asked for, even beyond the cap', () => {
    expect(backoffDelay(0, policy, {retryAfter: 60_000})).to.equal(60_000)
    expect(backoffDelay(9, policy, {...low, retryAfter: 10})).to.equal(1500)
  })

  it('stays within its bounds', () => {
    const times = fc.integer({min: 1, max: 100_000})
    fc.assert(
      fc.property(
        fc.nat(2000),
        fc.record({base: times, cap: times, jitter: fc.double({min: 0, max: 1, noNaN: true})}),
        fc.double({min: 0, max: 1, noNaN: true}),
        (failures, given, random) => {
          const bound = Math.min(given.cap, given.base * 2 ** failures)
          const pause = backoffDelay(failures, given, {random: () => random})
          expect(pause).to.be.within(Math.floor(bound * (1 - given.jitter)), Math.ceil(bound))
        },
      ),
    )
  })
})
