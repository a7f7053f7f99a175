import {expect} from 'chai'
import {isTimestamped, timestamped} from '../../../lib/core/bundle/timestamped.ts'
import {MAX_TIMESTAMP, MIN_TIMESTAMP} from '../../../lib/core/bundle/window.ts'

describe('timestamped()', () => {
  for (const bad of [Number.NaN, 1.5, Number.POSITIVE_INFINITY, MAX_TIMESTAMP + 1, MIN_TIMESTAMP - 1])
    it(`refuses ${bad}`, () =>
      expect(() => timestamped('x', bad))
        .to.throw(/integer milliseconds/)
        .with.property('code', 'ERR_SLUICE_TIMESTAMP'))

  it('refuses a Date, a text, a BigInt and nothing, and says what to give', () => {
    for (const bad of [new Date(0), '2024-01-01', 5n, undefined, null])
      expect(() => timestamped('x', bad as never)).to.throw(/date\.getTime\(\)/)
  })

  it('takes every time that a Date can have', () => {
    for (const ms of [MIN_TIMESTAMP, -1, 0, Date.now(), MAX_TIMESTAMP]) {
      expect(timestamped('x', ms)).to.include({value: 'x', timestamp: ms})
      expect(new Date(ms).getTime()).to.equal(ms)
    }
  })

  it('is told apart from any other value', () => {
    const hostile = new Proxy(Object.create({}), {
      get: () => {
        throw new Error('no')
      },
    })
    for (const value of [
      null,
      undefined,
      1,
      'x',
      {value: 1, timestamp: 2},
      [1],
      new Map(),
      new (class A {})(),
      hostile,
    ])
      expect(isTimestamped(value)).to.equal(false)
    expect(isTimestamped(timestamped(null, 0))).to.equal(true)
  })

  it('is known to another copy of the package', async () => {
    const url = new URL('../../../lib/core/bundle/timestamped.ts?copy', import.meta.url).href
    const copy = (await import(url)) as {timestamped: typeof timestamped; isTimestamped: typeof isTimestamped}
    expect(copy.timestamped).not.to.equal(timestamped)
    expect(isTimestamped(copy.timestamped('x', 0))).to.equal(true)
    expect(copy.isTimestamped(timestamped('x', 0))).to.equal(true)
  })
})
