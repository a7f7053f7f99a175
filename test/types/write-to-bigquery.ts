// What must and must not compile with writeToBigQuery; checked by `tsc --noEmit`, never run.

import {writeToBigQuery} from '../../lib/dead-letters/index.ts'
import {readFromCsv} from '../../lib/io/csv/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {create, map} from '../../lib/transforms/index.ts'

interface Order {
  id: string
  total?: number
}
class Invoice {
  readonly #secret = 1
  id = String(this.#secret)
  get total(): number {
    return 1
  }
}

// rows are objects: interfaces, types, classes, records
const p = new Pipeline()
const table = 'dataset.table'
declare const orders: Order[]
p.apply('A', create(orders)).apply(writeToBigQuery({table}))
p.apply('B', create(orders)).apply(writeToBigQuery<Order>({table, insertId: order => order.id}))
p.apply('C', create([new Invoice()])).apply(writeToBigQuery({table}))
p.apply('D', create([{length: 3, call: 1}])).apply(writeToBigQuery({table}))
p.apply('E', create([{} as Record<string, unknown>])).apply(writeToBigQuery({table}))
p.apply('F', readFromCsv('a.csv', {columns: ['id']})).apply(writeToBigQuery({table}))
p.apply('G', create([{} as object])).apply(writeToBigQuery({table}))
writeToBigQuery({table}).write({id: 1})

// what is no row is refused
// @ts-expect-error a number
p.apply('H', create([1, 2])).apply(writeToBigQuery({table}))
// @ts-expect-error text
p.apply('I', create(['a'])).apply(writeToBigQuery({table}))
// @ts-expect-error an array
p.apply('J', create([[1, 2]])).apply(writeToBigQuery({table}))
// @ts-expect-error bytes
p.apply('K', create([Buffer.alloc(1)])).apply(writeToBigQuery({table}))
// @ts-expect-error a Map
p.apply('L', create([new Map()])).apply(writeToBigQuery({table}))
// @ts-expect-error perhaps none
p.apply('M', create([{id: 1}, undefined])).apply(writeToBigQuery({table}))
const totals = p.apply('N', create(orders)).apply(
  'Total',
  map((order: Order) => order.total),
)
// @ts-expect-error a step that gives numbers
totals.apply(writeToBigQuery({table}))
// @ts-expect-error rows are objects
writeToBigQuery<string>({table})
