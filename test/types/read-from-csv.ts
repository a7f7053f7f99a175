// What must and must not compile with readFromCsv; checked by `tsc --noEmit`, never run.
import type {FileSource} from '../../lib/files/index.ts'
import {type CsvReadOptions, type CsvReject, type CsvTags, readFromCsv} from '../../lib/io/csv/index.ts'
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
typed(readFromCsv(['a.csv', 'b.csv'], {header: false, columns: ['a', null]}))<FileSource<Record<string, string>>>(true)
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
readFromCsv('a.csv', {cast: {total: 'float'}})
// @ts-expect-error names, not positions
readFromCsv('a.csv', {columns: [1, 2]})
// @ts-expect-error no such option
readFromCsv('a.csv', {reject: true})
