import type {DuckDBConnection, DuckDBType, DuckDBValue} from '@duckdb/node-api'
import {messageOf} from '../../../errors/index.ts'
import type {Duck} from '../values/duckdb.ts'

/** What arguments and results of a function are in JavaScript. */
type Kind = 'text' | 'int' | 'float' | 'bool' | 'bytes' | 'numeric' | 'bignumeric' | 'texts' | 'date' | 'time'

/** A function in JavaScript for DuckDB: a NULL argument makes the result NULL, what it throws is the query's error. */
export interface Native {
  name: string
  takes: readonly Kind[]
  gives: Kind
  // biome-ignore lint/suspicious/noExplicitAny: the kinds of the arguments are data
  call(...args: any[]): unknown
}

/** Registers functions for all connections of the instance. */
export function defineNatives(duck: Duck, connection: DuckDBConnection, natives: readonly Native[]): void {
  const types: Record<Kind, DuckDBType> = {
    text: duck.VARCHAR,
    int: duck.BIGINT,
    float: duck.DOUBLE,
    bool: duck.BOOLEAN,
    bytes: duck.BLOB,
    numeric: duck.DECIMAL(38, 9),
    bignumeric: duck.DECIMAL(38, 18),
    texts: duck.LIST(duck.VARCHAR),
    date: duck.DATE,
    time: duck.TIME,
  }
  const output: Partial<Record<Kind, (value: never) => DuckDBValue>> = {
    bytes: (value: Uint8Array) => duck.blobValue(value),
    numeric: (value: bigint) => duck.decimalValue(value, 38, 9),
    bignumeric: (value: bigint) => duck.decimalValue(value, 38, 18),
    texts: (value: string[]) => duck.listValue(value),
    date: (value: number) => new duck.DuckDBDateValue(value),
    time: (value: bigint) => new duck.DuckDBTimeValue(value),
  }
  for (const {name, takes, gives, call} of natives) {
    const wrap = output[gives] as ((value: unknown) => DuckDBValue) | undefined
    const scalar = duck.DuckDBScalarFunction.create({
      name,
      parameterTypes: takes.map(kind => types[kind]),
      returnType: types[gives],
      mainFunction(info, input, out) {
        try {
          const columns = takes.map((_, i) => input.getColumnVector(i))
          for (let row = 0; row < input.rowCount; row++) {
            const args = columns.map(column => plain(column.getItem(row)))
            const value = args.includes(null) ? null : call(...args)
            out.setItem(row, value === null || value === undefined ? null : wrap ? wrap(value) : (value as DuckDBValue))
          }
          out.flush()
        } catch (error) {
          info.setError(messageOf(error))
        }
      },
    })
    connection.registerScalarFunction(scalar)
  }
}

/** Bytes and decimals out of DuckDB's objects; the decimal's scale is that of its type. */
function plain(value: DuckDBValue): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('bytes' in value) return value.bytes
  return 'scale' in value ? value.value : value
}
