import {expect} from 'chai'
import fc from 'fast-check'
import {RETRY_POLICY, RetryBudget} from '../../lib/batching/index.ts'
import {ManualClock} from './manual-clock.ts'

const MINUTE = 60_000

/** Retries until the budget is used up; gives the pauses. */
function pauses(budget: RetryBudget, clock: ManualClock, failure: Parameters<RetryBudget['next']>[0]): number[] {
  const list: number[] = []
  for (let pause = budget.next(failure); pause !== undefined; pause = budget.next(failure)) {
    list.push(pause)
    clock.advance(pause)
    budget.retried()
  }
  return list
}

describe('batching: RetryBudget', () => {
  it('backs off up to 2, 4, 8, 16 and then 32 seconds', () => {
    const clock = new ManualClock()
    const list = pauses(new RetryBudget(RETRY_POLICY, clock, () => 1), clock, {kind: 'transient'})
    expect(list.slice(0, 7)).to.deep.equal([2000, 4000, 8000, 16_000, 32_000, 32_000, 32_000])
  })

  it('never pauses less than a second or more than 32', () => {
    fc.assert(
      fc.property(fc.double({min: 0, max: 1, noNaN: true, maxExcluded: true}), random => {
        const clock = new ManualClock()
        const list = pauses(new RetryBudget(RETRY_POLICY, clock, () => random), clock, {kind: 'transient'})
        for (const pause of list) expect(pause).to.be.within(1000, 32_000)
      }),
      {numRuns: 20},
    )
  })

  it('gives up after 15 minutes, having used them up', () => {
    const clock = new ManualClock()
    const list = pauses(new RetryBudget(RETRY_POLICY, clock), clock, {kind: 'transient'})
    expect(list.reduce((sum, pause) => sum + pause, 0)).to.be.within(15 * MINUTE - 1000, 15 * MINUTE)
  })

  it('waits as long as the server asks', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget(RETRY_POLICY, clock, () => 0)
    expect(budget.next({kind: 'transient', retryAfter: 45_000})).to.equal(45_000)
  })

  it('gives up at once when the server asks for more time than is left', () => {
    const budget = new RetryBudget({...RETRY_POLICY, total: 10_000}, new ManualClock())
    expect(budget.next({kind: 'transient', retryAfter: 11_000})).to.equal(undefined)
  })

  it('limits a kind of failure by its own time', () => {
    const clock = new ManualClock()
    const list = pauses(new RetryBudget(RETRY_POLICY, clock), clock, {kind: 'quota', within: 10 * MINUTE})
    expect(list.reduce((sum, pause) => sum + pause, 0)).to.be.within(10 * MINUTE - 1000, 10 * MINUTE)
  })

  it('counts the time of each kind apart', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget(RETRY_POLICY, clock)
    budget.next({kind: 'transient'})
    clock.advance(9 * MINUTE)
    expect(budget.next({kind: 'staleSchema', within: 5 * MINUTE})).to.be.greaterThan(0)
    expect(budget.elapsed).to.equal(9 * MINUTE)
  })

  it('continues forever when the total is infinite', () => {
    const clock = new ManualClock()
    const budget = new RetryBudget({...RETRY_POLICY, total: Number.POSITIVE_INFINITY}, clock, () => 1)
    budget.next({kind: 'transient'})
    clock.advance(30 * 24 * 60 * MINUTE)
    expect(budget.next({kind: 'transient'})).to.equal(2000)
  })
})
