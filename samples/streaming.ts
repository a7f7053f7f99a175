// The streaming job: a Pub/Sub subscription -> your DoFn -> BigQuery, with stream.pipeline and nothing else. It runs until
// SIGTERM or Ctrl-C, and then finishes what it has read.
// Run it: npx tsx samples/streaming.ts [projects/my-project/subscriptions/my-subscription]
import {pipeline} from 'node:stream/promises'
import {deadLetter, readFromPubSub, writeToBigQuery} from 'sluice'
import {isMain} from './bird-strikes.ts'
import {flightSchema, MyStreamProcessing, messageRejectSchema} from './flights.ts'

export async function streaming(subscription = 'projects/my-project/subscriptions/my-subscription'): Promise<void> {
  const source = readFromPubSub({subscription})
  const processing = new MyStreamProcessing({onError: deadLetter('bad')})
  processing
    .tagged('bad')
    .pipe(writeToBigQuery({table: 'my-rejects', dataset: 'my_dataset', schema: messageRejectSchema}))

  const drain = () => void source.drain({deadline: '8s'})
  process.once('SIGTERM', drain).once('SIGINT', drain)

  await pipeline(source, processing, writeToBigQuery({table: 'my-table', dataset: 'my_dataset', schema: flightSchema}))
}

if (isMain(import.meta.url)) await streaming(process.argv[2])
