/** The schema of the DuckDB file that keeps the resources of datasets and tables. No dataset can have this name. */
export const META_SCHEMA = '~sluice'

const RESERVED = new Set(['main', 'temp', 'system', 'information_schema', 'pg_catalog', 'duckdb', META_SCHEMA])

/** An identifier in double quotes, as DuckDB wants it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A name in DuckDB for a BigQuery name: BigQuery tells `T` from `t`, DuckDB does not (it folds A–Z only). */
export function encodeName(name: string): string {
  return name.replace(/[A-Z]/g, letter => `^${letter.toLowerCase()}`)
}

/** The DuckDB schema for a new dataset: its own name when that is free, so that the file can be read by hand. */
export function schemaNameFor(project: string, dataset: string, taken: (schema: string) => boolean): string {
  const plain = encodeName(dataset)
  return RESERVED.has(plain) || taken(plain) ? `${encodeName(project)}:${plain}` : plain
}

/** The partition decorator and the table id of `T$20240101`. */
export function splitDecorator(tableId: string): {id: string; decorator: string | undefined} {
  const at = tableId.indexOf('$')
  return at < 0 ? {id: tableId, decorator: undefined} : {id: tableId.slice(0, at), decorator: tableId.slice(at + 1)}
}

/** `P:D.T`, as BigQuery's messages and ids write it. */
export function tableName(project: string, dataset: string, table: string): string {
  return `${project}:${dataset}.${table}`
}

/** True for what BigQuery takes as a dataset id. */
export function isDatasetId(id: unknown): id is string {
  return typeof id === 'string' && /^\w{1,1024}$/.test(id)
}

/** True for what BigQuery takes as a table id: letters, marks, numbers, connectors, dashes, spaces. */
export function isTableId(id: unknown): id is string {
  return typeof id === 'string' && /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]+$/u.test(id) && Buffer.byteLength(id) <= 1024
}

/** Names of resources, as messages about missing permissions write them. */
export const resourceName = {
  project: (project: string) => `Project ${project}`,
  dataset: (project: string, dataset: string) => `Dataset ${project}:${dataset}`,
  table: (project: string, dataset: string, table: string) => `Table ${tableName(project, dataset, table)}`,
}
