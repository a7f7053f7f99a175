import {expect} from 'chai'
import {Bundle} from '../../../lib/core/bundle/bundle.ts'
import {SequenceIds} from '../../../lib/core/bundle/ids.ts'
import {perWindow} from '../../../lib/core/bundle/per-window.ts'
import {boundedWindow} from '../../../lib/core/bundle/window.ts'
import {TestLease} from '../fakes.ts'

const [a, b] = [boundedWindow(0, 10), boundedWindow(5, 15)]

describe('perWindow', () => {
  it('returns a bundle whose values are in one window each as it is', () => {
    const bundle = new Bundle([1, 2], {windows: [a, b]})
    expect(perWindow(bundle)).to.equal(bundle)
    expect(perWindow(new Bundle([1]))).to.have.property('windows', undefined)
  })

  it('has a value once for each window, with all columns', () => {
    const bundle = new Bundle(['x', 'y'], {
      windows: [[a, b], a],
      timestamps: Float64Array.of(7, 8),
      ids: new SequenceIds('s', 0),
      watermark: 5,
    })
    const copies = perWindow(bundle)
    expect(copies.values).to.deep.equal(['x', 'x', 'y'])
    expect(copies.windows).to.deep.equal([a, b, a])
    expect([...copies.timestamps!]).to.deep.equal([7, 7, 8])
    expect([0, 1, 2].map(i => copies.ids!.at(i))).to.deep.equal(['0.w0', '0.w1', '1'])
    expect(copies.watermark).to.equal(5)
  })

  it('retains the lease of each further copy', () => {
    const leases = [new TestLease(0), new TestLease(1)]
    const copies = perWindow(new Bundle(['x', 'y'], {windows: [[a, b], a], leases}))
    for (const lease of copies.leases!.slice(1)) lease.release()
    expect(leases.map(lease => lease.count)).to.deep.equal([1, 0])
  })

  it('freezes what is handed out more than once', () => {
    const [row, other] = [{n: 1}, {n: 2}]
    perWindow(new Bundle([row, other], {windows: [[a, b], a]}))
    expect([Object.isFrozen(row), Object.isFrozen(other)]).to.deep.equal([true, false])
  })
})
