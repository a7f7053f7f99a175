// The batch job: CSV files on Cloud Storage -> your DoFn -> BigQuery, with stream.pipeline and nothing else.
// Run it: npx tsx samples/batch.ts ['gs://my-bucket/my-file*.csv']
import {pipeline} from 'node:stream/promises'
import {deadLetter, readFromText, writeToBigQuery} from 'sluice'
import {isMain, MyBatchProcessing, rejectSchema, strikeSchema} from './bird-strikes.ts'

export async function batch(pattern = 'gs://my-bucket/my-file*.csv'): Promise<void> {
  const processing = new MyBatchProcessing({onError: deadLetter('bad')})
  processing.tagged('bad').pipe(writeToBigQuery({table: 'my-rejects', dataset: 'my_dataset', schema: rejectSchema}))

  await pipeline(
    readFromText(pattern, {skipHeaderLines: 1}),
    processing,
    writeToBigQuery({table: 'my-table', dataset: 'my_dataset', schema: strikeSchema}),
  )
}

if (isMain(import.meta.url)) await batch(process.argv[2])
