import {expect} from 'chai'
import {
  approximateDistinct,
  count,
  create,
  groupBy,
  join,
  max,
  mean,
  min,
  quantiles,
  sum,
  toMap,
  toSet,
} from '../../../lib/index.ts'
import {collect, runStage} from '../../../lib/testing/index.ts'
import {accumulated, combined} from './support.ts'

/** Numbers that look random, always the same. */
const noisy = (n: number) => Array.from({length: n}, (_, i) => ((i * 7919) % 1_000_003) / 7)

describe('what users of other tools reported about aggregations', () => {
  it('the same query twice gives different sums (cuDF 2494, InfluxDB 5938, DuckDB 4270): here any order gives one', () => {
    const values = noisy(20_000)
    const once = combined(sum(), values)
    expect(combined(sum(), values.toReversed())).to.equal(once)
    expect(
      combined(
        sum(),
        values.toSorted((a, b) => a - b),
      ),
    ).to.equal(once)
    expect(combined(mean(), values.toReversed())).to.equal(combined(mean(), values))
  })

  it('the sum of a group differs from the sum of the column (pandas 38778, 34298): here they are one', async () => {
    const rows = noisy(5_000).map(x => ({type: 'test', x}))
    const {output} = await runStage(groupBy('type', {total: sum('x')}), rows)
    expect(output).to.deep.equal([{type: 'test', total: combined(sum('x'), rows)}])
  })

  it('a sum over a growing table goes down (ClickHouse 1678): here it never does', () => {
    const fn = sum()
    let accumulator = fn.createAccumulator()
    let before = -1
    for (let i = 0; i < 10_000; i++) {
      accumulator = fn.addInput(accumulator, i / 1000, 0)
      const now = fn.extractOutput(accumulator) as number
      expect(now).to.be.at.least(before)
      before = now
    }
  })

  it('keys named like members of Object.prototype are miscounted (lodash 2591, radash 460, es-toolkit 2106)', async () => {
    const names = ['__proto__', 'constructor', 'toString', '__proto__', 'hasOwnProperty']
    const rows = names.map(name => ({name}))
    const {output} = await runStage(groupBy('name', {n: count()}), rows)
    expect(output.map(({name, n}) => [name, n])).to.deep.equal([
      ['__proto__', 2],
      ['constructor', 1],
      ['toString', 1],
      ['hasOwnProperty', 1],
    ])
    expect(combined(toSet('name'), rows).size).to.equal(4)
    expect(combined(toMap<string, number>(), [['__proto__', 1]]).get('__proto__')).to.equal(1)
  })

  it('a dict is another key when its entries come in another order (Beam 17037)', async () => {
    const rows = [{key: {a: 1, b: [2]}}, {key: {b: [2], a: 1}}]
    const {output} = await runStage(groupBy('key', {n: count()}), rows)
    expect(output).to.deep.equal([{key: {a: 1, b: [2]}, n: 2}])
  })

  it('the quantile of one observation is NaN (RedisBloom 870)', () => {
    expect(combined(quantiles(5), [123])).to.deep.equal([123, 123, 123, 123, 123])
  })

  it('infinities break the merging of quantile sketches (ClickHouse 32107, DataSketches 702)', () => {
    const fn = quantiles(3)
    const parts = [[-Infinity, 1], [Infinity, 2], Array.from({length: 3_000}, (_, i) => i)]
    const merged = fn.mergeAccumulators(parts.map(part => accumulated(fn, part)))
    const [least, median, most] = fn.extractOutput(merged) as number[]
    expect([least, most]).to.deep.equal([-Infinity, Infinity])
    expect(median).to.be.within(1_480, 1_520)
  })

  it('quantiles of few values are values that were never there (ClickHouse 22408)', () => {
    const values = [...Array(26).fill(1000), ...Array(11).fill(3000), ...Array(2).fill(9000)]
    expect(combined(quantiles(21), values).slice(-3)).to.deep.equal([3000, 3000, 9000])
  })

  it('the minimum of Dates with a null among them is no Date (pandas 10979)', () => {
    const values = [null, new Date(5), new Date(3)]
    expect(combined(min(), values)).to.deep.equal(new Date(3))
    expect(combined(max(), values)).to.deep.equal(new Date(5))
  })

  it('the number of different Dates counts missing ones, and equal ones twice (pandas 27904)', () => {
    const values = [new Date(5), null, new Date(5), undefined, new Date(5)]
    expect(combined(approximateDistinct(), values)).to.equal(1)
  })

  it('a row without one of two fields is left out of both sums (Miller 79)', () => {
    const rows: {a?: number; b?: number}[] = [{a: 1}, {b: 2}]
    expect([combined(sum('a'), rows as {a: number}[]), combined(sum('b'), rows as {b: number}[])]).to.deep.equal([1, 2])
  })

  it('an empty text in a column of numbers makes the sum a text, or is skipped (Miller 1001, 653): here it is refused', () => {
    expect(() => combined(sum(), [1, '' as never])).to.throw(/sum: cannot combine ''/)
  })

  it('joining numbers with texts gives nothing, without a word (pandas 9780, cuDF 14571): here it fails', async () => {
    const rows = join(create([{k: 0, l: 1}]), create([{k: '0', r: 1}]), {on: 'k'} as never)
    const failed = await collect(rows).then(
      () => undefined,
      (error: Error) => error.message,
    )
    expect(failed).to.match(
      /no rows can match: the keys of the left input are numbers \(0\), of the right input strings \('0'\)/,
    )
  })

  it('a join of numbers and texts in one column depends on its algorithm (lodash-joins 43)', async () => {
    const ids = [1, 2, 'left']
    const left = create(ids.map(id => ({id, l: `${id}`})))
    const right = create([1, 2, 'right'].map(id => ({id, r: `${id}`})))
    const rows = await collect(join(left, right, {on: 'id'}))
    expect(rows).to.deep.equal([
      {id: 1, l: '1', r: '1'},
      {id: 2, l: '2', r: '2'},
    ])
  })
})
