// CSV to BigQuery, with rejects that a person can correct and send again. Records that cannot be read, or are not orders, go to
// two files: PREFIX.csv has them unchanged, below their header; PREFIX.jsonl has the reason for each. Correct the first file and
// run the same job on it; every order is in the table once. Files with other columns, or in another order, are refused: below a
// common header their records would come back with values under the wrong names.
// Run it: npx sluice run samples/mend.ts --input 'orders*.csv' --rejects rejects
//         npx sluice run samples/mend.ts --input rejects.csv --rejects rejects-2
import {
  type CsvReject,
  type DeadLetter,
  DoFn,
  deadLetter,
  defineJob,
  flatten,
  map,
  readFromCsv,
  writeToBigQuery,
  writeToJson,
  writeToText,
} from 'sluice'
import {day} from './bird-strikes.ts'

const COLUMNS = ['id', 'day', 'item', 'amount', 'quantity'] as const
type Record = {[column in (typeof COLUMNS)[number]]: string}
type Order = {id: string; day: string; item: string; total: number}
type Reject = {raw: string; reason: string}

/** Turns a record into a row. A record that is not an order throws, and goes to the rejects. */
export class ToOrder extends DoFn<Record, Order, {bad: DeadLetter<Record>}> {
  *process({id, day: on, item, amount, quantity}: Record) {
    if (id === '') throw new Error('id is empty')
    yield {id, day: day(on), item, total: number('amount', amount) * number('quantity', quantity)}
  }
}

function number(name: string, text: string): number {
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new Error(`${name} '${text}' is not a number`)
  return Number(text)
}

/** A record as a line of CSV again; fields are quoted where necessary. */
function line(record: Record): string {
  return COLUMNS.map(column => record[column])
    .map(field => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',')
}

/** The file of rejects has one header for all its records, so all input files must have that header. */
function sameColumns(header: string[]): string[] {
  if (header.join() === COLUMNS.join()) return header
  throw new Error(`the columns are ${header.join()}; they must be ${COLUMNS.join()}`)
}

export default defineJob({
  name: 'orders',
  description: 'Writes orders to BigQuery; sets aside what must be mended',
  options: {
    input: {type: 'string', required: true, help: 'path or glob of the CSV files'},
    rejects: {type: 'string', default: 'rejects', help: 'what the names of the files of rejects begin with'},
    table: {type: 'string', default: 'my_dataset.orders', help: 'where orders go'},
  },
  build(p, {input, rejects: prefix, table}) {
    const records = p.apply('Read', readFromCsv<Record>(input, {columns: sameColumns, rejects: true}))
    const orders = records.apply('To order', new ToOrder({onError: deadLetter('bad')}))
    orders.apply('Write', writeToBigQuery({table, schema: 'id:STRING,day:DATE,item:STRING,total:FLOAT'}))

    const unread = records.tagged('rejects').apply(
      'Unread',
      // bytes that are not UTF-8: Latin-1 has a character for each, so nothing is lost
      map(({raw, rawBase64, error}: CsvReject): Reject => {
        return {raw: rawBase64 ? Buffer.from(rawBase64, 'base64').toString('latin1') : raw, reason: error}
      }),
    )
    const invalid = orders.tagged('bad').apply(
      'Invalid',
      map(({element, error}: DeadLetter<Record>): Reject => ({raw: line(element), reason: error})),
    )
    const all = p.apply('Rejects', flatten(unread, invalid))
    // one file each, without a shard number; a second run replaces them
    const file = {shardNameTemplate: '', overwrite: true}
    all
      .apply(
        'As they stand',
        map(({raw}: Reject) => raw),
      )
      .apply('To mend', writeToText(prefix, {...file, suffix: '.csv', header: COLUMNS.join(',')}))
    all.apply('Reasons', writeToJson(prefix, {...file, suffix: '.jsonl'}))
  },
})
