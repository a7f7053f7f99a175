import type {BigQuerySinkOptions} from './write/options.ts'

/** The options of a dead-letter table; its schema is given. */
export const DEAD_LETTER_TABLE_OPTIONS = [
  'table',
  'dataset',
  'project',
  'createDisposition',
  'create',
  'requestTimeout',
  'retryFor',
  'client',
  'maxRows',
  'maxBytes',
  'maxDelay',
  'maxInFlight',
] as const satisfies readonly (keyof BigQuerySinkOptions)[]

/** The option `deadLetter` for a BigQuery table: `table`, and what `writeToBigQuery` takes for a table and its batches. */
export type DeadLetterTable = Pick<BigQuerySinkOptions, (typeof DEAD_LETTER_TABLE_OPTIONS)[number]>

declare module '../../batching/dead-letter-port.ts' {
  interface DeadLetterTargets {
    table: DeadLetterTable
  }
}
