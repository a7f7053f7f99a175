import {deserialize, serialize} from 'node:v8'
import {SluiceError} from '../../errors/index.ts'
import {Bundle} from './bundle.ts'
import {COLUMN_NAMES, COLUMNS, type Column, type LeaseNumbers} from './columns.ts'
import {freeze} from './freeze.ts'
import {notPlain} from './plain-data.ts'

/** A bundle as plain data. */
interface Encoded {
  readonly values: unknown[]
  /** Which values were frozen. */
  readonly frozen: Uint8Array
  readonly watermark: number
  readonly columns: Readonly<Record<string, unknown>>
}

/** How a bundle is encoded. */
interface EncodeOptions {
  /** Numbers each lease, which stays behind; without it a bundle with leases is refused. */
  keep?: LeaseNumbers['keep'] | undefined
  /** The error for a value that is not plain data; `what` is such as `row.customer is a Customer`. */
  refuse?: ((what: string, value: unknown) => Error) | undefined
}

/**
 * A bundle as bytes: for a file, another thread, or a wire. Values are plain data; all columns and the watermark are in it, but
 * for leases, in whose places are numbers, and the records that ids come from.
 *
 * @throws {SluiceError} `ERR_SLUICE_OUTPUT_TYPE` (or what `refuse` gives) for a value that is not plain data;
 *   `ERR_SLUICE_LEASE` for leases without `keep`
 */
export function encode(bundle: Bundle<unknown>, {keep = noLeases, refuse = refused}: EncodeOptions = {}): Buffer {
  const {values, watermark} = bundle
  for (const value of values) {
    const what = notPlain(value, 'row')
    if (what) throw refuse(what, value)
  }
  const numbers = {keep, find: noLeases}
  const columns: Record<string, unknown> = {}
  for (const name of COLUMN_NAMES) {
    const column = bundle[name]
    if (column !== undefined) columns[name] = (COLUMNS[name] as Column<unknown>).encode(column, values.length, numbers)
  }
  const frozen = Uint8Array.from(values, value => (Object.isFrozen(value) ? 1 : 0))
  return serialize({values, frozen, watermark, columns} satisfies Encoded)
}

/** Decodes a bundle encoded by {@link encode}; `find` returns the lease with a number. */
export function decode(bytes: Uint8Array, find: LeaseNumbers['find'] = noLeases): Bundle<unknown> {
  const {values, frozen, watermark, columns} = deserialize(bytes) as Encoded
  for (const [i, value] of values.entries()) if (frozen[i]) freeze(value)
  const numbers = {keep: noLeases, find}
  const parts: Record<string, unknown> = {watermark}
  for (const name of COLUMN_NAMES)
    if (name in columns) parts[name] = (COLUMNS[name] as Column<unknown>).decode(columns[name] as never, numbers)
  return new Bundle(values, parts)
}

function noLeases(): never {
  throw new SluiceError('ERR_SLUICE_LEASE', 'a bundle with leases cannot be encoded here: nothing keeps its leases')
}

function refused(what: string, value: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_OUTPUT_TYPE',
    `${what}, and only plain data can leave the process; make plain rows of it (map(row => ({…})))`,
    {element: value},
  )
}
