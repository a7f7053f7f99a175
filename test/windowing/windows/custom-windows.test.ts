import {expect} from 'chai'
import {type BoundedWindow, boundedWindow} from '../../../lib/core/index.ts'
import {customWindows, fixedWindows} from '../../../lib/windowing/index.ts'

describe('customWindows', () => {
  const auctions = customWindows<{bids: number}>({
    name: 'auction',
    assign: (timestamp, {bids}) => ({start: timestamp, end: timestamp + (bids > 10 ? 100 : 10)}),
  })

  it('looks at the element', () => {
    expect(auctions.assign(5, {bids: 20})).to.equal(boundedWindow(5, 105))
    expect(auctions.assign(5, {bids: 2})).to.equal(boundedWindow(5, 15))
  })

  it('sorts several windows, and counts equal ones once', () => {
    const fn = customWindows({
      name: 'x',
      assign: () => [
        {start: 5, end: 6},
        {start: 0, end: 9},
        {start: 5, end: 6},
      ],
    })
    expect(fn.assign(0, 0)).to.deep.equal([boundedWindow(0, 9), boundedWindow(5, 6)])
  })

  it('may put an element into no window', () => {
    expect(customWindows({name: 'x', assign: () => []}).assign(0, 0)).to.deep.equal([])
  })

  it('merges windows that overlap, if told so', () => {
    const fn = customWindows({name: 'x', assign: t => ({start: t, end: t + 10}), merge: 'overlapping'})
    expect(fn.merges).to.equal(true)
    expect(fn.merge!([boundedWindow(0, 10), boundedWindow(5, 15), boundedWindow(15, 25)])).to.deep.equal([
      {into: boundedWindow(0, 15), from: [boundedWindow(0, 10), boundedWindow(5, 15)]},
    ])
  })

  it('merges by a function', () => {
    const merge = (windows: readonly BoundedWindow[]) => [{into: {start: 0, end: 99}, from: windows}]
    const fn = customWindows({name: 'x', assign: t => ({start: t, end: t + 10}), merge})
    expect(fn.merge!([boundedWindow(0, 10)])[0]!.into).to.deep.equal(boundedWindow(0, 99))
  })

  for (const wrong of [
    undefined,
    5,
    {},
    {start: 1, end: 1},
    {start: 0.5, end: 2},
    {start: '0', end: 1},
    [undefined],
    {start: 0, end: 1e18},
  ])
    it(`refuses ${JSON.stringify(wrong)} as a window`, () => {
      expect(() => customWindows({name: 'mine', assign: () => wrong as never}).assign(0, 0)).to.throw(/^custom\(mine\)/)
    })

  it('cannot be in a side input, since windows may depend on the element', () => {
    expect(() => auctions.sideWindow(fixedWindows(1).assign(0, 0) as BoundedWindow)).to.throw(/side input cannot be/)
  })

  it('needs a name and a function', () => {
    expect(() => customWindows(undefined as never)).to.throw(/customWindows/)
    expect(() => customWindows({assign: () => []} as never)).to.throw(/option `name`/)
    expect(() => customWindows({name: 'x'} as never)).to.throw(/option `assign`/)
    expect(() => customWindows({name: 'x', assign: () => [], merge: 'all' as never})).to.throw(/option `merge`/)
  })
})
