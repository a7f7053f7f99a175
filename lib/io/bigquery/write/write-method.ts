import type {BatchItem, BatchPort, Refusal} from '../../../batching/index.ts'
import type {Bundle} from '../../../core/index.ts'
import type {Unencodable} from '../rows/unencodable.ts'
import type {BigQueryPort, ResolvedTable} from '../service/bigquery-port.ts'
import type {DestinationTable} from '../tables/destination-table.ts'

/** What a sink writes to, once it is connected. */
export interface Destination {
  readonly client: BigQueryPort
  readonly table: ResolvedTable
  /** The table's schema, and whether the service sees the table yet. */
  readonly state: DestinationTable
}

/** How rows get into a table: a folder for each method. The sink knows no more of it than this. */
export interface WriteMethod<Row, Item extends BatchItem<Row>, Answer> {
  /** Makes an item of a row, given its JSON; a refusal if the row cannot be sent. */
  toItem(bundle: Bundle<Row>, i: number, json: string): Item | Refusal
  /** The port that items are sent through. */
  connect(to: Destination): BatchPort<Item, Answer>
}

/** The refusal of a row that cannot be sent. */
export function refuse(reason: string, {path, message}: Unencodable): Refusal {
  return {refused: {reason, location: path, message}, insertId: undefined}
}
