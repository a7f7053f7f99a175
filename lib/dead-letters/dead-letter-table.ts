import type {Bundle} from '../core/index.ts'
import {checkOptionNames} from '../errors/index.ts'
import {
  BigQuerySink,
  type BigQuerySinkOptions,
  DEAD_LETTER_TABLE_OPTIONS,
  type DeadLetterTable,
  parseBigQueryOptions,
} from '../io/bigquery/index.ts'
import {factsOf} from './dead-letter-facts.ts'
import {DEAD_LETTER_SCHEMA, toRow} from './dead-letter-row.ts'
import {Served} from './serves.ts'

/** Writes dead letters to a table of {@link DEAD_LETTER_SCHEMA}, which is created with the first of them if it is missing. */
export class DeadLetterTableSink extends BigQuerySink<unknown> {
  readonly #served: Served

  /** `inherited`: options of the sink that it serves, for those that `given` lacks. */
  constructor(where: string, given: DeadLetterTable, inherited: Partial<BigQuerySinkOptions<unknown>>) {
    checkOptionNames(where, given, DEAD_LETTER_TABLE_OPTIONS)
    const served = new Served()
    super(parseBigQueryOptions({...inherited, ...given, name: where, schema: DEAD_LETTER_SCHEMA}), {
      derivedName: () => served.name,
    })
    this.#served = served
  }

  override setup(signal: AbortSignal): Promise<void> {
    this.#served.find(this.info)
    return super.setup(signal)
  }

  override writeBundle(bundle: Bundle<unknown>): Promise<void> | void {
    const now = new Date(this.info.clock.now())
    const stage = this.#served.find(this.info)
    const rows = bundle.values.map(letter => toRow(factsOf(letter, now, stage)))
    return super.writeBundle(bundle.withValues<unknown>(rows))
  }
}
