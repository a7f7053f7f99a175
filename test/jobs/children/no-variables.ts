// Builds and starts jobs without any emulator variable, with a key file's credentials and a forbidden network; prints the
// hosts that were tried: by building the jobs, and by running them.
import {generateKeyPairSync} from 'node:crypto'
import {pipeline} from 'node:stream/promises'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {create, Pipeline, readFromCsv, readFromText, writeToBigQuery, writeToStdout} from 'sluice'
import {forbidNetwork} from '../network.ts'
import {SCHEMA, ToRow} from '../rows.ts'

const network = forbidNetwork()
const sink = (options = {}) => writeToBigQuery<object>({table: 'p.d.t', schema: SCHEMA, ...options})

const p = new Pipeline({name: 'built'})
p.apply('Read', readFromText('gs://my-bucket/*.csv')).apply('Row', new ToRow()).apply('Write', sink())
const built = [readFromCsv('gs://my-bucket/f.csv'), readFromText('gs://my-bucket/*.csv'), sink(), writeToStdout()]
await new Promise(setImmediate)
const triedByBuilding = [...network.tried]
for (const stage of built) stage.destroy()

const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048})
const key = privateKey.export({type: 'pkcs8', format: 'pem'}) as string
const options = {projectId: 'p', credentials: {client_email: 'job@p.iam.gserviceaccount.com', private_key: key}}
const discard = async (lines: AsyncIterable<unknown>) => {
  for await (const _ of lines);
}
await Promise.allSettled([
  pipeline(readFromText('gs://b/f', {client: new Storage(options), retryFor: 1}), discard),
  pipeline(create([{id: 1}]), sink({client: new BigQuery(options), retryFor: 0})),
])
console.log(JSON.stringify({built: triedByBuilding, tried: [...new Set(network.tried)]}))
