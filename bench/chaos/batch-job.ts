// The batch job of the chaos test: CSV files -> a DoFn -> writeToBigQuery, with a checkpoint.
import {DoFn, type Logger, Pipeline, type PipelineRun, readFromCsv, writeToBigQuery} from 'sluice'

class ToRow extends DoFn<{id: string; text: string}, {id: number; text: string}> {
  *process({id, text}: {id: string; text: string}) {
    yield {id: Number(id), text}
  }
}

export interface BatchJobOptions {
  pattern: string
  /** `'dataset.table'`, which exists. */
  table: string
  checkpoint: string
  logger: Logger
}

export function runBatchJob({pattern, table, checkpoint, logger}: BatchJobOptions): PipelineRun {
  const p = new Pipeline({name: 'orders', logger})
  p.apply('Read', readFromCsv<{id: string; text: string}>(pattern))
    .apply('To row', new ToRow())
    .apply('Write', writeToBigQuery({table, maxDelay: '100ms', requestTimeout: '15s', retryFor: 'forever'}))
  return p.run({checkpoint})
}
