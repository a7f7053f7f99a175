import {expect} from 'chai'
import {Bundle} from '../../../lib/core/bundle/bundle.ts'
import {COLUMN_NAMES, carries} from '../../../lib/core/bundle/columns.ts'
import {UNKNOWN_PANE} from '../../../lib/core/bundle/window.ts'
import {ListIds} from '../../../lib/core/index.ts'
import {CountedLease} from './columns.ts'

describe('carries()', () => {
  const one = {
    ids: new ListIds('p', ['a']),
    timestamps: Float64Array.of(0),
    windows: [[]],
    panes: [UNKNOWN_PANE],
    leases: [new CountedLease('a')],
  }

  it('is false for a bundle of values alone', () => {
    expect(carries(new Bundle([1], {watermark: 5}))).to.equal(false)
  })

  for (const name of COLUMN_NAMES)
    it(`notices ${name}`, () => {
      expect(carries(new Bundle([1], {[name]: one[name]}))).to.equal(true)
    })
})
