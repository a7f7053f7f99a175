// A worker: several pipelines in one process, for two subscriptions and a directory of files. One that fails is restarted after
// a pause, while the others go on. SIGTERM or Ctrl-C drains all of them.
// Run it: npx tsx samples/worker.ts flights-subscription late-subscription 'strikes/*.csv'
import {deadLetter, filter, Pipeline, readFromPubSub, readFromText, writeToBigQuery} from 'sluice'
import {isMain, MyBatchProcessing, strikeSchema} from './bird-strikes.ts'
import {type Flight, flightSchema, MyStreamProcessing} from './flights.ts'
import {type SuperviseOptions, type Supervisor, supervise} from './worker/supervise.ts'

export interface WorkerSettings {
  flights: string
  late: string
  files: string
  dataset: string
}

/** Writes the flights of a subscription to a table, and messages that are not flights to another table. */
function allFlights({flights, dataset}: WorkerSettings): Pipeline {
  const p = new Pipeline({name: 'flights'})
  const parsed = p
    .apply('Read', readFromPubSub({subscription: flights}))
    .apply('Parse', new MyStreamProcessing({onError: deadLetter('bad')}))
  parsed.apply('Write', writeToBigQuery({table: `${dataset}.flights`, schema: flightSchema}))
  parsed
    .tagged('bad')
    .apply(
      'Rejects',
      writeToBigQuery({table: `${dataset}.no_flights`, schema: 'error:STRING', onUnknownField: 'ignore'}),
    )
  return p
}

/** The late flights. Messages that are not flights are left to the dead-letter policy of the subscription. */
function lateFlights({late, dataset}: WorkerSettings): Pipeline {
  const p = new Pipeline({name: 'late'})
  p.apply('Read', readFromPubSub({subscription: late}))
    .apply('Parse', new MyStreamProcessing({onError: 'nack'}))
    .apply(
      'Late',
      filter((flight: Flight) => flight.is_late, {onError: 'nack'}),
    )
    .apply('Write', writeToBigQuery({table: `${dataset}.late_flights`, schema: flightSchema}))
  return p
}

/** The files of a directory, once. */
function strikes({files, dataset}: WorkerSettings): Pipeline {
  const p = new Pipeline({name: 'strikes'})
  p.apply('Read', readFromText(files, {skipHeaderLines: 1}))
    .apply('Parse', new MyBatchProcessing())
    .apply('Write', writeToBigQuery({table: `${dataset}.strikes`, schema: strikeSchema}))
  return p
}

export function worker(settings: WorkerSettings, options?: SuperviseOptions): Supervisor {
  return supervise(
    [allFlights, lateFlights, strikes].map(build => () => build(settings)),
    options,
  )
}

if (isMain(import.meta.url)) {
  const [flights = '', late = '', files = '', dataset = 'my_dataset'] = process.argv.slice(2)
  const {drain, done} = worker({flights, late, files, dataset})
  process.once('SIGTERM', drain).once('SIGINT', drain)
  // what was not finished in time is delivered again: the exit code reports it to whatever watches the process
  if ((await done).length > 0) process.exitCode = 1
}
