import {expect} from 'chai'
import {OutputBuilder} from '../../../lib/core/bundle/output-builder.ts'
import {timestamped} from '../../../lib/core/bundle/timestamped.ts'
import {outputsOfAll} from '../../../lib/core/bundle/whole-bundle.ts'
import {Bundle, GroupLease, SequenceIds} from '../../../lib/core/index.ts'
import {type CountedLease, fullBundle, rowOf, rowsOf} from './columns.ts'

const counts = (bundle: Bundle<unknown>) => (bundle.leases as CountedLease[]).map(lease => lease.count)
const values = (bundles: Bundle<unknown>[]) => bundles.map(bundle => bundle.values)

describe('the builder of outputs', () => {
  it('gives the columns of the bundle again where each element gave one output', () => {
    const bundle = fullBundle(3)
    const outputs = new OutputBuilder(bundle)
    for (const i of [0, 1, 2]) outputs.same(`v${i}`, i)
    const [made] = outputs.take(1000)
    expect(made).to.include({ids: bundle.ids, timestamps: bundle.timestamps, windows: bundle.windows})
    expect(made!.values).to.deep.equal(['v0', 'v1', 'v2'])
    expect(counts(bundle)).to.deep.equal([2, 2, 2])
  })

  it('notes nothing of outputs of plain values', () => {
    const outputs = new OutputBuilder(new Bundle([1, 2]))
    outputs.add('a', 0, 0)
    outputs.add('b', 0, 1)
    expect(outputs.take(1000)).to.deep.equal([new Bundle(['a', 'b'])])
  })

  it('gives each output the columns of its element, and ids with ordinals', () => {
    const bundle = fullBundle(3)
    const outputs = new OutputBuilder(bundle, {tag: 't'})
    outputs.add('a', 1, 0)
    outputs.add('b', 1, 1)
    outputs.add('c', 2, 0)
    const [made] = outputs.take(1000)
    const rows = [1, 1, 2].map(i => rowOf(bundle, i))
    const ids = ['s:17.t.0', 's:17.t.1', 's:34.t.0']
    expect(rowsOf(made!)).to.deep.equal(rows.map((row, k) => ({...row, value: 'abc'[k], id: ids[k]})))
    expect(counts(bundle)).to.deep.equal([1, 3, 2])
  })

  it('keeps the ids of a filter, whichever elements pass', () => {
    for (const kept of [[0, 1], [2], [0, 2]]) {
      const bundle = fullBundle(3)
      const outputs = new OutputBuilder(bundle)
      for (const i of kept) outputs.same(bundle.values[i], i)
      expect(rowsOf(outputs.take(1000)[0]!)).to.deep.equal(kept.map(i => rowOf(bundle, i)))
    }
  })

  it('is empty after it was taken from, and continues', () => {
    const bundle = fullBundle(4)
    const outputs = new OutputBuilder(bundle)
    const made: Bundle<unknown>[] = []
    for (const i of [0, 1, 2, 3]) {
      outputs.same(i, i)
      if (i % 2 === 1) made.push(...outputs.take(1000))
    }
    expect(outputs.take(1000)).to.deep.equal([])
    expect(made.flatMap(rowsOf)).to.deep.equal(rowsOf(bundle))
  })

  it('puts outputs of several bundles together', () => {
    const [a, b] = [fullBundle(2), fullBundle(3, {from: 2, kind: 1})]
    const outputs = new OutputBuilder(a)
    outputs.same('a1', 1)
    outputs.open(b)
    outputs.same('b0', 0)
    outputs.same('b2', 2)
    const made = outputs.take(1000)
    const rows = [rowOf(a, 1), rowOf(b, 0), rowOf(b, 2)]
    expect(made.flatMap(rowsOf)).to.deep.equal(rows.map((row, k) => ({...row, value: ['a1', 'b0', 'b2'][k]})))
    expect(made).to.have.length(1)
  })

  it('cuts where the prefix or the columns change, and at the most that a bundle holds', () => {
    const a = fullBundle(3)
    const outputs = new OutputBuilder(a)
    for (const i of [0, 1, 2]) outputs.same(i, i)
    const others = [fullBundle(1, {prefix: 'other'}), fullBundle(1, {prefix: 'other'}).with({panes: undefined})]
    for (const other of [...others, new Bundle([7]), new Bundle([8])]) {
      outputs.open(other)
      outputs.same(other.values[0], 0)
    }
    expect(values(outputs.take(2))).to.deep.equal([[0, 1], [2], [0], [0], [7, 8]])
  })

  it('cuts what is made of one bundle too', () => {
    const bundle = fullBundle(1)
    const outputs = new OutputBuilder(bundle)
    for (let k = 0; k < 5; k++) outputs.add(k, 0, k)
    const made = outputs.take(2)
    expect(values(made)).to.deep.equal([[0, 1], [2, 3], [4]])
    expect(made.map(part => part.ids!.at(0))).to.deep.equal(['0.0', '0.2', '0.4'])
  })

  it('moves the outputs of elements in flight, in whatever order, with their leases', () => {
    const [a, b] = [fullBundle(3), fullBundle(2, {from: 3, kind: 1})]
    const stage = new OutputBuilder()
    const slots = [
      [a, 2],
      [b, 1],
      [a, 0],
    ] as const
    for (const [bundle, i] of slots) {
      const slot = new OutputBuilder(bundle)
      slot.add('x', i, 0)
      slot.add('y', i, 1)
      stage.append(slot)
      expect(slot.length).to.equal(0)
    }
    const ids = stage
      .take(1000)
      .flatMap(rowsOf)
      .map(row => row['id'])
    expect(ids).to.deep.equal(['s:34.0', 's:34.1', 's:6.0', 's:6.1', 's:0.0', 's:0.1'])
    expect([counts(a), counts(b)]).to.deep.equal([
      [3, 1, 3],
      [1, 3],
    ])
  })

  it('takes whole bundles over with their leases', () => {
    const bundle = fullBundle(2)
    const outputs = new OutputBuilder(new Bundle([0]))
    outputs.same('plain', 0)
    outputs.append(bundle)
    const [plain, full] = outputs.take(1000)
    expect(plain).to.deep.equal(new Bundle(['plain']))
    expect(rowsOf(full!)).to.deep.equal(rowsOf(bundle))
    expect(counts(bundle)).to.deep.equal([1, 1])
  })

  it('forgets what a failed element gave, and releases its leases', () => {
    const bundle = fullBundle(3)
    const outputs = new OutputBuilder(bundle)
    outputs.add('a', 0, 0)
    outputs.add('b', 1, 0)
    outputs.add('c', 1, 1)
    outputs.truncate(1)
    outputs.add('d', 2, 0)
    expect(
      outputs
        .take(1000)
        .flatMap(rowsOf)
        .map(row => row['id']),
    ).to.deep.equal(['s:0.0', 's:34.0'])
    expect(counts(bundle)).to.deep.equal([2, 1, 2])
  })

  it('takes the outputs of an element back, which continue elsewhere or are discarded', () => {
    const bundle = fullBundle(2)
    const tag = new OutputBuilder(bundle, {tag: 't'})
    tag.add('a', 0, 0)
    tag.add(timestamped('b', 15), 1, 0)
    tag.add('c', 1, 1)
    const taken = tag.takeBack(1)
    expect([tag.length, taken.length]).to.deep.equal([1, 2])
    const stage = new OutputBuilder(undefined, {tag: 't'})
    stage.append(taken)
    const rows = stage.take(1000).flatMap(rowsOf)
    expect(rows.map(({id, timestamp}) => [id, timestamp])).to.deep.equal([
      ['s:17.t.0', 15],
      ['s:17.t.1', 10],
    ])
    tag.takeBack(0).discard()
    expect(tag.length).to.equal(0)
    expect(counts(bundle)).to.deep.equal([1, 3])
  })

  it('takes nothing back of an element of an earlier bundle', () => {
    const tag = new OutputBuilder(fullBundle(1), {tag: 't'})
    tag.add('old', 0, 0)
    tag.open(fullBundle(1))
    expect(tag.takeBack(0).length).to.equal(0)
    expect(tag.length).to.equal(1)
  })

  it('gives back the messages of all that it holds', () => {
    const [a, b] = [fullBundle(2), fullBundle(1)]
    const outputs = new OutputBuilder(a)
    outputs.add('a', 1, 0)
    outputs.open(b)
    outputs.add('b', 0, 0)
    outputs.nack('why')
    expect([a, b].flatMap(({leases}) => (leases as CountedLease[]).map(lease => lease.nacked))).to.deep.equal([
      [],
      ['why'],
      ['why'],
    ])
  })

  it('collects what is made of a whole bundle', () => {
    const bundle = fullBundle(3, {kind: 1})
    const lease = new GroupLease(bundle.leases!)
    const [main, tag] = [outputsOfAll(bundle, lease), outputsOfAll(bundle, lease, {tag: 't'})]
    main.add('a', 0, 0)
    tag.add('b', 0, 1)
    main.add(timestamped('c', 0), 0, 2)
    const [made] = main.take(1000)
    expect(made!.leases).to.deep.equal([lease, lease])
    expect([...made!.timestamps!]).to.deep.equal([20, 0])
    expect(made!.windows![0]).to.equal(bundle.windows![2])
    const ids = [made!.ids!.at(0), tag.take(1000)[0]!.ids!.at(0), made!.ids!.at(1)]
    expect(ids).to.deep.equal(['7.f.0', '7.f.1', '7.f.2'])
    expect(() => main.add(timestamped('early', -1), 0, 3)).to.throw(/before that of its element/)
  })
})

