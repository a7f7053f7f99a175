import {expect} from 'chai'
import {batchPolicy} from '../../lib/batching/index.ts'
import {thrown} from './manual-clock.ts'

const ceiling = {maxRows: 50_000, maxBytes: 10_485_760}

describe('batching: batchPolicy', () => {
  it('has 500 rows, 9 MB, 1 s and 4 requests as defaults', () => {
    expect(batchPolicy('sink', {}, ceiling)).to.deep.equal({
      maxRows: 500,
      maxBytes: 9_000_000,
      maxDelay: 1000,
      maxInFlight: 4,
    })
  })

  it('reads sizes and durations with units', () => {
    const policy = batchPolicy('sink', {maxBytes: '64KiB', maxDelay: '250ms'}, ceiling)
    expect(policy).to.include({maxBytes: 65_536, maxDelay: 250})
  })

  for (const options of [
    {maxRows: 0},
    {maxRows: 50_001},
    {maxBytes: '11MB'},
    {maxBytes: 'much'},
    {maxDelay: -1},
    {maxInFlight: 0},
  ]) {
    it(`refuses ${JSON.stringify(options)}, naming the option`, () => {
      const error = thrown(() => batchPolicy('sink', options as never, ceiling))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
      expect(error.message).to.contain(`\`${Object.keys(options)[0]}\``)
    })
  }

  it("takes a service's own defaults and ceiling, and names options by their place", () => {
    const defaults = {maxRows: 5, maxBytes: 100, maxDelay: 10, maxInFlight: 2}
    const limits = {maxRows: 9, maxBytes: 1000, defaults, prefix: 'batch.'}
    expect(batchPolicy('sink', {maxRows: 9}, limits)).to.deep.equal({...defaults, maxRows: 9})
    expect(thrown(() => batchPolicy('sink', {maxRows: 10}, limits)).message).to.contain('`batch.maxRows`')
  })
})
