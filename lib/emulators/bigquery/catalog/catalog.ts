import {randomUUID} from 'node:crypto'
import type {DuckDBConnection} from '@duckdb/node-api'
import type {LocalClock} from '../../service/service.ts'
import {alreadyExists, datasetNotFound, tableNotFound} from '../model/errors.ts'
import {encodeName, META_SCHEMA, quoteName, schemaNameFor, tableName} from '../model/names.ts'
import type {TableField} from '../model/table-field.ts'
import {columnSql} from '../values/duckdb-types.ts'
import {type Database, DUCKDB_CATALOG} from './database.ts'
import {DedupWindow} from './dedup-window.ts'
import {ingestionColumn} from './ingestion-time.ts'
import type {Dataset, Properties, Table} from './resources.ts'

/** What {@link Catalog.update} changes. */
interface Change {
  properties: Properties
  fields?: TableField[]
}

const META = `${quoteName(META_SCHEMA)}.resources`

/** The datasets and tables: their resources in memory and, in one transaction with their data, in the DuckDB file. */
export class Catalog {
  readonly #db: Database
  readonly #clock: LocalClock
  readonly #datasets = new Map<string, Dataset>()

  private constructor(db: Database, clock: LocalClock) {
    this.#db = db
    this.#clock = clock
  }

  static async load(db: Database, clock: LocalClock): Promise<Catalog> {
    const catalog = new Catalog(db, clock)
    await db.write(c =>
      c.run(
        `CREATE TABLE IF NOT EXISTS ${META} (project VARCHAR, dataset VARCHAR, table_id VARCHAR, resource VARCHAR)`,
      ),
    )
    const rows = await db.read(`SELECT project, dataset, table_id, resource FROM ${META} ORDER BY table_id NULLS FIRST`)
    for (const [project, id, tableId, json] of rows as [string, string, string | null, string][]) {
      const stored = JSON.parse(json)
      if (tableId === null) catalog.#datasets.set(`${project}:${id}`, {...stored, project, id, tables: new Map()})
      else {
        const dataset = catalog.dataset(project, id)
        const history = [{at: stored.created, fields: stored.fields}]
        const table = {...stored, project, dataset, id: tableId, history, dedup: new DedupWindow()}
        dataset.tables.set(tableId, table)
        // Files of earlier versions do not have the column.
        if (stored.fields)
          for (const column of ingestionColumn(stored.properties))
            await db.write(c => c.run(`ALTER TABLE ${duckName(table)} ADD COLUMN IF NOT EXISTS ${column}`))
      }
    }
    return catalog
  }

