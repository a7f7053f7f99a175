// An HTTP service: a CSV upload of any size -> your DoFn -> BigQuery, answered with counts and the rejected records.
// Run it: npx tsx samples/service.ts [my_dataset.my-table]
// Use it: curl --data-binary @orders.csv -H 'content-type: text/csv' http://127.0.0.1:8080/uploads
import {isMain} from './bird-strikes.ts'
import {createService} from './service/app.ts'

/** Starts the service; SIGTERM or Ctrl-C stops it once the uploads in progress have finished. */
export async function service(
  table = 'my_dataset.my-table',
  port = Number(process.env['PORT'] ?? 8080),
): Promise<void> {
  const drainDeadline = Number(process.env['DRAIN_DEADLINE_MS'] ?? 8000)
  const {app, stop} = createService({table, drainDeadline})
  const stopOnce = () => void stop()
  process.once('SIGTERM', stopOnce).once('SIGINT', stopOnce)
  console.log(`listening at ${await app.listen({port, host: '0.0.0.0'})}`)
}

if (isMain(import.meta.url)) await service(process.argv[2])
