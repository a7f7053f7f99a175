import {hash128, STABLE_ID_LENGTH, stableIds} from '../../../batching/index.ts'
import type {Bundle} from '../../../core/index.ts'
import {messageOf, SluiceError} from '../../../errors/index.ts'
import {type Unencodable, unfit} from '../rows/unencodable.ts'

/**
 * Where the insertId of a row comes from: `undefined` derives it from the ids of the input (random if there are none), a
 * function of the row returns it, `false` sends none.
 */
export type InsertIdOption<Row> = ((row: Row) => string) | false | undefined

/** The insertId of value `i` of a bundle; called once for each row, before the first try. */
export type InsertIds<Row> = (bundle: Bundle<Row>, i: number) => string | undefined | Unencodable

/**
 * Makes the insertIds of one sink. `sink` (its name, or its order of construction) is part of the hash, so that two sinks on
 * one table never take each other's rows for duplicates; a re-run over the same input makes the same ids.
 */
export function insertIds<Row>(stage: () => string, sink: () => string, option: InsertIdOption<Row>): InsertIds<Row> {
  if (option === false) return () => undefined
  if (option) return (bundle, i) => fromUser(stage(), option, bundle.values[i]!)
  return stableIds(sink)
}

function fromUser<Row>(stage: string, option: (row: Row) => string, row: Row): string | Unencodable {
  let id: unknown
  try {
    id = option(row)
  } catch (error) {
    throw new SluiceError('ERR_SLUICE_SINK', `${stage}: insertId() threw: ${messageOf(error)}`, {
      stage,
      element: row,
      cause: error,
    })
  }
  if (typeof id === 'number' || typeof id === 'bigint') id = String(id)
  if (typeof id !== 'string' || id === '') return unfit(id, 'an insertId; insertId() must return a non-empty string')
  return id.length <= STABLE_ID_LENGTH ? id : hash128(id)
}
