import {type BatchItem, BatchingSink, type Refusal, type RowError} from '../../batching/index.ts'
import {type Bundle, type DescriptorParts, type Finding, sinkIdentity} from '../../core/index.ts'
import {messageOf, type SluiceError} from '../../errors/index.ts'
import {bigQueryTarget, connectBigQuery} from './bigquery-client.ts'
import {isNotFound} from './bigquery-error.ts'
import type {InsertError, ResolvedTable} from './bigquery-port.ts'
import {judgeInsert, judgeRows} from './inserts/classify-insert.ts'
import {type InsertIds, insertIds} from './inserts/insert-id.ts'
import {joinRows, type RowBytes, RowWriter} from './inserts/row-bytes.ts'
import {type BigQueryWriteConfig, REQUEST_LIMITS} from './options.ts'
import {quote} from './rows/encode-text.ts'
import {compileRowEncoder} from './rows/row-encoder.ts'
import {type Encode, Unencodable} from './rows/unencodable.ts'
import type {TableSchema} from './schema/schema-types.ts'
import {checkTable} from './tables/check-table.ts'
import {DestinationTable} from './tables/destination-table.ts'
import {formatTable} from './tables/table-reference.ts'
import {explainBigQuery} from './to-sluice-error.ts'

const HEAD = '{"skipInvalidRows":true,"rows":['
const TAIL = ']}'
const OVERHEAD = HEAD.length + TAIL.length
/** BigQuery bills streaming inserts by rows of at least 1 KiB. */
const MIN_BILLED = 1024

interface RowItem<Row> extends BatchItem<Row> {
  /** `{"insertId":"…","json":{…}}` */
  readonly wire: RowBytes
}

/** The sink behind {@link writeToBigQuery}. */
export class BigQuerySink<Row> extends BatchingSink<Row, RowItem<Row>, InsertError[]> {
  readonly #config: BigQueryWriteConfig<Row>
  readonly #idOf: InsertIds<Row>
  #destination!: DestinationTable
  #table: ResolvedTable | undefined
  readonly #writer = new RowWriter()
  #encoder!: Encode
  #encodes: TableSchema | undefined
  #ignored = 0
  protected override port!: BatchingSink<Row, RowItem<Row>, InsertError[]>['port']

  constructor(config: BigQueryWriteConfig<Row>, parts?: DescriptorParts) {
    const {options, policy, retry, allowMixedTargets} = config
    const {dataset, project} = config.reference
    super(
      {...options, policy, retry, overhead: OVERHEAD, billed: bytes => Math.max(MIN_BILLED, bytes)},
      {
        defaultName: 'writeToBigQuery',
        target: () => bigQueryTarget(options.client),
        allowMixedTargets,
        resources: () => [{kind: 'dataset', name: dataset, project}],
        check: signal => this.#check(signal),
        ...parts,
      },
    )
    this.#config = config
    const {info} = this
    info.metrics.extra['ignoredFields'] = 0
    let identity: string | undefined
    this.#idOf = insertIds(
      () => info.name,
      () => (identity ??= sinkIdentity(info)),
      options.insertId,
    )
  }

  async #check(signal: AbortSignal): Promise<Finding[]> {
    const {options, reference} = this.#config
    const client = await connectBigQuery(options.client, reference.project)
    const table = {...reference, project: reference.project ?? (await client.projectId())}
    return checkTable(client, {...this.#config, table}, this.info.clock.now(), signal)
  }

  override async setup(signal: AbortSignal): Promise<void> {
    const {options, reference, schema, createIfNeeded, create, retry} = this.#config
    const client = await connectBigQuery(options.client, reference.project)
    let table: ResolvedTable
    try {
      table = {...reference, project: reference.project ?? (await client.projectId())}
    } catch (error) {
      throw explainBigQuery(this.info.name, 'connect', undefined, error)
    }
    this.#table = table
    this.#destination = new DestinationTable(
      client,
      {table, schema, createIfNeeded, create},
      {
        stage: this.info.name,
        clock: this.info.clock,
        retry,
        signal,
        onRetry: note => this.noteRetry({...note, rows: 0}),
      },
    )
    await this.#destination.prepare()
    this.port = {
      send: (items, callSignal) => client.insertAll(table, bodyOf(items), callSignal, items.length),
      failures: answer => (answer.length === 0 ? [] : judgeRows(answer, field => this.#hasField(field))),
      judge: async error => judgeInsert(error, isNotFound(error) && (await this.#destination.isFresh())),
    }
  }

  protected override get target(): string {
    return formatTable(this.#table ?? this.#config.reference)
  }

  protected override explain(error: unknown): SluiceError {
    return explainBigQuery(this.info.name, 'insert', this.#table, error)
  }

  protected override encode(bundle: Bundle<Row>, i: number): RowItem<Row> | Refusal | Promise<RowItem<Row> | Refusal> {
    const json = this.#encodeRow(bundle.values[i]!)
    const unknown = typeof json === 'string' ? this.#ignored > 0 : json.unknownField
    if (!unknown || !this.#destination.refreshable) return this.#toItem(bundle, i, json)
    return this.#destination.refresh().then(() => this.#toItem(bundle, i, this.#encodeRow(bundle.values[i]!)))
  }

  #encodeRow(row: Row): string | Unencodable {
    const {schema} = this.#destination
    if (schema !== this.#encodes) {
      this.#encodes = schema
      const ignore = () => void this.#ignored++
      this.#encoder = compileRowEncoder(schema, this.#config.ignoreUnknown ? ignore : undefined)
    }
    this.#ignored = 0
    return this.#encoder(row)
  }

  #toItem(bundle: Bundle<Row>, i: number, json: string | Unencodable): RowItem<Row> | Refusal {
    if (typeof json !== 'string') return refuse('invalid', json)
    if (this.#ignored > 0) this.info.metrics.extra['ignoredFields']! += this.#ignored
    const insertId = this.#idOf(bundle, i)
    if (insertId instanceof Unencodable) return refuse('insertId', insertId)
    const id = insertId === undefined ? undefined : quote(insertId)
    if (id instanceof Unencodable) return refuse('insertId', id)
    const head = id === undefined ? '{"json":' : `{"insertId":${id},"json":`
    const wire = this.#writer.write(`${head}${json}}`)
    // With the comma before the next row; the row alone is without its head and the closing brace
    const bytes = wire.end - wire.start + 1
    const rowBytes = bytes - Buffer.byteLength(head) - 2
    if (bytes + OVERHEAD > REQUEST_LIMITS.maxBytes) {
      const most = `insertAll takes at most ${REQUEST_LIMITS.maxBytes} bytes in one request`
      return refuse('tooLarge', new Unencodable(`the row has ${rowBytes} bytes; ${most}`))
    }
    return {row: bundle.values[i]!, wire, bytes, rowBytes, insertId, lease: undefined}
  }

  /** Whether the table has a field that insertAll says it has not: then insertAll will learn of it in a while. */
  async #hasField(path: string): Promise<boolean> {
    try {
      await this.#destination.refresh()
    } catch (error) {
      const {name, log} = this.info
      log.warn(`${name}: the schema of ${this.target} could not be read: ${messageOf(error)}`, {stage: name})
    }
    return this.#destination.has(path)
  }
}

function refuse(reason: string, {path, message}: Unencodable): Refusal {
  const refused: RowError = {reason, location: path, message}
  return {refused, insertId: undefined}
}

function bodyOf(items: readonly RowItem<unknown>[]): Buffer {
  return joinRows(
    HEAD,
    items.map(item => item.wire),
    TAIL,
  )
}
