// What must and must not compile with `withPosition` and with formats of text; checked by `tsc --noEmit`, never run.
import {type DeadLetter, type DoFn, deadLetter} from '../../lib/core/index.ts'
import type {FileSource, Positioned} from '../../lib/files/index.ts'
import {type CsvReadOptions, type CsvTags, parseCsv, readFromCsv} from '../../lib/io/csv/index.ts'
import {type JsonTags, parseJson, readFromJson} from '../../lib/io/json/index.ts'
import {readFromStdin} from '../../lib/io/stdio/index.ts'
import {readFromText, type TextReadOptions} from '../../lib/io/text/index.ts'

interface Row {
  id: string
  total: number
}

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function typed<A>(_: A): <B>(same: Same<A, B>) => void {
  return () => {}
}

// elements have their place when it is asked for
typed(readFromText('a', {withPosition: true}))<FileSource<Positioned<string>>>(true)
typed(readFromText('a', {withPosition: false}))<FileSource<string>>(true)
typed(readFromJson('a', {withPosition: true}))<FileSource<Positioned<unknown>>>(true)
typed(readFromJson<Row>('a', {withPosition: true, rejects: true}))<FileSource<Positioned<Row>, JsonTags>>(true)
typed(readFromCsv('a', {withPosition: true}))<FileSource<Positioned<Record<string, string>>>>(true)
typed(readFromCsv('a', {withPosition: true, cast: true}))<FileSource<Positioned<Record<string, unknown>>>>(true)
typed(readFromCsv<Row>('a', {withPosition: true, rejects: true}))<FileSource<Positioned<Row>, CsvTags>>(true)
typed(readFromCsv('a', {withPosition: true, rejects: true, cast: true}))<
  FileSource<Positioned<Record<string, unknown>>, CsvTags>
>(true)
readFromText('a', {withPosition: true}).on('data', ({file, byteOffset, value}: Positioned<string>) => [
  file.length,
  byteOffset.toFixed(),
  value.length,
])

// options that do not say are those without it; whether it is set must be known
declare const text: TextReadOptions
declare const csv: CsvReadOptions
declare const maybe: boolean
typed(readFromText('a', text))<FileSource<string>>(true)
typed(readFromCsv('a', csv))<FileSource<Record<string, unknown>>>(true)
// @ts-expect-error the type of the elements would not be known
readFromText('a', {withPosition: maybe})
// @ts-expect-error no such option there: standard input is no file
readFromStdin({withPosition: true})

// delimiters are text or bytes
readFromText('a', {delimiter: '||', escape: '\\'})
readFromStdin({delimiter: new Uint8Array([0])})
// @ts-expect-error bytes come in arrays of bytes
readFromText('a', {delimiter: [0]})
// @ts-expect-error lines of JSON have line ends
readFromJson('a', {delimiter: '||'})

// forms of JSON
readFromJson('a', {format: 'array'})
readFromJson('a', {format: 'auto', rejects: true}).tagged('rejects')
readFromJson(process.stdin, {format: 'lines'})
parseJson({format: 'array'})
// @ts-expect-error no such form
readFromJson('a', {format: 'jsonl'})

// rows of CSV texts
type Text = string | Uint8Array
typed(parseCsv({columns: ['a']}))<DoFn<Text, {a: string}, {}>>(true)
typed(parseCsv({header: true, cast: {a: 'number'}}))<DoFn<Text, Record<string, unknown>, {}>>(true)
typed(parseCsv<Row>({columns: ['id', 'total'], cast: {total: 'number'}}))<DoFn<Text, Row, {}>>(true)
parseCsv({columns: ['a'], rejects: true}).tagged('rejects')
parseCsv({columns: ['a'], onError: deadLetter('bad')}).tagged('bad')
const both = parseCsv({columns: ['a'], rejects: true, onError: deadLetter('bad')})
both.tagged('bad').on('data', (letter: DeadLetter<Text>) => letter.element)
both.tagged('rejects')
// @ts-expect-error without `rejects` there is no such output
parseCsv({columns: ['a']}).tagged('rejects')
// @ts-expect-error rows are objects
parseCsv<string>({columns: ['a']})
// @ts-expect-error no such option
parseCsv({columns: ['a'], skipHeaderLines: 1})
// @ts-expect-error rows are named: by `columns`, or by the texts
parseCsv()
