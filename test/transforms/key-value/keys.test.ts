import {expect} from 'chai'
import {runStage} from '../../../lib/testing/index.ts'
import {keys, kvSwap, values, withKeys} from '../../../lib/transforms/index.ts'
import {thrown} from '../support.ts'

describe('withKeys, keys, values, kvSwap', () => {
  it('withKeys pairs each element with what the function returns', async () => {
    const {output} = await runStage(
      withKeys((s: string) => s.length),
      ['a', 'bb'],
    )
    expect(output).to.deep.equal([
      [1, 'a'],
      [2, 'bb'],
    ])
  })
  it('withKeys awaits a promised key', async () => {
    expect(
      (
        await runStage(
          withKeys(async (s: string) => s.length),
          ['a'],
        )
      ).output,
    ).to.deep.equal([[1, 'a']])
  })
  it('withKeys takes a constant', async () => {
    expect((await runStage(withKeys('all'), [1, 2])).output).to.deep.equal([
      ['all', 1],
      ['all', 2],
    ])
  })
  it('withKeys refuses an object as a constant', () => {
    expect(thrown(() => withKeys({} as never)).message).to.match(/^withKeys: option `key` is \{\}/)
  })
  it('keys keeps the keys', async () => {
    expect((await runStage(keys<string>(), [['a', 1]])).output).to.deep.equal(['a'])
  })
  it('values keeps the values', async () => {
    expect((await runStage(values<number>(), [['a', 1]])).output).to.deep.equal([1])
  })
  it('kvSwap swaps the two', async () => {
    expect((await runStage(kvSwap<string, number>(), [['a', 1]])).output).to.deep.equal([[1, 'a']])
  })
  it('are named after themselves', () => {
    expect([withKeys('a'), keys(), values(), kvSwap()].map(stage => stage.info.name)).to.deep.equal([
      'withKeys',
      'keys',
      'values',
      'kvSwap',
    ])
  })
})
