import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {loadAll} from 'js-yaml'
import {startLocalCloud} from 'sluice/emulators'
import {eventually} from '../jobs/support.ts'
import {install, project} from '../support/package.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'samples/deploy')
const SUBSCRIPTION = 'projects/local-project/subscriptions/orders'

interface Container {
  args: string[]
  env?: {name: string; value: string}[]
  lifecycle?: {preStop: {exec: {command: string[]}}}
  resources: {limits: {memory: string}}
}
interface PodSpec {
  containers: Container[]
  terminationGracePeriodSeconds?: number
}
interface Manifest {
  kind: string
  metadata: {name: string}
  spec: {
    template?: {spec: PodSpec & {template?: {spec: PodSpec}}}
    scaleTargetRef?: {name: string}
  }
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const manifests = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .flatMap(name => loadAll(read(name)) as Manifest[])
const pods = manifests.flatMap(({kind, metadata, spec}) => {
  const pod = spec.template?.spec
  return pod ? [{name: `${kind} ${metadata.name}`, pod: pod.template?.spec ?? pod}] : []
})

/** A command of the Dockerfile, in its exec form. */
function instruction(name: string): string[] {
  const line = new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(read('Dockerfile'))
  return JSON.parse(line![1]!)
}

describe('samples/deploy', () => {
  it('has manifests of all kinds', () => {
    expect(manifests.map(({kind}) => kind).sort()).to.deep.equal([
      'Deployment',
      'Deployment',
      'HorizontalPodAutoscaler',
      'Job',
      'WorkerPool',
    ])
  })

  for (const {name, pod} of pods)
    it(`${name} is killed only after its drain would have ended`, () => {
      const {args, env, lifecycle} = pod.containers[0]!
      const flag = args.indexOf('--drain-deadline')
      const ms = env?.find(each => each.name === 'DRAIN_DEADLINE_MS')?.value
      const drain = flag >= 0 ? Number.parseInt(args[flag + 1]!, 10) : Number(ms) / 1000
      const pause = Number(lifecycle?.preStop.exec.command[1] ?? 0)
      // Cloud Run gives 10 s
      expect(pod.terminationGracePeriodSeconds ?? 10).to.be.at.least(drain + pause + 2)
    })

  for (const {name, pod} of pods)
    it(`${name} leaves a quarter of its memory to what is outside of the heap`, () => {
      const {args, resources} = pod.containers[0]!
      const option = [...args, ...instruction('ENTRYPOINT')].find(arg => arg.startsWith('--max-old-space-size='))
      expect(resources.limits.memory).to.equal('1Gi')
      expect(Number(option!.split('=')[1])).to.equal(0.75 * 1024)
    })

  it('scales a deployment that is there', () => {
    const names = manifests.filter(({kind}) => kind === 'Deployment').map(({metadata}) => metadata.name)
    for (const {spec} of manifests) if (spec.scaleTargetRef) expect(names).to.include(spec.scaleTargetRef.name)
  })

  it('has a Dockerfile whose command drains on SIGTERM, and exits with 0: messages read are in BigQuery', async () => {
    // what `npm ci` puts into the image
    install()
    const cloud = await startLocalCloud()
    const pubsub = new PubSub(cloud.clientOptions.pubsub)
    const bigquery = new BigQuery(cloud.clientOptions.bigquery)
    try {
      writeFileSync(
        join(project, 'job.js'),
        `import {defineJob, map, readFromPubSub, writeToBigQuery} from 'sluice'
         export default defineJob({
           name: 'orders',
           build: p => void p
             .apply('Read', readFromPubSub({subscription: '${SUBSCRIPTION}'}))
             .apply('Parse', map(data => JSON.parse(data.toString()), {onError: 'nack'}))
             .apply('Write', writeToBigQuery({table: 'my_dataset.orders', schema: 'id:INTEGER'})),
         })`,
      )
      await bigquery.createDataset('my_dataset')
      const [topic] = await pubsub.createTopic('orders')
      await topic.createSubscription('orders')
      await Promise.all(Array.from({length: 100}, (_, id) => topic.publishMessage({json: {id}})))

      const [command = '', ...rest] = [...instruction('ENTRYPOINT'), ...instruction('CMD')]
      expect(command).to.equal('node')
      const env = {...process.env, ...cloud.env, NODE_OPTIONS: '', NODE_ENV: 'production'}
      const child = spawn(process.execPath, rest, {cwd: project, env, stdio: ['ignore', 'pipe', 'pipe']})
      const said = text(child.stderr)
      await eventually(() => cloud.pubsub.stats(SUBSCRIPTION)?.unacked === 0 || child.exitCode !== null)
      child.kill('SIGTERM')
      expect(await once(child, 'exit'), await said).to.deep.equal([0, null])
      const [[row]] = await bigquery.query('SELECT COUNT(DISTINCT id) AS n FROM `my_dataset.orders`')
      expect(Number(row.n)).to.equal(100)
    } finally {
      await pubsub.close()
      await cloud.close()
    }
  }).timeout(120_000)
})
