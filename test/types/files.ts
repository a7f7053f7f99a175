// What must and must not compile with JSON readers and the sinks of files; checked by `tsc --noEmit`, never run.
import {type DeadLetter, type DoFn, deadLetter} from '../../lib/core/index.ts'
import type {FileSink, FileSource} from '../../lib/index.ts'
import {writeToCsv} from '../../lib/io/csv/index.ts'
import {type JsonReject, type JsonTags, parseJson, readFromJson, writeToJson} from '../../lib/io/json/index.ts'
import {readAllFromText, readFromText, writeToText} from '../../lib/io/text/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {map} from '../../lib/transforms/index.ts'

interface Row {
  id: string
  total: number
}

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function typed<A>(_: A): <B>(same: Same<A, B>) => void {
  return () => {}
}

// values are unknown until a type is given
typed(readFromJson('a.jsonl'))<FileSource<unknown>>(true)
typed(readFromJson<Row>(['a.jsonl', 'b.jsonl']))<FileSource<Row>>(true)
typed(readFromJson<Row>('a.jsonl', {rejects: true}))<FileSource<Row, JsonTags>>(true)
readFromJson('a.jsonl', {rejects: true}).tagged('rejects')
// @ts-expect-error without `rejects` there is no such output
readFromJson('a.jsonl').tagged('rejects')
// @ts-expect-error no such option
readFromJson('a.jsonl', {reject: true})

typed(parseJson())<DoFn<string | Uint8Array, unknown, {}>>(true)
parseJson<Row>()
parseJson({onError: deadLetter('bad')}).tagged('bad')
// @ts-expect-error no such output
parseJson({onError: deadLetter('bad')}).tagged('good')

// paths in, lines out; what cannot be read is a dead letter
typed(readAllFromText())<DoFn<string, string, {}>>(true)
typed(readAllFromText({onError: deadLetter('bad')}))<DoFn<string, string, {bad: DeadLetter<string>}>>(true)
// @ts-expect-error no such output
readAllFromText({onError: deadLetter('bad')}).tagged('good')
// @ts-expect-error it is told of new files by its input
readAllFromText({every: '1s'})
// @ts-expect-error a part is of files that are known beforehand
readAllFromText({range: {end: 5}})
readFromText('a', {every: '1s', matchUpdatedFiles: true, compression: 'bzip2', concurrency: 2})
// @ts-expect-error no such compression
readFromText('a', {compression: 'lzma'})
// @ts-expect-error files are written in gzip or as they are
writeToText('a', {compression: 'bzip2'})

// what is written fits what comes
typed(writeToText('a'))<FileSink<string>>(true)
typed(writeToJson('a'))<FileSink<unknown>>(true)
typed(writeToCsv<Row>('a'))<FileSink<Row>>(true)
writeToCsv<Row>('a', {columns: ['total', 'id']})
// @ts-expect-error no such column
writeToCsv<Row>('a', {columns: ['sum']})
// @ts-expect-error rows are objects
writeToCsv<string>('a')
// each row says where it goes
typed(writeToText('a', {destination: line => line.slice(0, 2), header: prefix => prefix}))<FileSink<string>>(true)
typed(writeToJson('a', {destination: (row: Row) => row.id}))<FileSink<Row>>(true)
typed(writeToJson<Row>('a', {destination: row => row.id, format: 'array'}))<FileSink<Row>>(true)
typed(writeToCsv<Row>('a', {destination: row => row.id}))<FileSink<Row>>(true)
// @ts-expect-error a name is a string
writeToCsv<Row>('a', {destination: row => row.total})
// @ts-expect-error no such field
writeToJson<Row>('a', {destination: row => row.country})
// @ts-expect-error no such format
writeToJson('a', {format: 'csv'})
// @ts-expect-error not written
writeToText('a', {compression: 'bzip2'})
// @ts-expect-error JSON lines have no header
writeToJson('a', {header: 'x'})
// @ts-expect-error the names of the columns are the header
writeToCsv('a', {header: 'x'})

const p = new Pipeline()
const rows = p.apply('Read', readFromJson<Row>('a.jsonl', {rejects: true}))
rows.apply('Json', writeToJson('a'))
rows.apply('Csv', writeToCsv<Row>('a'))
rows.tagged('rejects').apply(
  'Where',
  map((reject: JsonReject) => `${reject.file}:${reject.line}`),
)
// @ts-expect-error rows are no strings
rows.apply('Text', writeToText('a'))
const parsed = p.apply('Lines', readFromText('a')).apply('Parse', parseJson<Row, 'bad'>({onError: deadLetter('bad')}))
parsed.apply('Out', writeToCsv<Row>('b'))
parsed.tagged('bad').apply(
  'Bad',
  map((letter: DeadLetter<string | Uint8Array>) => letter.stage),
)
