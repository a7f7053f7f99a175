// `npm run demo`: the batch sample against the local cloud, with everything counted twice.
// `npm run demo -- --sabotage` loses three rows on purpose and must fail.
import {subscribe} from 'node:diagnostics_channel'
import {gunzipSync} from 'node:zlib'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {type StageInfo, type StageMessage, summary} from 'sluice'
import {startLocalCloud} from 'sluice/emulators'
import {batch} from '../batch.ts'
import {MyBatchProcessing} from '../bird-strikes.ts'
import {birdStrikeFiles, countRecords} from './bird-strike-files.ts'

const PATTERN = 'gs://my-bucket/my-file*.csv*'
const started = performance.now()

const cloud = await startLocalCloud()
try {
  Object.assign(process.env, cloud.env)
  const bigquery = new BigQuery()

  const files = birdStrikeFiles()
  const storage = new Storage()
  await storage.createBucket('my-bucket')
  for (const {name, content} of files) await storage.bucket('my-bucket').file(name).save(content, {resumable: false})
  await bigquery.createDataset('my_dataset')
  console.log(`local cloud at ${cloud.url}; put ${files.map(f => f.name).join(', ')} into gs://my-bucket/`)

  if (process.argv.includes('--sabotage')) loseThreeRows()
  const steps = watchSteps()
  console.log(`running samples/batch.ts on ${PATTERN}\n`)
  await batch(PATTERN)
  console.log(`${summary(steps)}\n`)

  const query = async (sql: string) => (await bigquery.query(sql))[0]
  console.log('the costliest strikes, by species:')
  console.table(
    await query(
      'SELECT species, COUNT(*) AS strikes, SUM(cost) AS cost FROM `my_dataset.my-table` GROUP BY species ORDER BY cost DESC LIMIT 5',
    ),
  )
  console.log('set aside:')
  for (const {error, element} of await query('SELECT error, element FROM `my_dataset.my-rejects` ORDER BY error'))
    console.log(`  ${error}: ${String(element).slice(0, 60)}…`)

  const [{n: written}] = await query('SELECT COUNT(*) AS n FROM `my_dataset.my-table`')
  const [{n: rejected}] = await query('SELECT COUNT(*) AS n FROM `my_dataset.my-rejects`')
  const read = countRecords(files, gunzipSync)
  const ok = read === written + rejected && rejected === 7
  console.log(`\n${((performance.now() - started) / 1000).toFixed(1)} s`)
  console.log(`${ok ? 'ok' : 'FAILED'}: ${read} read, ${written} written, ${rejected} rejected`)
  if (!ok) process.exitCode = 1
} finally {
  await cloud.close()
}

/** Every stage announces itself on a diagnostics channel, so that a plain pipeline() can be watched. */
function watchSteps(): StageInfo[] {
  const steps: StageInfo[] = []
  subscribe('sluice:stage', message => {
    const {event, info} = message as StageMessage
    if (event === 'start' && !steps.includes(info)) steps.push(info)
  })
  return steps
}

function loseThreeRows(): void {
  const process = MyBatchProcessing.prototype.process
  let seen = 0
  MyBatchProcessing.prototype.process = function* (line) {
    if ([1000, 2000, 3000].includes(++seen)) return
    yield* process.call(this, line)
  }
}
