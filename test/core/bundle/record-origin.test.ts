import {expect} from 'chai'
import {DerivedIds} from '../../../lib/core/bundle/ids.ts'
import {OutputBuilder} from '../../../lib/core/bundle/output-builder.ts'
import {
  Bundle,
  type Ids,
  OffsetIds,
  originOf,
  PrefixedIds,
  type RecordKeeper,
  SequenceIds,
} from '../../../lib/core/index.ts'

const keeper: RecordKeeper = {file: 1, recordAt: () => undefined}
const read = new OffsetIds('file', [0, 10, 20, 30], keeper)
const offsets = (ids: Ids | undefined, count: number) => Array.from({length: count}, (_, i) => originOf(ids, i)?.offset)

describe('the origin of a value', () => {
  it('is the record that the source has read', () => {
    expect(originOf(read, 2)).to.deep.equal({keeper, offset: 20})
  })
  it('is the same for what is made of it, of several in one bundle', () => {
    const made = new DerivedIds(new DerivedIds(read, [3, 1, 1]), [2, 0], [0, 0])
    expect(offsets(made, 2)).to.deep.equal([10, 30])
    expect(offsets(new PrefixedIds(made, 'b'), 2)).to.deep.equal([10, 30])
  })
  it('is the same in a part of a bundle, whose ids are the same too', () => {
    const {ids} = new Bundle(['a', 'b', 'c', 'd'], {ids: read}).slice(1, 3)
    expect(offsets(ids, 2)).to.deep.equal([10, 20])
    expect([ids!.prefix, ids!.at(0), ids!.at(1)]).to.deep.equal(['file', '10', '20'])
  })
  it('is the same for outputs of asynchronous calls, in bundles that are put together anew', () => {
    const bundle = new Bundle(['a', 'b', 'c', 'd'], {ids: read})
    const [outs, of] = [new OutputBuilder(), new OutputBuilder(bundle)]
    of.add('x', 3, 0)
    outs.append(of)
    outs.open(new Bundle(['e'], {ids: new OffsetIds('file', [40], keeper)}))
    outs.same('y', 0)
    expect(outs.take(1000).map(({ids}) => offsets(ids, 2))).to.deep.equal([[30, 40]])
  })
  it('is not known where the source keeps no records, or there was none', () => {
    for (const ids of [undefined, new OffsetIds('file', [0]), new SequenceIds('made', 0)])
      expect(originOf(ids, 0)).to.equal(undefined)
    const bundle = new Bundle(['a'], {ids: new OffsetIds('file', [0])})
    expect(Bundle.concat([bundle, bundle]).ids).to.have.property('origins', undefined)
  })
})
