import {expect} from 'chai'
import {RejectOutput} from '../../lib/batching/reject-output.ts'
import {fullBundle, rowOf} from '../core/bundle/columns.ts'
import {TestSink} from '../core/support.ts'

describe('rows that a sink sets aside', () => {
  it('have all columns that they came with, and rows without a bundle have none', async () => {
    const bundle = fullBundle(3)
    const output = new RejectOutput(new TestSink({name: 'Write'}).info)
    const sink = new TestSink<unknown>({release: false})
    output.readable.pipe(sink)
    const rows = ['a', 'b', 'c'].map(row => ({row, errors: []}))
    output.push(rows, [
      {columns: bundle, at: 2},
      {columns: bundle, at: 0},
      {columns: undefined, at: 0},
    ])
    await output.finish()
    const [leased, plain] = sink.got.filter(({values}) => values.length > 0)
    expect([0, 1].map(i => rowOf(leased!, i))).to.deep.equal([
      {...rowOf(bundle, 2), value: rows[0]},
      {...rowOf(bundle, 0), value: rows[1]},
    ])
    expect(plain).to.deep.include({values: [rows[2]], ids: undefined, leases: undefined})
  })
})
