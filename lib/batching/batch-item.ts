import type {Lease, RecordOrigin} from '../core/index.ts'
import type {Sized} from './batch-queue.ts'
import type {RowError} from './batch-writer.ts'

/** A row in flight: encoded once; the same bytes are measured, sent and retried. */
export interface BatchItem<Row> extends Sized {
  readonly row: Row
  /** Bytes of the row alone, as counted in `bytes` and `billedBytes`. */
  readonly rowBytes: number
  /** Sent with the row so that the service can recognise a retry. */
  readonly insertId: string | undefined
  /** Released when the row is committed or the dead letter has taken it. */
  lease: Lease | undefined
  /** The record that the row was made from, if its source keeps records. */
  origin?: RecordOrigin | undefined
}

/** A row that cannot be sent. */
export interface Refusal {
  readonly refused: RowError
  readonly insertId: string | undefined
}

/** A row set aside, with the reasons. */
export interface Reject<Row> {
  readonly row: Row
  readonly errors: RowError[]
  readonly insertId: string | undefined
  readonly lease: Lease | undefined
  readonly origin?: RecordOrigin | undefined
}

/** Stands in for the lease of a row without one, in a bundle where others have one. */
export const NO_LEASE: Lease = {retain() {}, release() {}, nack() {}}
