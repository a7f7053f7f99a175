import {expect} from 'chai'
import {combinePerKey, count, type KV, sum} from '../../../lib/index.ts'
import {runStage} from '../../../lib/testing/index.ts'
import {rejection} from '../support.ts'

const pairs: KV<string, number>[] = [
  ['a', 1],
  ['b', 2],
  ['a', 3],
]

describe('combinePerKey', () => {
  it('makes one result of the values of each key', async () => {
    const {output} = await runStage(combinePerKey(sum()), pairs)
    expect(output).to.deep.equal([
      ['a', 4],
      ['b', 2],
    ])
  })

  it('fails with an element that is not a pair, and names the fix', async () => {
    const error = await rejection(runStage(combinePerKey(count()), ['a'] as never[]))
    expect([error.code, error.element]).to.deep.equal(['ERR_SLUICE_KEY', 'a'])
    expect(error.message).to.match(/withKeys/)
  })
})
