import {expect} from 'chai'
import {Bundle, ListIds, OffsetIds} from '../../../../lib/core/index.ts'
import {type InsertIdOption, insertIds} from '../../../../lib/io/bigquery/inserts/insert-id.ts'
import {Unencodable} from '../../../../lib/io/bigquery/rows/unencodable.ts'
import {thrown} from '../../../batching/manual-clock.ts'

const bundle = (prefix: string, offsets: number[]) =>
  new Bundle(
    offsets.map(offset => ({offset})),
    {ids: new OffsetIds(prefix, offsets)},
  )

function make(sink = 'Write', option?: InsertIdOption<{offset: number}>) {
  return insertIds<{offset: number}>(
    () => 'Write',
    () => sink,
    option,
  )
}

describe('BigQuery: insertIds', () => {
  it("are made of the input's ids: the same in another run, however bundles are cut", () => {
    const first = make()
    const again = make()
    const whole = bundle('gs://b/o#1', [0, 10, 20])
    const cut = bundle('gs://b/o#1', [10, 20])
    expect([first(whole, 1), first(whole, 2)]).to.deep.equal([again(cut, 0), again(cut, 1)])
  })

  it('differ between sinks, so that two branches into one table never collide', () => {
    const rows = bundle('gs://b/o#1', [0])
    expect(make('A')(rows, 0)).not.to.equal(make('B')(rows, 0))
  })

  it('differ between files and generations with the same offsets', () => {
    const ids = make()
    expect(ids(bundle('gs://b/o#1', [0]), 0)).not.to.equal(ids(bundle('gs://b/o#2', [0]), 0))
  })

  it("stay within BigQuery's 128 characters for an object name of 1,024 bytes and an id of any length", () => {
    const long = new Bundle([{offset: 0}], {ids: new ListIds('x'.repeat(1024), ['y'.repeat(1000)])})
    expect(make()(long, 0)).to.have.lengthOf.within(1, 128)
  })

  it('are random without input ids, each a different one', () => {
    const ids = make()
    const rows = new Bundle([{offset: 0}, {offset: 1}])
    const all = new Set([ids(rows, 0), ids(rows, 1), ids(rows, 0), make()(rows, 0)])
    expect(all.size).to.equal(4)
  })

  it("are the user's when there is a function", () => {
    expect(make('Write', row => `order-${row.offset}`)(bundle('p', [7]), 0)).to.equal('order-7')
  })

  it("are shortened, not cut, when the user's are too long", () => {
    const ids = make('Write', row => `${'x'.repeat(200)}${row.offset}`)
    const rows = bundle('p', [1, 2])
    expect(ids(rows, 0)).to.have.lengthOf.within(1, 128)
    expect(ids(rows, 0)).not.to.equal(ids(rows, 1))
  })

  it('make a row a reject when the function returns none', () => {
    expect(make('Write', () => undefined as unknown as string)(bundle('p', [1]), 0)).to.be.instanceOf(Unencodable)
  })

  it('fail the run when the function throws, with element and cause', () => {
    const cause = new Error('oops')
    const ids = make('Write', () => {
      throw cause
    })
    const error = thrown(() => ids(bundle('p', [1]), 0))
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'Write', cause})
    expect(error['element']).to.deep.equal({offset: 1})
  })

  it('are absent when switched off', () => {
    expect(make('Write', false)(bundle('p', [1]), 0)).to.equal(undefined)
  })
})
