import {expect} from 'chai'
import fc from 'fast-check'
import {columnsAbove, keysInOrder, Source, stageDescriptor, stageOf} from '../../../../lib/core/index.ts'
import {map} from '../../../../lib/transforms/index.ts'

describe('keysInOrder', () => {
  const order = (row: object, columns?: string[]) => keysInOrder(row, () => columns)

  it('gives the order of the columns, whatever their names are', () => {
    const columns = fc.uniqueArray(fc.oneof(fc.nat(5000).map(String), fc.string()), {minLength: 1})
    fc.assert(
      fc.property(columns, names => {
        const row = Object.fromEntries(names.map(name => [name, 1]))
        expect(order(row, names)).to.deep.equal(names)
      }),
    )
  })
  it('keeps the order of other names, and puts a number after the column that it follows', () => {
    expect(order({b: 1, id: 1, 2021: 1, 2020: 1}, ['id', '2021', '2020', 'b'])).to.deep.equal([
      'b',
      'id',
      '2021',
      '2020',
    ])
  })
  it('puts numbers at the end that are not columns', () => {
    expect(order({id: 1, 2021: 1, 2022: 1}, ['2021', 'id'])).to.deep.equal(['2021', 'id', '2022'])
  })
  it('is that of the keys when nothing is known', () => {
    expect(order({id: 1, 2021: 1, 2020: 1})).to.deep.equal(['2020', '2021', 'id'])
  })
  it('does not ask when no key is a number', () => {
    const asked = () => {
      throw new Error('asked')
    }
    expect(keysInOrder({a: 1, '01': 2, '-1': 3, '1.5': 4, '4294967295': 5}, asked)).to.have.length(5)
    expect(keysInOrder({}, asked)).to.deep.equal([])
  })
})

/** A source that knows the columns of its rows. */
class Rows extends Source<number> {
  constructor(columns: readonly string[]) {
    super({}, stageDescriptor({columns: () => columns}))
  }
  override *bundles() {
    yield [1]
  }
}

describe('columnsAbove', () => {
  it('are those of the nearest stages that know them, of all inputs', () => {
    const [a, b, last] = [new Rows(['x', '2', '1']), new Rows(['1', 'y']), map((x: number) => x)]
    const step = map((x: number) => x)
    a.pipe(step).pipe(last)
    b.pipe(last)
    expect(columnsAbove(stageOf(last)!)).to.have.members(['x', '2', '1', 'y'])
    expect(columnsAbove(stageOf(step)!)).to.deep.equal(['x', '2', '1'])
    expect(columnsAbove(stageOf(a)!)).to.equal(undefined)
  })
})
