import {expect} from 'chai'
import {groupByKey, type KV} from '../../../lib/index.ts'
import {runStage} from '../../../lib/testing/index.ts'

describe('groupByKey', () => {
  it('gathers the values of each key, undefined ones too', async () => {
    const pairs: KV<string, number | undefined>[] = [
      ['a', 1],
      ['b', 2],
      ['a', undefined],
    ]
    const {output} = await runStage(groupByKey<string, number | undefined>(), pairs)
    expect(output.map(([key, values]) => [key, [...values]])).to.deep.equal([
      ['a', [1, undefined]],
      ['b', [2]],
    ])
  })

  it('takes keys for equal that hold the same, whatever the order of properties', async () => {
    const pairs: KV<object, number>[] = [
      [{a: 1, b: 2}, 1],
      [{b: 2, a: 1}, 2],
    ]
    const {output} = await runStage(groupByKey<object, number>(), pairs)
    expect(output).to.deep.equal([[{a: 1, b: 2}, [1, 2]]])
  })
})
