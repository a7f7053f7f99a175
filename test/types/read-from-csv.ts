// What must and must not compile with readFromCsv; checked by `tsc --noEmit`, never run.
import type {DoFn, StageReadable} from '../../lib/core/index.ts'
import type {FileSource, Positioned} from '../../lib/files/index.ts'
import {type CsvReadOptions, type CsvReject, type CsvTags, parseCsv, readFromCsv} from '../../lib/io/csv/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {map} from '../../lib/transforms/index.ts'

interface Row {
  id: string
  total: number
}

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}
function typed<A>(_: A): <B>(same: Same<A, B>) => void {
  return () => {}
}

// rows are strings by name, until a cast may make something else of them
typed(readFromCsv('a.csv'))<FileSource<Record<string, string>>>(true)
typed(readFromCsv('a.csv', {cast: {total: 'number'}}))<FileSource<Record<string, unknown>>>(true)
typed(readFromCsv('a.csv', {cast: true}))<FileSource<Record<string, unknown>>>(true)
typed(readFromCsv('a.csv', {cast: text => text.length}))<FileSource<Record<string, unknown>>>(true)
declare const options: CsvReadOptions
typed(readFromCsv('a.csv', options))<FileSource<Record<string, unknown>>>(true)

// a type for the rows may be given, an interface too
typed(readFromCsv<Row>('a.csv'))<FileSource<Row>>(true)
typed(readFromCsv<Row>('a.csv', {cast: {total: 'number'}}))<FileSource<Row>>(true)
// @ts-expect-error rows are objects
readFromCsv<string>('a.csv')

// the output of rejects is there with `rejects: true` only
typed(readFromCsv('a.csv', {rejects: true}))<FileSource<Record<string, string>, CsvTags>>(true)
typed(readFromCsv('a.csv', {rejects: true, cast: true}))<FileSource<Record<string, unknown>, CsvTags>>(true)
typed(readFromCsv<Row>('a.csv', {rejects: true, cast: {total: 'number'}}))<FileSource<Row, CsvTags>>(true)
same<CsvTags['rejects'], CsvReject>(true)
readFromCsv('a.csv', {rejects: true}).tagged('rejects')
// @ts-expect-error there is no other output
readFromCsv('a.csv', {rejects: true}).tagged('reject')
// @ts-expect-error without `rejects` there is none
readFromCsv('a.csv').tagged('rejects')
// @ts-expect-error nor when it is false
readFromCsv('a.csv', {rejects: false}).tagged('rejects')

// what comes out fits what reads it
const p = new Pipeline()
const rows = p.apply('Read', readFromCsv<Row>('a.csv', {rejects: true, cast: {total: 'number'}}))
rows.apply(
  'Total',
  map((row: Row) => row.total),
)
rows.tagged('rejects').apply(
  'Where',
  map((reject: CsvReject) => `${reject.file}:${reject.line}`),
)
// @ts-expect-error a number is no Date
rows.apply(map((row: {total: Date}) => row))
// @ts-expect-error a reject is no Row
rows.tagged('rejects').apply(map((row: Row) => row))

// options are checked
readFromCsv('a.csv', {engine: 'auto'})
readFromCsv('a.csv', {engine: 'fast'})
readFromCsv('a.csv', {engine: 'csv-parse', csvParse: {comment: '#', trim: true, delimiter: [',', ';']}})
// @ts-expect-error no such engine
readFromCsv('a.csv', {engine: 'quick'})
// @ts-expect-error csv-parse has no such option
readFromCsv('a.csv', {csvParse: {trimm: true}})
// @ts-expect-error columns are not csv-parse's business
readFromCsv('a.csv', {csvParse: {columns: true}})
// @ts-expect-error the values are csv-parse's
readFromCsv('a.csv', {csvParse: {comment: 7}})
// @ts-expect-error no such cast
readFromCsv('a.csv', {cast: {total: 'flaot'}})
// @ts-expect-error names, not positions
readFromCsv('a.csv', {columns: [1, 2]})
// @ts-expect-error no such option
readFromCsv('a.csv', {reject: true})

