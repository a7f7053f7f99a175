// The same job as streaming.ts as a named graph: step names, metrics while it runs, and run.drain().
// Run it: npx tsx samples/streaming-pipeline.ts [projects/my-project/subscriptions/my-subscription]
import {deadLetter, Pipeline, type PipelineRun, readFromPubSub, writeToBigQuery} from 'sluice'
import {isMain} from './bird-strikes.ts'
import {flightSchema, MyStreamProcessing, messageRejectSchema} from './flights.ts'

export function streamingPipeline(subscription = 'projects/my-project/subscriptions/my-subscription'): PipelineRun {
  const p = new Pipeline({name: 'flights'})
  const flights = p
    .apply('Read', readFromPubSub({subscription}))
    .apply('Process', new MyStreamProcessing({onError: deadLetter('bad')}))
  flights.apply('Write', writeToBigQuery({table: 'my-table', dataset: 'my_dataset', schema: flightSchema}))
  flights
    .tagged('bad')
    .apply('Rejects', writeToBigQuery({table: 'my-rejects', dataset: 'my_dataset', schema: messageRejectSchema}))
  return p.run()
}

if (isMain(import.meta.url)) {
  const run = streamingPipeline(process.argv[2])
  const drain = () => void run.drain({deadline: '8s'})
  process.once('SIGTERM', drain).once('SIGINT', drain)
  const {summary} = await run
  console.log(summary())
}