describe('a timestamped output', () => {
  it('leaves as its value, with its timestamp', () => {
    const outputs = new OutputBuilder(fullBundle(3))
    outputs.add('own', 0, 0)
    outputs.add(timestamped('later', 500), 1, 0)
    outputs.add('own', 2, 0)
    const [made] = outputs.take(1000)
    expect(made!.values).to.deep.equal(['own', 'later', 'own'])
    expect([...made!.timestamps!]).to.deep.equal([0, 500, 20])
  })

  it('has others at the minimum beside it where elements have no timestamps', () => {
    const outputs = new OutputBuilder(new Bundle([1, 2, 3], {ids: new SequenceIds('s', 0)}))
    outputs.same(1, 0)
    outputs.same(timestamped(2, 5), 1)
    outputs.same(3, 2)
    const none = Number.NEGATIVE_INFINITY
    expect([...outputs.take(1000)[0]!.timestamps!]).to.deep.equal([none, 5, none])
  })

  it('is forgotten with its element', () => {
    const outputs = new OutputBuilder(new Bundle([1]))
    outputs.add('a', 0, 0)
    outputs.add(timestamped('b', 5), 0, 1)
    outputs.truncate(1)
    expect(outputs.take(1000)).to.deep.equal([new Bundle(['a'])])
  })

  it('is refused before its element, but for the allowed skew', () => {
    const at = Date.parse('2024-01-01T00:00:10Z')
    const bundle = new Bundle(['x'], {timestamps: Float64Array.of(at)})
    const [strict, loose] = [new OutputBuilder(bundle), new OutputBuilder(bundle, {skew: 3000})]
    expect(() => strict.add(timestamped('x', at - 3000), 0, 0))
      .to.throw(
        /2024-01-01T00:00:07.000Z, 3.0 s before that of its element \(2024-01-01T00:00:10.000Z\).*allowedSkew: 3000/,
      )
      .with.property('code', 'ERR_SLUICE_TIMESTAMP')
    loose.add(timestamped('x', at - 3000), 0, 0)
    expect(() => loose.add(timestamped('x', at - 3001), 0, 0)).to.throw(/allowedSkew/)
    expect([strict.length, loose.length]).to.deep.equal([0, 1])
  })
})
