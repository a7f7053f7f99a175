import {expect} from 'chai'
import {coGroupByKey, create, type KV, Pipeline} from '../../../../lib/index.ts'
import {collect, testSink} from '../../../../lib/testing/index.ts'
import {rejection, thrown} from '../../support.ts'

const pairs = <V>(...list: KV<string | null, V>[]) => create(list)

describe('coGroupByKey', () => {
  it('gives the values of every input for each key', async () => {
    const groups = coGroupByKey({
      emails: pairs<string>(['ada', 'a@x'], ['bob', 'b@x']),
      phones: pairs<number>(['ada', 1], ['ada', 2]),
      cities: pairs<string>(['cyd', 'Bern']),
    })
    expect((await collect(groups)).sort()).to.deep.equal([
      ['ada', {emails: ['a@x'], phones: [1, 2], cities: []}],
      ['bob', {emails: ['b@x'], phones: [], cities: []}],
      ['cyd', {emails: [], phones: [], cities: ['Bern']}],
    ])
  })

  it('takes null for a key, and objects by their content', async () => {
    const a = create<KV<unknown, number>>([
      [null, 1],
      [{x: 1, y: 2}, 2],
    ])
    const b = create<KV<unknown, number>>([
      [null, 3],
      [{y: 2, x: 1}, 4],
    ])
    expect(await collect(coGroupByKey({a, b}))).to.deep.equal([
      [null, {a: [1], b: [3]}],
      [
        {x: 1, y: 2},
        {a: [2], b: [4]},
      ],
    ])
  })

  it('groups collections of a Pipeline', async () => {
    const sink = testSink<unknown>()
    const p = new Pipeline({name: 'shop'})
    const a = p.apply('A', pairs<number>(['x', 1]))
    const b = p.apply('B', pairs<number>(['x', 2]))
    p.apply('Both', coGroupByKey({a, b})).apply('Write', sink)
    await p.run()
    expect(sink.values).to.deep.equal([['x', {a: [1], b: [2]}]])
  })

  it('refuses what is not a pair, and bad arguments', async () => {
    const error = await rejection(collect(coGroupByKey({a: create([1]), b: pairs<number>()})))
    expect(error).to.have.property('code', 'ERR_SLUICE_KEY')
    expect(thrown(() => coGroupByKey([create([1])] as never)))
      .to.have.property('message')
      .that.matches(/by name: \{emails/)
    expect(thrown(() => coGroupByKey({})))
      .to.have.property('message')
      .that.matches(/at least one stream/)
  })
})
