import {expect} from 'chai'
import {sleep} from '../../lib/core/index.ts'
import {FakeClock, testSink} from '../../lib/testing/index.ts'
import {rejection} from '../transforms/support.ts'

describe('FakeClock', () => {
  it('stands still until it is moved', async () => {
    const clock = new FakeClock(1000)
    expect(clock.now()).to.equal(1000)
    await clock.advance('2s')
    expect(clock.now()).to.equal(3000)
  })
  it('fires timers in the order of their times, each at its own', async () => {
    const clock = new FakeClock(0)
    const fired: [string, number][] = []
    for (const [name, ms] of [
      ['b', 20],
      ['a', 10],
      ['c', 20],
      ['late', 31],
    ] as const)
      clock.setTimeout(() => fired.push([name, clock.now()]), ms)
    await clock.advance(30)
    expect(fired).to.deep.equal([
      ['a', 10],
      ['b', 20],
      ['c', 20],
    ])
  })
  it('fires timers that are set on the way', async () => {
    const clock = new FakeClock(0)
    let ticks = 0
    const tick = () => {
      ticks++
      clock.setTimeout(tick, 10)
    }
    clock.setTimeout(tick, 10)
    await clock.advance(100)
    expect(ticks).to.equal(10)
  })
  it('lets what a timer sets off run before the next one', async () => {
    const clock = new FakeClock(0)
    const log: string[] = []
    const work = async (name: string) => {
      await sleep(clock, 10)
      log.push(`${name} ${clock.now()}`)
      await sleep(clock, 10)
      log.push(`${name} ${clock.now()}`)
    }
    const done = work('x')
    await clock.advance(100)
    await done
    expect(log).to.deep.equal(['x 10', 'x 20'])
  })
  it('forgets a timer that is cancelled', async () => {
    const clock = new FakeClock()
    let fired = false
    clock
      .setTimeout(() => {
        fired = true
      }, 5)
      .cancel()
    await clock.advance(10)
    expect(fired).to.equal(false)
  })
  it('says which timers are set', () => {
    const clock = new FakeClock()
    clock.setTimeout(() => {}, 20)
    clock.setTimeout(() => {}, 10)
    expect(clock.pending).to.deep.equal([10, 20])
  })
  it('is given to stages', () => {
    const clock = new FakeClock()
    const other = testSink()
    const sink = clock.attach(testSink(), other)
    expect([sink.info.clock, other.info.clock]).to.deep.equal([clock, clock])
  })
  it('refuses anything that is neither a duration nor a stage', async () => {
    expect((await rejection(new FakeClock().advance('1 parsec' as never))).message).to.match(/^FakeClock: option `by`/)
    expect(() => new FakeClock().attach({})).to.throw(/^FakeClock: option `stage`/)
    expect(() => new FakeClock(Number.NaN)).to.throw(/^FakeClock: option `start`/)
  })
})
