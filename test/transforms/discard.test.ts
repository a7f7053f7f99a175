import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {testSource} from '../../lib/testing/index.ts'
import {create, discard} from '../../lib/transforms/index.ts'
import {numbers} from './support.ts'

describe('discard', () => {
  it('drops and counts', async () => {
    const sink = discard()
    await pipeline(create(numbers(1500)), sink)
    expect(sink.info.metrics.extra).to.deep.equal({discarded: 1500})
  })
  it('counts a dropped message as handled', async () => {
    const source = testSource([[1, 2]], {leases: true})
    await pipeline(source, discard())
    expect(source.acked).to.deep.equal([1, 2])
  })
})