  datasets(project: string): Dataset[] {
    return [...this.#datasets.values()].filter(d => d.project === project).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Throws 404 notFound. */
  dataset(project: string, id: string): Dataset {
    const dataset = this.#datasets.get(`${project}:${id}`)
    if (!dataset) throw datasetNotFound(project, id)
    return dataset
  }

  /** Throws 404 notFound, naming the dataset if that is what is missing. */
  table(project: string, datasetId: string, id: string): Table {
    const table = this.dataset(project, datasetId).tables.get(id)
    if (!table) throw tableNotFound(project, datasetId, id)
    return table
  }

  async createDataset(project: string, id: string, properties: Properties): Promise<Dataset> {
    return this.#db.write(async connection => {
      if (this.#datasets.has(`${project}:${id}`)) throw alreadyExists('Dataset', `${project}:${id}`)
      const taken = (name: string) => [...this.#datasets.values()].some(d => d.schemaName === name)
      const schemaName = schemaNameFor(project, id, taken)
      const dataset: Dataset = {...this.#stamp(project, properties), id, schemaName, tables: new Map()}
      await connection.run(`CREATE SCHEMA ${quoteName(schemaName)}`)
      await this.#store(connection, dataset)
      this.#datasets.set(`${project}:${id}`, dataset)
      return dataset
    })
  }

  async deleteDataset(dataset: Dataset): Promise<void> {
    await this.#db.write(async connection => {
      await connection.run(`DROP SCHEMA ${quoteName(dataset.schemaName)} CASCADE`)
      await connection.run(`DELETE FROM ${META} WHERE project = $1 AND dataset = $2`, [dataset.project, dataset.id])
    })
    this.#datasets.delete(`${dataset.project}:${dataset.id}`)
  }

  /** Makes a table; `connection` is that of a transaction that the caller has open, if it has. */
  async createTable(
    dataset: Dataset,
    id: string,
    fields: TableField[] | undefined,
    properties: Properties,
    connection?: DuckDBConnection,
  ): Promise<Table> {
    const create = async (c: DuckDBConnection) => {
      if (dataset.tables.has(id)) throw alreadyExists('Table', tableName(dataset.project, dataset.id, id))
      const stamp = this.#stamp(dataset.project, properties)
      const history = [{at: stamp.created, fields}]
      const table: Table = {...stamp, dataset, id, fields, history, dedup: new DedupWindow()}
      if (fields) await c.run(`CREATE TABLE ${duckName(table)} (${tableColumns(fields, properties)})`)
      await this.#store(c, table)
      return table
    }
    const table = await (connection ? create(connection) : this.#db.write(create))
    dataset.tables.set(id, table)
    return table
  }

  async deleteTable(table: Table, connection?: DuckDBConnection): Promise<void> {
    const drop = async (c: DuckDBConnection) => {
      await c.run(`DROP TABLE IF EXISTS ${duckName(table)}`)
      await this.#deleteRow(c, table)
    }
    await (connection ? drop(connection) : this.#db.write(drop))
    table.dataset.tables.delete(table.id)
  }

  /**
   * Changes a dataset or table. `decide` is called alone: it checks the change against the state of that moment, alters
   * the data, and gives the new values; all of it is one transaction.
   */
  async update(
    resource: Dataset | Table,
    decide: (connection: DuckDBConnection) => Promise<Change> | Change,
  ): Promise<void> {
    const change = await this.#db.write(async connection => {
      const decided = await decide(connection)
      const stamped = {...decided, modified: this.#clock.now(), etag: newEtag()}
      await this.#deleteRow(connection, resource)
      await this.#store(connection, {...resource, ...stamped})
      return stamped
    })
    Object.assign(resource, change)
    if (change.fields && 'history' in resource) resource.history.push({at: change.modified, fields: change.fields})
  }

  async reset(): Promise<void> {
    for (const dataset of [...this.#datasets.values()]) await this.deleteDataset(dataset)
  }

  #stamp(project: string, properties: Properties) {
    const now = this.#clock.now()
    return {project, properties, created: now, modified: now, etag: newEtag()}
  }

  async #store(connection: DuckDBConnection, resource: Dataset | Table): Promise<void> {
    const {properties, created, modified, etag} = resource
    const stored = 'dataset' in resource ? {fields: resource.fields} : {schemaName: resource.schemaName}
    const json = JSON.stringify({properties, created, modified, etag, ...stored})
    const [dataset, table] = 'dataset' in resource ? [resource.dataset.id, resource.id] : [resource.id, null]
    await connection.run(`INSERT INTO ${META} VALUES ($1, $2, $3, $4)`, [resource.project, dataset, table, json])
  }

  async #deleteRow(connection: DuckDBConnection, resource: Dataset | Table): Promise<void> {
    const [dataset, table] = 'dataset' in resource ? [resource.dataset.id, resource.id] : [resource.id, null]
    await connection.run(
      `DELETE FROM ${META} WHERE project = $1 AND dataset = $2 AND table_id IS NOT DISTINCT FROM $3`,
      [resource.project, dataset, table],
    )
  }
}

/** The columns of a table in DuckDB. */
export function tableColumns(fields: readonly TableField[], properties: Properties): string {
  return [...fields.map(columnSql), ...ingestionColumn(properties)].join(', ')
}

/** A table's full quoted name in DuckDB. */
export function duckName(table: Table): string {
  return [DUCKDB_CATALOG, table.dataset.schemaName, encodeName(table.id)].map(quoteName).join('.')
}

function newEtag(): string {
  return randomUUID().replaceAll('-', '').slice(0, 22)
}
