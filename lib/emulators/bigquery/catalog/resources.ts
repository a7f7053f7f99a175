import type {TableField} from '../model/table-field.ts'
import type {DedupWindow} from './dedup-window.ts'

/** What clients may set on a resource besides its name and schema: labels, descriptions, partitioning… */
export type Properties = Record<string, unknown>

interface Resource {
  readonly project: string
  readonly created: number
  modified: number
  etag: string
  properties: Properties
}

export interface Dataset extends Resource {
  readonly id: string
  /** Its schema in DuckDB. */
  readonly schemaName: string
  readonly tables: Map<string, Table>
}

export interface Table extends Resource {
  readonly dataset: Dataset
  readonly id: string
  /** `undefined` for a table made without a schema. */
  fields: TableField[] | undefined
  /** The schemas it had, oldest first, for what production sees late. */
  readonly history: {at: number; fields: TableField[] | undefined}[]
  readonly dedup: DedupWindow
}