// the type of the rows follows from `columns` and `cast`, or from `schema`
interface Order {
  id: string
  total: number
}
const typedOrders = readFromCsv('a.csv', {columns: ['id', 'total'], cast: {total: 'FLOAT64'}})
typed(typedOrders)<FileSource<{id: string; total: number}>>(true)
p.apply('Orders', typedOrders).apply(
  'Sum',
  map((row: Order) => row.total),
)
typed(readFromCsv('a.csv', {columns: ['id', 'total'], cast: {total: 'number'}, rejects: true}))<
  FileSource<{id: string; total: number}, CsvTags>
>(true)
typed(readFromCsv('a.csv', {columns: ['id'], withPosition: true}))<FileSource<Positioned<{id: string}>>>(true)
typed(readFromCsv('a.csv', {columns: ['id'], optionalColumns: ['note', 'n'], cast: {n: 'bool'}}))<
  FileSource<{id: string; note: string | null; n: boolean | null}>
>(true)
typed(readFromCsv('a.csv', {columns: ['id', 'at'], cast: {at: text => new Date(text)}}))<
  FileSource<{id: string; at: Date}>
>(true)
typed(readFromCsv('a.csv', {columns: ['a', 'b'], cast: text => text.length}))<FileSource<{a: number; b: number}>>(true)
typed(readFromCsv('a.csv', {columns: ['a'], cast: true}))<FileSource<{a: string | number}>>(true)
typed(readFromCsv('a.csv', {header: false, columns: ['a', null, 'b']}))<FileSource<{a: string; b: string}>>(true)
typed(readFromCsv('a.csv', {schema: 'id:STRING, total:FLOAT64,n:INT64,at:timestamp'}))<
  FileSource<{id: string; total: number; n: number | bigint; at: Date}>
>(true)
typed(readFromCsv('a.csv', {schema: {id: 'STRING', day: 'DATE'}, optionalColumns: ['day'], rejects: true}))<
  FileSource<{id: string; day: string | null}, CsvTags>
>(true)
declare const names: string[]
declare const schema: string
typed(readFromCsv('a.csv', {columns: names}))<FileSource<Record<string, string>>>(true)
typed(readFromCsv('a.csv', {columns: names, cast: {a: 'NUMERIC'}}))<FileSource<Record<string, unknown>>>(true)
typed(readFromCsv('a.csv', {schema}))<FileSource<Record<string, unknown>>>(true)
typed(parseCsv({columns: ['id', 'total'], cast: {total: 'FLOAT64'}}))<
  DoFn<string | Uint8Array, {id: string; total: number}, {}>
>(true)
typed(parseCsv({schema: 'id:STRING,total:FLOAT64', rejects: true}).tagged('rejects'))<StageReadable<CsvReject>>(true)
// @ts-expect-error a column of `cast` is misspelt
readFromCsv('a.csv', {columns: ['id', 'total'], cast: {totl: 'FLOAT64'}})
// @ts-expect-error one of them is
readFromCsv('a.csv', {columns: ['id', 'total'], cast: {id: 'STRING', totl: 'FLOAT64'}})
// @ts-expect-error no such type
readFromCsv('a.csv', {columns: ['id', 'total'], cast: {total: 'FLOAT46'}})
// @ts-expect-error no such type
readFromCsv('a.csv', {schema: 'id:STRING,total:FLOAT46'})
// @ts-expect-error no such type
readFromCsv('a.csv', {schema: {total: 'FLOAT46'}})
// @ts-expect-error no such option
readFromCsv('a.csv', {columns: ['id'], colums: ['id']})
// @ts-expect-error the schema says what the columns are
readFromCsv('a.csv', {columns: ['id'], schema: 'id:STRING'})
// @ts-expect-error misspelt in a step behind
map((row: {id: string; totl: number}) => row.totl).pipe(typedOrders)
p.apply('Again', readFromCsv('a.csv', {columns: ['id', 'total'], cast: {total: 'FLOAT64'}})).apply(
  'Misspelt',
  // @ts-expect-error there is no such column
  map((row: {id: string; totl: number}) => row.totl),
)
// @ts-expect-error whether it is set must be known
readFromCsv('a.csv', {columns: ['id'], withPosition: Math.random() > 0.5})
