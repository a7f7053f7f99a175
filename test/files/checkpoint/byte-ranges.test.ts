import {expect} from 'chai'
import fc from 'fast-check'
import {ByteRanges} from '../../../lib/files/checkpoint/byte-ranges.ts'

const LENGTH = 40

describe('ranges of bytes that are done', () => {
  it('are what was added, and the gaps the rest, in whatever order it comes', () => {
    const stretch = fc.tuple(fc.nat(LENGTH), fc.nat(LENGTH)).map(([a, b]) => ({
      start: Math.min(a, b),
      end: Math.max(a, b),
      line: undefined,
    }))
    fc.assert(
      fc.property(fc.array(stretch), stretch, (stretches, window) => {
        const ranges = new ByteRanges(stretches)
        const done = (at: number) => stretches.some(({start, end}) => start <= at && at < end)
        const bytes = Array.from({length: LENGTH}, (_, at) => at)
        const within = (all: readonly {start: number; end: number}[]) =>
          bytes.filter(at => all.some(({start, end}) => start <= at && at < end))
        expect(within(ranges.stretches)).to.deep.equal(bytes.filter(done))
        expect(ranges.bytes).to.equal(bytes.filter(done).length)
        const {start, end} = window
        expect(within(ranges.gaps(start, end))).to.deep.equal(bytes.filter(at => start <= at && at < end && !done(at)))
        // merged: none touches the next
        ranges.stretches.slice(1).forEach((next, i) => {
          expect(next.start).to.be.above(ranges.stretches[i]!.end)
        })
      }),
    )
  })
  it('keep the line of the last of those that are merged', () => {
    const ranges = new ByteRanges()
    ranges.add({start: 10, end: 20, line: 5})
    ranges.add({start: 0, end: 10, line: 2})
    ranges.add({start: 30, end: 40, line: undefined})
    expect(ranges.stretches).to.deep.equal([
      {start: 0, end: 20, line: 5},
      {start: 30, end: 40, line: undefined},
    ])
  })
})
