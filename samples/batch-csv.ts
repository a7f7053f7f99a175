// The same job with readFromCsv: quoted newlines are fine, and records come as objects with the header's names.
// Run it: npx tsx samples/batch-csv.ts ['gs://my-bucket/my-file*.csv']
import {pipeline} from 'node:stream/promises'
import {
  type CsvReject,
  DEAD_LETTER_SCHEMA,
  type DeadLetter,
  DoFn,
  deadLetter,
  deadLetterRow,
  map,
  readFromCsv,
  writeToBigQuery,
} from 'sluice'
import {day, integer, isMain, type Strike, strikeSchema} from './bird-strikes.ts'

type CsvRecord = {[column: string]: string}

export class RecordToStrike extends DoFn<CsvRecord, Strike, {bad: DeadLetter<CsvRecord>}> {
  *process(record: CsvRecord) {
    const column = (name: string) => record[name] ?? ''
    yield {
      airport: column('Airport Name'),
      aircraft: column('Aircraft Make Model'),
      damage: column('Effect Amount of damage'),
      date: day(column('Flight Date')),
      airline: column('Aircraft Airline Operator'),
      state: column('Origin State'),
      phase: column('Phase of flight'),
      wildlife_size: column('Wildlife Size'),
      species: column('Wildlife Species'),
      time_of_day: column('Time of day'),
      cost: integer('cost', column('Cost Total $')),
      speed: column('Speed IAS in knots') === '' ? null : integer('speed', column('Speed IAS in knots')),
    }
  }
}

export async function batchCsv(pattern = 'gs://my-bucket/my-file*.csv'): Promise<void> {
  const rejects = {table: 'my-rejects', dataset: 'my_dataset', schema: DEAD_LETTER_SCHEMA}
  const source = readFromCsv<CsvRecord>(pattern, {rejects: true})
  const toRows = new RecordToStrike({onError: deadLetter('bad')})
  // records that are not CSV, and records that are not bird strikes: two branches into one table
  source
    .tagged('rejects')
    .pipe(map((reject: CsvReject) => deadLetterRow(reject)))
    .pipe(writeToBigQuery({name: 'malformed', ...rejects}))
  toRows
    .tagged('bad')
    .pipe(map((letter: DeadLetter<CsvRecord>) => deadLetterRow(letter)))
    .pipe(writeToBigQuery({name: 'invalid', ...rejects}))

  await pipeline(source, toRows, writeToBigQuery({table: 'my-table', dataset: 'my_dataset', schema: strikeSchema}))
}

if (isMain(import.meta.url)) await batchCsv(process.argv[2])
