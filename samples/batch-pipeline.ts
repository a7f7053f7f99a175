// The same job as batch.ts as a named graph: branches, step names, counts per step.
// Run it: npx tsx samples/batch-pipeline.ts ['gs://my-bucket/my-file*.csv']
import {deadLetter, Pipeline, type PipelineResult, readFromText, writeToBigQuery} from 'sluice'
import {isMain, MyBatchProcessing, rejectSchema, strikeSchema} from './bird-strikes.ts'

export function batchPipeline(pattern = 'gs://my-bucket/my-file*.csv'): Promise<PipelineResult> {
  const p = new Pipeline({name: 'bird-strikes'})
  const rows = p
    .apply('Read', readFromText(pattern, {skipHeaderLines: 1}))
    .apply('Process', new MyBatchProcessing({onError: deadLetter('bad')}))
  rows.apply('Write', writeToBigQuery({table: 'my-table', dataset: 'my_dataset', schema: strikeSchema}))
  rows
    .tagged('bad')
    .apply('Rejects', writeToBigQuery({table: 'my-rejects', dataset: 'my_dataset', schema: rejectSchema}))
  return p.run()
}

if (isMain(import.meta.url)) {
  const result = await batchPipeline(process.argv[2])
  console.log(result.summary())
}
