import type {Bundle, Lease} from '../core/index.ts'
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
  /** The columns of the bundle in which the row came, without its values, and which of them are the row's. */
  columns: Bundle<unknown> | undefined
  at: number
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
  /** The columns of the bundle in which the row came, and which of them are the row's. */
  readonly columns: Bundle<unknown> | undefined
  readonly at: number
}

/** A bundle that is being taken. */
export interface Given<Row> {
  readonly bundle: Bundle<Row>
  /** For what becomes of its rows: without the values, so that no row keeps all others in memory. */
  readonly columns: Bundle<unknown>
}

/** What no more of a bundle is taken for now, and where to go on. */
export interface Stop {
  readonly wait: Promise<unknown>
  readonly at: number
}
