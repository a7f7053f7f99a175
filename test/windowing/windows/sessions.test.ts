import {expect} from 'chai'
import fc from 'fast-check'
import type {BoundedWindow} from '../../../lib/core/index.ts'
import {fixedWindows, sessions} from '../../../lib/windowing/index.ts'

const fn = sessions(10)
const proto = (t: number) => fn.assign(t, undefined) as BoundedWindow
/** The sessions of these timestamps. */
function merged(timestamps: readonly number[]): number[][] {
  const windows = [...new Set(timestamps.map(proto))].sort((a, b) => a.start - b.start)
  const gone = new Set<BoundedWindow>()
  const found: BoundedWindow[] = []
  for (const {into, from} of fn.merge!(windows)) {
    for (const window of from) gone.add(window)
    found.push(into)
  }
  return [...found, ...windows.filter(window => !gone.has(window))]
    .map(w => [w.start, w.end])
    .sort((a, b) => a[0]! - b[0]!)
}

describe('sessions', () => {
  it('begins with a window of the gap for each element', () => {
    expect(proto(-3)).to.include({start: -3, end: 7})
  })

  it('merges windows that overlap', () => {
    expect(merged([0, 9])).to.deep.equal([[0, 19]])
  })

  it('does not merge elements exactly one gap apart', () => {
    expect(merged([0, 10])).to.deep.equal([
      [0, 10],
      [10, 20],
    ])
  })

  it('merges two sessions when an element closes the gap between them', () => {
    expect(merged([0, 15])).to.have.length(2)
    expect(merged([0, 15, 8])).to.deep.equal([[0, 25]])
  })

  it('leaves out windows that stay as they are', () => {
    expect(fn.merge!([proto(0), proto(100)])).to.deep.equal([])
  })

  it('merges a window into one that holds it', () => {
    const wide = {...proto(0), end: 50} as BoundedWindow
    expect(fn.merge!([wide, proto(20)])[0]!.into).to.include({start: 0, end: 50})
  })

  it('gives the sessions of a plain walk over sorted times', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: -200, max: 200}), {minLength: 1}), times => {
        const expected: number[][] = []
        for (const t of times.toSorted((a, b) => a - b)) {
          const last = expected.at(-1)
          if (last && t < last[1]!) last[1] = t + 10
          else expected.push([t, t + 10])
        }
        expect(merged(times)).to.deep.equal(expected)
      }),
    )
  })

  it('cannot be in a side input', () => {
    expect(() => fn.sideWindow(fixedWindows(1).assign(0, 0) as BoundedWindow)).to.throw(
      /side input cannot be in sessions/,
    )
  })

  it('refuses a gap of nothing', () => {
    expect(() => sessions(0)).to.throw(/sessions: option `gap` is 0/)
  })
})
