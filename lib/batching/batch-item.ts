import type {Lease, RecordOrigin} from '../core/index.ts'
import type {Sized} from './batch-queue.ts'
import type {RowError} from './batch-writer.ts'

/** A row on its way: encoded once, the same bytes sized, sent and sent again. */
export interface BatchItem<Row> extends Sized {
  readonly row: Row
  /** Bytes of the row alone: what `bytes` and `billedBytes` count. */
  readonly rowBytes: number
  /** Sent with the row so that a repeated one can be told. */
  readonly insertId: string | undefined
  /** Released when the row is committed, or handed to the dead letter. */
  lease: Lease | undefined
  /** The record that the row was made of, if its source keeps it. */
  origin?: RecordOrigin | undefined
}

/** A row that cannot be sent at all. */
export interface Refusal {
  readonly refused: RowError
  readonly insertId: string | undefined
}

/** A row that is set aside, with its reasons. */
export interface Reject<Row> {
  readonly row: Row
  readonly errors: RowError[]
  readonly insertId: string | undefined
  readonly lease: Lease | undefined
  readonly origin?: RecordOrigin | undefined
}

/** In place of the lease of a row that has none, beside others that have one. */
export const NO_LEASE: Lease = {retain() {}, release() {}, nack() {}}
