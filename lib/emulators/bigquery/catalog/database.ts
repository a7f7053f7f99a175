import {mkdir, realpath} from 'node:fs/promises'
import {join} from 'node:path'
import type {DuckDBConnection, DuckDBInstance} from '@duckdb/node-api'
import {messageOf, SluiceError} from '../../../errors/index.ts'
import {Mutex} from '../../service/mutex.ts'
import {META_SCHEMA, quoteName} from '../model/names.ts'
import {registerFunctions} from '../native/register.ts'
import {type Duck, loadDuckdb} from '../values/duckdb.ts'

/** Name of the attached database, which is that of its file. */
export const DUCKDB_CATALOG = 'bigquery'

/** DuckDB's file lock does not tell two instances in one process apart, so they are told apart here. */
const openDirs = new Set<string>()

/** The DuckDB file of a BigQuery service: one writer at a time, any number of readers. */
export class Database {
  readonly duck: Duck
  readonly #instance: DuckDBInstance
  readonly #writer: DuckDBConnection
  readonly #dir: string
  readonly #writes = new Mutex()
  /** Incremented by every write. */
  version = 0

  private constructor(duck: Duck, instance: DuckDBInstance, writer: DuckDBConnection, dir: string) {
    this.duck = duck
    this.#instance = instance
    this.#writer = writer
    this.#dir = dir
  }

  /** Opens (or makes) the file in `dir`. Throws `ERR_SLUICE_EMULATOR` when it is in use or DuckDB is missing. */
  static async open(dir: string): Promise<Database> {
    const duck = await loadDuckdb()
    await mkdir(dir, {recursive: true})
    const real = await realpath(dir)
    if (openDirs.has(real)) throw inUse(dir, 'another local cloud of this process has it open')
    openDirs.add(real)
    let instance: DuckDBInstance | undefined
    try {
      instance = await duck.DuckDBInstance.create(join(real, `${DUCKDB_CATALOG}.duckdb`), SETTINGS)
      const writer = await instance.connect()
      await writer.run(`SET GLOBAL TimeZone='UTC'`)
      await registerFunctions(duck, writer)
      await writer.run('SET lock_configuration=true')
      await writer.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(META_SCHEMA)}`)
      return new Database(duck, instance, writer, real)
    } catch (error) {
      instance?.closeSync()
      openDirs.delete(real)
      if (/could not set lock/i.test(messageOf(error))) throw inUse(dir, 'another process has it open', error)
      throw new SluiceError('ERR_SLUICE_EMULATOR', `local cloud: cannot open the data in ${dir}: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  /** A connection of its own, to be closed by the caller. */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect()
  }

  /** Runs `work` alone and in one transaction, which is rolled back when it throws. */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#writes.run(async () => {
      try {
        return await this.#transaction(work)
      } finally {
        this.version++
      }
    })
  }

  /** Runs one statement outside of any transaction and gives its rows. */
  async read(sql: string): Promise<unknown[][]> {
    const connection = await this.connect()
    try {
      return (await connection.runAndReadAll(sql)).getRows()
    } finally {
      connection.closeSync()
    }
  }

  async close(): Promise<void> {
    await this.#writes.run(async () => {})
    this.#writer.closeSync()
    this.#instance.closeSync()
    openDirs.delete(this.#dir)
  }

  async #transaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    await this.#writer.run('BEGIN')
    try {
      const value = await work(this.#writer)
      await this.#writer.run('COMMIT')
      return value
    } catch (error) {
      await this.#writer.run('ROLLBACK').catch(() => {})
      throw error
    }
  }
}

/** Limits of resources and access: a job's SQL must reach neither files nor the network. */
const SETTINGS = {
  threads: '2',
  memory_limit: '1GB',
  max_temp_directory_size: '2GB',
  default_null_order: 'nulls_first_on_asc_last_on_desc',
  enable_external_access: 'false',
  autoload_known_extensions: 'false',
  autoinstall_known_extensions: 'false',
}

function inUse(dir: string, who: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_EMULATOR',
    `local cloud: the BigQuery data in ${dir} is in use, ${who}; close that one, or give another \`dir\``,
    {cause},
  )
}
