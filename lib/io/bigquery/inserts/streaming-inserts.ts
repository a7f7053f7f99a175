import type {BatchItem, BatchPort, Refusal} from '../../../batching/index.ts'
import {type Bundle, type StageInfo, sinkIdentity} from '../../../core/index.ts'
import {messageOf} from '../../../errors/index.ts'
import {quote} from '../rows/encode-text.ts'
import {Unencodable} from '../rows/unencodable.ts'
import {isNotFound} from '../service/bigquery-error.ts'
import type {InsertError} from '../service/bigquery-port.ts'
import {formatTable} from '../service/table-reference.ts'
import {REQUEST_LIMITS} from '../write/options.ts'
import {type Destination, refuse, type WriteMethod} from '../write/write-method.ts'
import {classifyInsert, classifyRows} from './classify-insert.ts'
import {type InsertIdOption, type InsertIds, insertIds} from './insert-id.ts'
import {joinRows, type RowBytes, RowWriter} from './row-bytes.ts'

const HEAD = '{"skipInvalidRows":true,"rows":['
const TAIL = ']}'
const OVERHEAD = HEAD.length + TAIL.length
/** BigQuery bills streaming inserts by rows of at least 1 KiB. */
const MIN_BILLED = 1024

/** Bytes of a request without its rows, and the bytes that BigQuery bills for a row. */
export const INSERT_COSTS = {
  overhead: OVERHEAD,
  billed: (rowBytes: number): number => Math.max(MIN_BILLED, rowBytes),
}

/** A row as insertAll takes it. */
export interface InsertItem<Row> extends BatchItem<Row> {
  /** `{"insertId":"…","json":{…}}` */
  readonly wire: RowBytes
}

/** Rows as streaming inserts (`insertAll`). */
export class StreamingInserts<Row> implements WriteMethod<Row, InsertItem<Row>, InsertError[]> {
  readonly #info: StageInfo
  readonly #idOf: InsertIds<Row>
  readonly #writer = new RowWriter()

  constructor(info: StageInfo, insertId: InsertIdOption<Row>) {
    this.#info = info
    let identity: string | undefined
    this.#idOf = insertIds(
      () => info.name,
      () => (identity ??= sinkIdentity(info)),
      insertId,
    )
  }

  toItem(bundle: Bundle<Row>, i: number, json: string): InsertItem<Row> | Refusal {
    const insertId = this.#idOf(bundle, i)
    if (insertId instanceof Unencodable) return refuse('insertId', insertId)
    const id = insertId === undefined ? undefined : quote(insertId)
    if (id instanceof Unencodable) return refuse('insertId', id)
    const head = id === undefined ? '{"json":' : `{"insertId":${id},"json":`
    const wire = this.#writer.write(`${head}${json}}`)
    // with the comma that follows; the row alone is without its head and the closing brace
    const bytes = wire.end - wire.start + 1
    const rowBytes = bytes - Buffer.byteLength(head) - 2
    if (bytes + OVERHEAD > REQUEST_LIMITS.maxBytes) {
      const most = `insertAll takes at most ${REQUEST_LIMITS.maxBytes} bytes in one request`
      return refuse('tooLarge', new Unencodable(`the row has ${rowBytes} bytes; ${most}`))
    }
    return {row: bundle.values[i]!, wire, bytes, rowBytes, insertId, lease: undefined, columns: undefined, at: 0}
  }

  connect(to: Destination): BatchPort<InsertItem<Row>, InsertError[]> {
    const {client, table, state} = to
    return {
      send: (items, signal) => client.insertAll(table, bodyOf(items), signal, items.length),
      failures: answer => (answer.length === 0 ? [] : classifyRows(answer, field => this.#hasField(to, field))),
      classifyError: async error => classifyInsert(error, isNotFound(error) && (await state.isFresh())),
    }
  }

  /** True if the table has a field that insertAll does not know yet; it will within minutes. */
  async #hasField({table, state}: Destination, path: string): Promise<boolean> {
    try {
      await state.refresh()
    } catch (error) {
      const {name, log} = this.#info
      log.warn(`${name}: the schema of ${formatTable(table)} could not be read: ${messageOf(error)}`, {stage: name})
    }
    return state.has(path)
  }
}

function bodyOf(items: readonly InsertItem<unknown>[]): Buffer {
  return joinRows(
    HEAD,
    items.map(item => item.wire),
    TAIL,
  )
}
