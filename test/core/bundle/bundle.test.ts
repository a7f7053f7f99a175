import {expect} from 'chai'
import {COLUMN_NAMES} from '../../../lib/core/bundle/columns.ts'
import {GLOBAL_WINDOW} from '../../../lib/core/bundle/window.ts'
import {Bundle, SequenceIds} from '../../../lib/core/index.ts'
import {fullBundle, KINDS_OF_IDS, rowOf, rowsOf} from './columns.ts'

const has = (bundle: Bundle<unknown>) => COLUMN_NAMES.filter(name => bundle[name] !== undefined)

describe('a bundle', () => {
  it('has every column in the bundle that these tests are about', () => {
    expect(has(fullBundle(3))).to.deep.equal([...COLUMN_NAMES])
  })

  const made: Record<string, (bundle: Bundle<number>) => Bundle<unknown>> = {
    slice: bundle => bundle.slice(1, 3),
    'slice from the start': bundle => bundle.slice(0, 3),
    select: bundle => bundle.select([3, 1]),
    withValues: bundle => bundle.withValues(['a', 'b', 'c', 'd']),
    with: bundle => bundle.with({watermark: 1}),
    'derive one for one': bundle => bundle.derive(['a', 'b', 'c', 'd']),
    'derive fewer': bundle => bundle.derive(['a', 'b']),
    'derive from parents': bundle => bundle.derive(['a', 'b'], {parents: [2, 2], ordinals: [0, 1]}),
    concat: bundle => Bundle.concat([bundle, bundle]),
  }
  for (const [name, make] of Object.entries(made))
    it(`keeps every column in ${name}`, () => {
      for (let kind = 0; kind < KINDS_OF_IDS; kind++)
        expect(has(make(fullBundle(4, {kind}))), `ids of kind ${kind}`).to.deep.equal([...COLUMN_NAMES])
    })

  it('gives each value of a part its own columns', () => {
    for (let kind = 0; kind < KINDS_OF_IDS; kind++) {
      const bundle = fullBundle(6, {kind})
      const rows = rowsOf(bundle)
      expect(rowsOf(bundle.slice(2, 5))).to.deep.equal(rows.slice(2, 5))
      expect(rowsOf(bundle.slice(0, 2))).to.deep.equal(rows.slice(0, 2))
      expect(rowsOf(bundle.select([5, 0, 3]))).to.deep.equal([rows[5], rows[0], rows[3]])
    }
  })

  it('has the watermark in its last part only', () => {
    const bundle = fullBundle(3, {watermark: 7})
    expect([bundle.slice(0, 2).watermark, bundle.slice(2, 3).watermark]).to.deep.equal([Number.NEGATIVE_INFINITY, 7])
  })

  it('keeps the stage that pushed it and the watermark when values or columns are replaced', () => {
    const bundle = fullBundle(2, {watermark: 7})
    bundle.from = {name: 'stage'}
    for (const other of [bundle.withValues([1, 2]), bundle.with({leases: undefined})])
      expect(other).to.include({from: bundle.from, watermark: 7})
  })

  it('replaces the columns that it is given, takes away those given as undefined, and keeps the others', () => {
    const bundle = fullBundle(2)
    const ids = new SequenceIds('other', 3)
    const other = bundle.with({ids, leases: undefined, watermark: 1})
    expect(other).to.include({ids, leases: undefined, watermark: 1, timestamps: bundle.timestamps})
    expect(has(other)).to.deep.equal(COLUMN_NAMES.filter(name => name !== 'leases'))
  })

  it('shares its columns with what is made of it one for one', () => {
    const bundle = fullBundle(2)
    const other = bundle.derive(['a', 'b'])
    for (const name of COLUMN_NAMES) expect(other[name]).to.equal(bundle[name])
  })

  it('gives what is made of its values their columns, and ids with ordinals', () => {
    const bundle = fullBundle(4)
    const made = bundle.derive(['a', 'b', 'c'], {parents: [1, 1, 3], ordinals: [0, 1, 0], mark: '.tag.'})
    expect(rowOf(made, 1)).to.deep.equal({...rowOf(bundle, 1), value: 'b', id: 's:17.tag.1'})
    expect(rowOf(made, 2)).to.deep.equal({...rowOf(bundle, 3), value: 'c', id: 's:51.tag.0'})
    expect(made.watermark).to.equal(Number.NEGATIVE_INFINITY)
  })

  it('takes overrides in place of whole columns', () => {
    const made = fullBundle(3).derive(['a'], {parents: [2]}, {windows: [GLOBAL_WINDOW], panes: undefined, watermark: 4})
    expect(made).to.deep.include({windows: [GLOBAL_WINDOW], panes: undefined, watermark: 4})
  })

  it('can be put together from others whose columns and prefix are the same', () => {
    const [a, b] = [fullBundle(2), fullBundle(3, {from: 2, kind: 2, watermark: 100})]
    expect(a.joins(b)).to.equal(true)
    const both = Bundle.concat([a, b])
    expect(rowsOf(both)).to.deep.equal([...rowsOf(a), ...rowsOf(b)])
    expect(both.watermark).to.equal(100)
    expect(a.joins(fullBundle(2, {prefix: 'other'}))).to.equal(false)
    for (const name of COLUMN_NAMES) expect(a.joins(b.with({[name]: undefined})), name).to.equal(false)
  })

  it('keeps values that are arrays', () => {
    const bundle = new Bundle([[1], [2, 3]])
    expect(Bundle.concat([bundle, bundle.slice(1, 2)]).values).to.deep.equal([[1], [2, 3], [2, 3]])
  })

  it('refuses columns of another length than its values', () => {
    expect(() => new Bundle([1, 2], {timestamps: Float64Array.of(1)})).to.throw(/2 values was given 1 timestamps/)
    expect(() => new Bundle([1], {leases: []})).to.throw(/1 values was given 0 leases/)
    expect(() => fullBundle(2).withValues([1])).to.throw(/1 values for a bundle of 2/)
  })
})
