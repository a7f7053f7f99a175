import type {Readable} from 'node:stream'
import {
  type CsvReject,
  type DeadLetter,
  DoFn,
  deadLetter,
  type FailedRow,
  flatten,
  map,
  Pipeline,
  readFromCsv,
  writeToBigQuery,
} from 'sluice'
import {HttpProblem} from './http-problem.ts'
import {type Reject, Rejects} from './rejects.ts'

type OrderRecord = {id: string; amount: string}

/** One order, as a row of the table. */
interface Order {
  upload: string
  id: string
  amount: number
}

export interface UploadSettings {
  /** Identifies the upload in its rows. */
  id: string
  /** `dataset.table`; created if it does not exist. */
  table: string
  /** Most rejected records in the answer. */
  maxRejects: number
  /** Stops the upload. */
  signal: AbortSignal
}

/** The answer to an upload that succeeded. */
export interface UploadResult {
  upload: string
  /** Rows in BigQuery. */
  rows: number
  rejected: {
    count: number
    /** The first of them. */
    records: Reject[]
    /** True if there are more rejects than `records` has. */
    cut: boolean
  }
}

class ToOrder extends DoFn<OrderRecord, Order, {bad: DeadLetter<OrderRecord>}> {
  readonly #upload: string

  constructor(upload: string) {
    super({onError: deadLetter('bad')})
    this.#upload = upload
  }

  *process({id, amount}: OrderRecord) {
    if (id === '') throw new Error('the order has no id')
    if (amount.trim() === '' || !Number.isFinite(Number(amount))) throw new Error(`amount '${amount}' is not a number`)
    yield {upload: this.#upload, id, amount: Number(amount)}
  }
}

/**
 * Streams CSV into orders and on to BigQuery. A record may be malformed CSV, not be an order, or be refused by BigQuery. The
 * answer lists all three kinds, and none of them stops the upload.
 */
export async function upload(bytes: Readable, settings: UploadSettings): Promise<UploadResult> {
  const {id, table, maxRejects, signal} = settings
  const write = writeToBigQuery<Order>({table, schema: 'upload:STRING,id:STRING,amount:FLOAT'})
  const refused = write.failedRows()
  const rejects = new Rejects(maxRejects)

  const p = new Pipeline({name: 'upload', signal})
  const records = p.apply('Read', readFromCsv<OrderRecord>(bytes, {rejects: true, columns}))
  const orders = records.apply('ToOrder', new ToOrder(id))
  orders.apply('Write', write)
  const all = flatten(
    records.tagged('rejects').apply(
      'NoCsv',
      map(({raw, error}: CsvReject): Reject => ({record: raw, reason: error})),
    ),
    orders.tagged('bad').apply(
      'NoOrder',
      map(({element, error}: DeadLetter<OrderRecord>) => ({record: csvOf(element), reason: error})),
    ),
    p.apply('Failed', refused).apply(
      'NoRow',
      map(({row, errors}: FailedRow<Order>) => ({record: csvOf(row), reason: errors.map(e => e.message).join('; ')})),
    ),
  )
  p.apply('All', all).apply('Rejects', rejects)

  const {steps} = await p.run()
  const {count} = rejects
  return {
    upload: id,
    rows: steps.find(({name}) => name === 'Write')?.extra['rows'] ?? 0,
    rejected: {count, records: rejects.records, cut: count > rejects.records.length},
  }
}

/** The columns to read, whatever others there are and in whatever order. */
function columns(header: string[]): (string | null)[] {
  const missing = ['id', 'amount'].filter(name => !header.includes(name))
  if (missing.length > 0)
    throw new HttpProblem(400, 'NO_HEADER', `the first line must name the columns id and amount; ${missing} is missing`)
  return header.map(name => (name === 'id' || name === 'amount' ? name : null))
}

function csvOf({id, amount}: {id: string; amount: string | number}): string {
  return `${id},${amount}`
}
