import {expect} from 'chai'
import {BatchError} from '../../lib/batching/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'

const row = (message: string) => ({row: {secret: 'x'}, errors: [{reason: 'invalid', location: 'total', message}]})

describe('batching: BatchError', () => {
  it('says how many rows, why, and that running again appends what is there again', () => {
    const error = new BatchError('Write', 'p.d.t', {count: 2, rows: [row('bad'), row('bad')], written: 499})
    expect(error.message).to.equal(
      'Write: p.d.t refused 2 rows: field `total`: bad (invalid), 2 times. Read `failedRows()` or give ' +
        '`deadLetter: sink` to set such rows aside and continue. 499 rows are already in p.d.t; running again appends them again',
    )
  })

  it('is a SluiceError with code, stage, count and written', () => {
    const error = new BatchError('Write', 'p.d.t', {count: 1, rows: [row('bad')], written: 0})
    expect(error).to.be.instanceOf(SluiceError)
    expect(error).to.include({code: 'ERR_SLUICE_BATCH', stage: 'Write', count: 1, written: 0, name: 'BatchError'})
  })

  it('does not print the rows, which may be private', () => {
    const error = new BatchError('Write', 'p.d.t', {count: 1, rows: [row('bad')], written: 0})
    expect(JSON.stringify(error)).not.to.contain('secret')
    expect(error.rows).to.have.length(1)
  })
})
