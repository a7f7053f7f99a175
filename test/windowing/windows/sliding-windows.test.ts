import {expect} from 'chai'
import fc from 'fast-check'
import {type BoundedWindow, GLOBAL_WINDOW, MAX_TIMESTAMP, MIN_TIMESTAMP} from '../../../lib/core/index.ts'
import {fixedWindows, slidingWindows, type WindowFn} from '../../../lib/windowing/index.ts'

function spans(fn: WindowFn, timestamp: number): number[][] {
  return [fn.assign(timestamp, undefined)]
    .flat()
    .map(window => [(window as BoundedWindow).start, (window as BoundedWindow).end])
}

describe('slidingWindows', () => {
  it('puts an element into every window that holds it, in order of their start', () => {
    expect(spans(slidingWindows(30, {period: 10}), 25)).to.deep.equal([
      [0, 30],
      [10, 40],
      [20, 50],
    ])
  })

  it('does not hold its end', () => {
    expect(spans(slidingWindows(20, {period: 10}), 20)).to.deep.equal([
      [10, 30],
      [20, 40],
    ])
  })

  it('has times before 1970 in windows that begin there', () => {
    expect(spans(slidingWindows(20, {period: 10}), -1)).to.deep.equal([
      [-20, 0],
      [-10, 10],
    ])
  })

  it('puts elements early in a period into one window more, when the size is not a multiple of the period', () => {
    const fn = slidingWindows(25, {period: 10})
    expect(spans(fn, 104)).to.have.length(3)
    expect(spans(fn, 105)).to.have.length(2)
    expect(spans(fn, 104)).to.have.length(3)
  })

  it('puts elements between windows into none, when the period is longer than the size', () => {
    const fn = slidingWindows(3, {period: 10})
    expect(spans(fn, 2)).to.deep.equal([[0, 3]])
    expect(spans(fn, 3)).to.deep.equal([])
    expect(spans(fn, 9)).to.deep.equal([])
    expect(spans(fn, -8)).to.deep.equal([[-10, -7]])
  })

  it('gives the window itself for one, as fixed windows do', () => {
    expect(slidingWindows(10, {period: 10}).assign(5, undefined)).to.equal(fixedWindows(10).assign(5, undefined))
  })

  it('gives one array for equal sets of windows', () => {
    const fn = slidingWindows(30, {period: 10})
    expect(fn.assign(21, undefined)).to.equal(fn.assign(22, undefined))
  })

  it('has exactly the windows that hold the element, of all that begin at a multiple of the period', () => {
    const small = fc.integer({min: 1, max: 60})
    fc.assert(
      fc.property(fc.integer({min: -500, max: 500}), small, small, fc.nat(100), (t, size, period, offset) => {
        const expected: number[][] = []
        for (let k = -1200; k < 1200; k++) {
          const start = (offset % period) + k * period
          if (start <= t && t < start + size) expected.push([start, start + size])
        }
        expect(spans(slidingWindows(size, {period, offset}), t)).to.deep.equal(expected)
      }),
    )
  })

  it('is cut to the ends of time, without a window twice', () => {
    const fn = slidingWindows('3d', {period: '1d'})
    for (const t of [
      MIN_TIMESTAMP,
      GLOBAL_WINDOW.maxTimestamp,
      GLOBAL_WINDOW.end,
      MAX_TIMESTAMP,
      GLOBAL_WINDOW.maxTimestamp,
    ]) {
      const windows = spans(fn, t)
      expect(windows.length, String(t)).to.be.within(1, 3)
      expect(new Set(windows.map(String)).size).to.equal(windows.length)
      for (const [start, end] of windows) {
        expect(start).to.be.within(MIN_TIMESTAMP, t)
        expect(end).to.be.within(t + 1, MAX_TIMESTAMP + 1)
      }
    }
  })

  it('gives a side input the earliest window that holds the end of the main window, as in Beam', () => {
    const main = fixedWindows(10).assign(25, undefined) as BoundedWindow
    expect(slidingWindows(30, {period: 10}).sideWindow(main)).to.include({start: 0, end: 30})
  })

  it('needs a period', () => {
    expect(() => slidingWindows('1m', undefined as never)).to.throw(/option `period` is undefined/)
    expect(() => slidingWindows('1m', {period: 0})).to.throw(/option `period` is 0/)
  })

  it('refuses a period of which every element would be in a million windows', () => {
    expect(() => slidingWindows('1h', {period: 1})).to.throw(/each element would be in 3600000 windows/)
  })
})
