import {BatchingSink, type BatchPort, type Refusal} from '../../batching/index.ts'
import type {Bundle, DescriptorParts, Finding} from '../../core/index.ts'
import type {SluiceError} from '../../errors/index.ts'
import {INSERT_COSTS, type InsertItem, StreamingInserts} from './inserts/streaming-inserts.ts'
import {compileRowEncoder} from './rows/row-encoder.ts'
import type {Encode, Unencodable} from './rows/unencodable.ts'
import type {TableSchema} from './schema/schema-types.ts'
import {bigQueryTarget, connectBigQuery} from './service/bigquery-client.ts'
import type {InsertError, ResolvedTable} from './service/bigquery-port.ts'
import {formatTable} from './service/table-reference.ts'
import {toSluiceError} from './service/to-sluice-error.ts'
import {checkTable} from './tables/check-table.ts'
import {DestinationTable} from './tables/destination-table.ts'
import type {BigQueryWriteConfig} from './write/options.ts'
import {refuse, type WriteMethod} from './write/write-method.ts'

/** The sink behind {@link writeToBigQuery}. */
export class BigQuerySink<Row> extends BatchingSink<Row, InsertItem<Row>, InsertError[]> {
  readonly #config: BigQueryWriteConfig<Row>
  readonly #method: WriteMethod<Row, InsertItem<Row>, InsertError[]>
  #destination!: DestinationTable
  #table: ResolvedTable | undefined
  #encoder!: Encode
  #encodes: TableSchema | undefined
  #ignored = 0
  protected override port!: BatchPort<InsertItem<Row>, InsertError[]>

  constructor(config: BigQueryWriteConfig<Row>, parts?: DescriptorParts) {
    const {options, policy, retry, allowMixedTargets} = config
    const {dataset, project} = config.reference
    super(
      {...options, policy, retry, ...INSERT_COSTS},
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
    this.#method = new StreamingInserts<Row>(info, options.insertId)
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
      throw toSluiceError(this.info.name, 'connect', undefined, error)
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
    this.port = this.#method.connect({client, table, state: this.#destination})
  }

  protected override get target(): string {
    return formatTable(this.#table ?? this.#config.reference)
  }

  protected override toSluiceError(error: unknown): SluiceError {
    return toSluiceError(this.info.name, 'insert', this.#table, error)
  }

  protected override encode(
    bundle: Bundle<Row>,
    i: number,
  ): InsertItem<Row> | Refusal | Promise<InsertItem<Row> | Refusal> {
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

  #toItem(bundle: Bundle<Row>, i: number, json: string | Unencodable): InsertItem<Row> | Refusal {
    if (typeof json !== 'string') return refuse('invalid', json)
    if (this.#ignored > 0) this.info.metrics.extra['ignoredFields']! += this.#ignored
    return this.#method.toItem(bundle, i, json)
  }
}
