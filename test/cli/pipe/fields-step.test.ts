import {expect} from 'chai'
import {renameStep, selectStep} from '../../../lib/cli/pipe/fields-step.ts'
import {runStage} from '../../../lib/testing/index.ts'

const renamed = async (list: string, record: object) => (await runStage(renameStep(list, {}), [record])).output[0]

describe('--rename', () => {
  for (const [list, record, result] of [
    ['a=b,b=a', {a: 1, b: 2}, {b: 1, a: 2}],
    ['a=b,b=a', {b: 2, a: 1}, {a: 2, b: 1}],
    ['a=b,b=c', {a: 1, b: 2, x: 3}, {b: 1, c: 2, x: 3}],
    ['a=b,b=c,c=a', {c: 3, b: 2, a: 1}, {a: 3, c: 2, b: 1}],
    ['a=c,b=c', {b: 2}, {c: 2}],
    ['a=a', {a: 1}, {a: 1}],
    ['a=constructor', {a: 1}, {constructor: 1}],
  ] as const)
    it(`${list} makes ${JSON.stringify(result)} of ${JSON.stringify(record)}`, async () => {
      const value = await renamed(list, record)
      expect(value).to.deep.equal(result)
      expect(Object.keys(value!)).to.deep.equal(Object.keys(result))
    })
  for (const record of [
    {a: 1, b: 2},
    {b: 2, a: 1},
  ])
    it(`a=b refuses ${JSON.stringify(record)}, of which a value would be lost`, async () => {
      const error = await renamed('a=b', record).catch(failure => failure)
      expect(error.message).to.match(/has both '[ab]' and '[ab]', and one of them would be lost as 'b'/)
    })
  it('a=c,b=c refuses a record that has both', async () => {
    const error = await renamed('a=c,b=c', {a: 1, b: 2}).catch(failure => failure)
    expect(error.message).to.include("has both 'a' and 'b', and one of them would be lost as 'c'")
  })
  it('refuses two names for one field', () => {
    expect(() => renameStep('a=b,a=c', {})).to.throw("--rename gives 'a' two names: 'b' and 'c'")
  })
})

describe('--select', () => {
  it('gives fields in its order, null where there is none', async () => {
    const {output} = await runStage(selectStep('b,constructor,a', {}), [{a: 1, b: undefined}])
    expect(output).to.deep.equal([{b: undefined, constructor: null, a: 1}])
  })
})
