import {expect} from 'chai'
import fc from 'fast-check'
import {boundedWindow, GLOBAL_WINDOW, MAX_TIMESTAMP, MIN_TIMESTAMP} from '../../../lib/core/index.ts'
import {fixedWindows} from '../../../lib/windowing/index.ts'

const span = ({start, end}: {start: number; end: number}) => [start, end]
const one = (fn: ReturnType<typeof fixedWindows>, timestamp: number) => fn.assign(timestamp, undefined) as never

describe('fixedWindows', () => {
  it('holds its first millisecond and not its end', () => {
    const fn = fixedWindows(10)
    expect(span(one(fn, 10))).to.deep.equal([10, 20])
    expect(span(one(fn, 19))).to.deep.equal([10, 20])
    expect(span(one(fn, 20))).to.deep.equal([20, 30])
  })

  it('uses the floor for times before 1970, where % rounds towards zero', () => {
    expect(span(one(fixedWindows(10_000), -3000))).to.deep.equal([-10_000, 0])
    expect(span(one(fixedWindows(10_000), -10_000))).to.deep.equal([-10_000, 0])
    expect(span(one(fixedWindows(10_000), -10_001))).to.deep.equal([-20_000, -10_000])
  })

  it('moves its borders by the offset', () => {
    const fn = fixedWindows('1h', {offset: '15m'})
    expect(span(one(fn, Date.UTC(2024, 0, 1, 10, 14)))).to.deep.equal([
      Date.UTC(2024, 0, 1, 9, 15),
      Date.UTC(2024, 0, 1, 10, 15),
    ])
  })

  it('takes an offset of more than its size for its remainder', () => {
    expect(fixedWindows('1h', {offset: '8h'}).key).to.equal(fixedWindows('1h').key)
  })

  it('takes a negative offset, for days of a time zone ahead of UTC', () => {
    const fn = fixedWindows('1d', {offset: '-8h'})
    expect(one(fn, Date.UTC(2024, 0, 1, 16))).to.include({start: Date.UTC(2024, 0, 1, 16)})
    expect(fixedWindows('1d', {offset: -8 * 3_600_000}).key).to.equal(fn.key)
    expect(() => fixedWindows('1d', {offset: '-x' as never})).to.throw(/option `offset` is '-x'/)
  })

  it('ends a millisecond after its maxTimestamp', () => {
    expect(one(fixedWindows(10), 5)).to.include({start: 0, end: 10, maxTimestamp: 9})
  })

  it('gives equal windows as one object, to two functions as well', () => {
    expect(one(fixedWindows(10), 5)).to.equal(one(fixedWindows(10), 7))
    expect(one(fixedWindows(10), 5)).to.equal(boundedWindow(0, 10))
  })

  it('gives the same window for the same time, in whatever order times come, also when many windows pass', () => {
    const fn = fixedWindows(1)
    const first = one(fn, 0)
    for (let t = 1; t < 10_000; t++) one(fn, t)
    expect(one(fn, 0)).to.equal(first)
  })

  it('has each timestamp in exactly the window of the formula', () => {
    const timestamp = fc.integer({min: -1e13, max: 1e13})
    fc.assert(
      fc.property(timestamp, fc.integer({min: 1, max: 1e9}), fc.nat(1e9), (t, size, offset) => {
        const {start, end} = one(fixedWindows(size, {offset}), t)
        expect(end - start).to.equal(size)
        expect(start).to.be.at.most(t)
        expect(end).to.be.above(t)
        expect((BigInt(start) - BigInt(offset)) % BigInt(size)).to.equal(0n)
      }),
    )
  })

  it('is cut to the ends of time, and to the end of the global window, as in Beam', () => {
    const fn = fixedWindows('7d')
    const {start} = one(fn, MIN_TIMESTAMP) as {start: number}
    expect(start).to.equal(MIN_TIMESTAMP)
    const before = one(fn, GLOBAL_WINDOW.maxTimestamp) as {end: number}
    expect(before.end).to.equal(GLOBAL_WINDOW.end)
    expect(span(one(fn, GLOBAL_WINDOW.end))).to.deep.equal([GLOBAL_WINDOW.end, MAX_TIMESTAMP + 1])
    expect(one(fn, GLOBAL_WINDOW.maxTimestamp)).to.equal(before)
    expect(span(one(fn, MAX_TIMESTAMP))).to.deep.equal([GLOBAL_WINDOW.end, MAX_TIMESTAMP + 1])
  })

  for (const size of [0, -1, 0.5, '0.5ms', 'soon', Number.NaN, Number.POSITIVE_INFINITY, undefined, null, 1e20])
    it(`refuses the size ${String(size)}`, () => {
      expect(() => fixedWindows(size as never)).to.throw(
        /fixedWindows: option `size` is .*whole milliseconds, at least 1/,
      )
    })

  it('refuses unknown options', () => {
    expect(() => fixedWindows('1m', {ofset: 1} as never)).to.throw(/unknown option `ofset`; did you mean `offset`/)
  })
})
