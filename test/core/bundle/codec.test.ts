import {isDeepStrictEqual} from 'node:util'
import {expect} from 'chai'
import fc from 'fast-check'
import {decode, encode} from '../../../lib/core/bundle/codec.ts'
import {COLUMN_NAMES} from '../../../lib/core/bundle/columns.ts'
import {notPlain} from '../../../lib/core/bundle/plain-data.ts'
import {Bundle, type Lease, OffsetIds, SequenceIds} from '../../../lib/core/index.ts'
import {fullBundle, KINDS_OF_IDS, rowsOf} from './columns.ts'

/** Encodes and decodes; leases stay behind. */
function back(bundle: Bundle<unknown>): Bundle<unknown> {
  const kept: Lease[] = []
  const bytes = encode(bundle, {keep: lease => kept.push(lease) - 1})
  return decode(bytes, number => kept[number]!)
}

describe('the codec of bundles', () => {
  it('gives every column back', () => {
    for (let kind = 0; kind < KINDS_OF_IDS; kind++) {
      const bundle = fullBundle(7, {kind})
      const again = back(bundle)
      expect(rowsOf(again)).to.deep.equal(rowsOf(bundle))
      expect(again.watermark).to.equal(bundle.watermark)
      for (const name of COLUMN_NAMES) expect(again[name], name).not.to.equal(undefined)
    }
  })

  it('leaves out what the bundle does not have', () => {
    const again = back(new Bundle(['a'], {watermark: 3}))
    expect(again).to.deep.equal(new Bundle(['a'], {watermark: 3}))
  })

  it('gives windows and panes back as the same objects, and leases themselves', () => {
    const bundle = fullBundle(3)
    const again = back(bundle)
    expect(again.windows![0]).to.equal(bundle.windows![0])
    expect((again.windows![2] as unknown[])[1]).to.equal((bundle.windows![2] as unknown[])[1])
    expect(again.panes![1]).to.equal(bundle.panes![1])
    expect(again.leases).to.deep.equal(bundle.leases)
    expect(again.leases![0]).to.equal(bundle.leases![0])
  })

  it('keeps ids that are numbers as numbers', () => {
    const values = Array.from({length: 1000}, (_, i) => i)
    const sequence = back(new Bundle(values, {ids: new SequenceIds('s', 2 ** 40)}))
    expect(sequence.ids).to.deep.equal(new SequenceIds('s', 2 ** 40))
    const offsets = back(new Bundle(values, {ids: new OffsetIds('f', values)}))
    expect(offsets.ids).to.be.instanceOf(OffsetIds)
    const derived = new Bundle(values, {ids: new SequenceIds('s', 0)}).derive([1], {parents: [999], ordinals: [3]})
    expect(encode(derived).length).to.be.below(300)
  })

  it('freezes again what was frozen', () => {
    const again = back(new Bundle<unknown>([Object.freeze({a: 1}), {b: 2}, Object.freeze([1]), 5]))
    expect(again.values.map(Object.isFrozen)).to.deep.equal([true, false, true, true])
  })

  it('refuses what would not come back as it was, naming it', () => {
    class Money {}
    const bundle = new Bundle([{total: new Money()}])
    expect(() => encode(bundle)).to.throw(/row\.total is a Money/)
    expect(() => encode(bundle, {refuse: what => new Error(`mine: ${what}`)})).to.throw('mine: row.total is a Money')
  })

  it('refuses leases that nobody keeps', () => {
    expect(() => encode(fullBundle(1))).to.throw(/leases/)
  })

  it('gives plain data of every kind back', () => {
    const values = fc.anything({withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true})
    fc.assert(
      fc.property(values, value => {
        fc.pre(notPlain(value, 'row') === undefined)
        // to Node 20 no two invalid dates are equal
        fc.pre(isDeepStrictEqual(structuredClone(value), value))
        // chai sorts the entries of maps by their text, which not every object has
        expect(isDeepStrictEqual(back(new Bundle([value])).values, [value])).to.equal(true)
      }),
      {numRuns: 200},
    )
  })
})
