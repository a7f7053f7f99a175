import type {DuckDBConnection} from '@duckdb/node-api'
import type {Duck} from '../values/duckdb.ts'
import {DECIMAL_FUNCTIONS} from './decimal-functions.ts'
import {defineNatives} from './define.ts'
import {JSON_FUNCTIONS} from './json-functions.ts'
import {MACROS} from './macros.ts'
import {NUMBER_FUNCTIONS} from './number-functions.ts'
import {PRINTF_FUNCTIONS} from './printf.ts'
import {TEXT_FUNCTIONS} from './text-functions.ts'
import {TIME_NATIVES} from './time-functions.ts'

/** Gives a DuckDB instance the functions of GoogleSQL that it does not have, or has with another meaning. */
export async function registerFunctions(duck: Duck, connection: DuckDBConnection): Promise<void> {
  defineNatives(duck, connection, [
    ...TEXT_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...DECIMAL_FUNCTIONS,
    ...PRINTF_FUNCTIONS,
    ...TIME_NATIVES,
    ...JSON_FUNCTIONS,
  ])
  for (const macro of MACROS) await connection.run(macro)
}
