import {callWithRetries, RetryBudget, type RetryPolicy} from '../../../batching/index.ts'
import type {Clock} from '../../../core/index.ts'
import {SluiceError} from '../../../errors/index.ts'
import {parseSchema} from '../schema/schema.ts'
import type {TableField, TableSchema} from '../schema/schema-types.ts'
import {BigQueryError, isNotFound, missingResource} from '../service/bigquery-error.ts'
import type {BigQueryPort, ResolvedTable, TableResource} from '../service/bigquery-port.ts'
import {retryOf} from '../service/classify-error.ts'
import {formatTable} from '../service/table-reference.ts'
import {type BigQueryAction, toSluiceError} from '../service/to-sluice-error.ts'

/** Shortest time between two fetches of the schema because of unknown fields, ms. */
const REFRESH_EVERY = 60_000
/** How long insertAll may not see a new table, ms. */
const FRESH_FOR = 10 * 60_000

/** The table as the options describe it. */
export interface DestinationOptions {
  readonly table: ResolvedTable
  readonly schema: TableSchema | undefined
  readonly createIfNeeded: boolean
  /** Further properties for creating the table. */
  readonly create: Record<string, unknown>
}

/** What the destination needs from its sink. */
interface DestinationContext {
  readonly stage: string
  readonly clock: Clock
  readonly retry: RetryPolicy
  readonly random?: (() => number) | undefined
  readonly signal: AbortSignal
  /** Called before each retry. */
  readonly onRetry: (retry: {error: unknown; elapsed: number; delay: number}) => void
}

/** The table that a sink writes to: found or created, and its schema as last seen. */
export class DestinationTable {
  readonly #port: BigQueryPort
  readonly #options: DestinationOptions
  readonly #context: DestinationContext
  #schema: TableSchema | undefined
  #refreshedAt = Number.NEGATIVE_INFINITY
  #refreshing: Promise<boolean> | undefined
  #createdAt = Number.NEGATIVE_INFINITY

  constructor(port: BigQueryPort, options: DestinationOptions, context: DestinationContext) {
    this.#port = port
    this.#options = options
    this.#context = context
  }

  /** The schema that rows are checked against. */
  get schema(): TableSchema {
    return this.#schema!
  }

  /** Finds or creates the table and reads its schema. With a schema and nothing to create it makes no request. */
  async prepare(): Promise<void> {
    const {schema, createIfNeeded, table} = this.#options
    if (schema && !createIfNeeded) {
      this.#schema = schema
      return
    }
    try {
      this.#schema = this.#read(await this.#get())
    } catch (error) {
      if (!isMissingTable(error) || !createIfNeeded) throw this.#toError('read', error)
      if (!schema)
        throw this.#noSchema(`table ${formatTable(table)} does not exist, and no schema is given to create it`)
      this.#schema = await this.#create(schema)
    }
  }

  /**
   * True when the table was created minutes ago, by this sink or another, and still exists: insertAll may not see it yet. A
   * table that was deleted is not waited for.
   */
  async isFresh(): Promise<boolean> {
    if (this.#context.clock.now() - this.#createdAt >= FRESH_FOR) return false
    try {
      await this.#get()
      return true
    } catch (error) {
      return !isNotFound(error)
    }
  }

  /** True when the schema may be fetched again now. */
  get refreshable(): boolean {
    return this.#refreshing !== undefined || this.#context.clock.now() - this.#refreshedAt >= REFRESH_EVERY
  }

  /** Fetches the schema again, at most once a minute; true when it has other fields than before. */
  refresh(): Promise<boolean> {
    if (this.#refreshing) return this.#refreshing
    if (!this.refreshable) return Promise.resolve(false)
    this.#refreshedAt = this.#context.clock.now()
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(): Promise<boolean> {
    const before = JSON.stringify(this.#schema)
    try {
      this.#schema = this.#read(await this.#get())
    } catch (error) {
      // writing may be allowed where reading the schema is not: the schema stays as it is
      if (error instanceof BigQueryError && error.kind === 'permission-denied') return false
      throw this.#toError('read', error)
    }
    return JSON.stringify(this.#schema) !== before
  }

  /** True if the table has this field (`'address.city'`), as last seen. */
  has(path: string): boolean {
    let fields: TableField[] | undefined = this.#schema?.fields
    // row errors name fields of repeated records `items[3].name`
    for (const part of path.replace(/\[\d+\]/g, '').split('.')) {
      const field: TableField | undefined = fields?.find(f => f.name.toLowerCase() === part.toLowerCase())
      if (!field) return false
      fields = field.fields
    }
    return true
  }

  async #create(schema: TableSchema): Promise<TableSchema> {
    const {table, create} = this.#options
    const {project: projectId, dataset: datasetId, table: tableId} = table
    const resource = {tableReference: {projectId, datasetId, tableId}, schema, ...create}
    this.#createdAt = this.#context.clock.now()
    try {
      await this.#call(signal => this.#port.createTable(table, resource, signal))
      return schema
    } catch (error) {
      // another sink was faster, or the answer to our own first request was lost
      if (error instanceof BigQueryError && error.kind === 'already-exists') return this.#afterConflict()
      throw this.#toError('create', error)
    }
  }

  async #afterConflict(): Promise<TableSchema> {
    try {
      return this.#read(await this.#get())
    } catch (error) {
      throw this.#toError('read', error)
    }
  }

  #get(): Promise<TableResource> {
    return this.#call(signal => this.#port.getTable(this.#options.table, signal))
  }

  #call<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const {retry: policy, clock, random, signal, onRetry} = this.#context
    return callWithRetries(
      {policy, clock, budget: new RetryBudget(policy, clock, random), signal, retryOf, onRetry},
      call,
    )
  }

  #read(resource: TableResource): TableSchema {
    const {stage} = this.#context
    this.#createdAt = Math.max(this.#createdAt, Number(resource.creationTime) || Number.NEGATIVE_INFINITY)
    const {schema, create} = {schema: resource.schema, create: this.#options.schema}
    if (schema?.fields?.length)
      return parseSchema(`${stage}: table ${formatTable(this.#options.table)}`, schema as never)
    if (create) return create
    throw this.#noSchema(`table ${formatTable(this.#options.table)} has no columns yet`)
  }

  #noSchema(problem: string): SluiceError {
    const {stage} = this.#context
    return new SluiceError(
      'ERR_SLUICE_SCHEMA',
      `${stage}: ${problem}. Give \`schema: 'name:STRING,total:FLOAT'\`, or \`schema: {fields: [{name: 'name', type: 'STRING'}]}\` ` +
        "(or the path of a JSON file), or create the table first and write with createDisposition: 'CREATE_NEVER'",
      {stage},
    )
  }

  #toError(action: BigQueryAction, error: unknown): SluiceError {
    return toSluiceError(this.#context.stage, action, this.#options.table, error)
  }
}

function isMissingTable(error: unknown): boolean {
  return isNotFound(error) && missingResource(error as BigQueryError) === 'table'
}
