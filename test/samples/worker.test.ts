import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub, type Topic} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {type WorkerSettings, worker} from '../../samples/worker.ts'
import {eventually} from '../jobs/support.ts'
import {programCommand} from '../support/program.ts'

const FLIGHTS = 'projects/local-project/subscriptions/flights'
const LATE = 'projects/local-project/subscriptions/late'
const STRIKES = [
  'Airport Name,Aircraft Make Model,Effect Amount of damage,Flight Date,Aircraft Airline Operator,Origin State,Phase,Size,Species,Time,,,Cost,Speed',
  'DALLAS,B-737,None,1990-01-02,AIR,Texas,Climb,Small,Gull,Day,0,0,0,140',
].join('\n')
const flight = (id: number) => ({id, delay: id % 2 ? 30 : 0, distance: 100, time: 8})

describe('samples/worker.ts', () => {
  let cloud: LocalCloud
  let pubsub: PubSub
  let topic: Topic
  let dir: string
  let settings: WorkerSettings
  const saved = {...process.env}

  beforeEach(async () => {
    cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
    await new BigQuery().createDataset('my_dataset')
    pubsub = new PubSub()
    ;[topic] = await pubsub.createTopic('flights')
    for (const name of ['flights', 'late']) await topic.createSubscription(name)
    dir = await mkdtemp(join(tmpdir(), 'sluice-worker-'))
    await writeFile(join(dir, 'a.csv'), STRIKES)
    settings = {flights: FLIGHTS, late: LATE, files: join(dir, '*.csv'), dataset: 'my_dataset'}
  })
  afterEach(async () => {
    await pubsub.close()
    for (const name of Object.keys(cloud.env)) delete process.env[name]
    Object.assign(process.env, saved)
    await cloud.close()
    await rm(dir, {recursive: true})
  })

  const publish = (from: number, to: number) =>
    Promise.all(
      Array.from({length: to - from}, (_, i) =>
        topic.publishMessage({data: Buffer.from(JSON.stringify(flight(from + i)))}),
      ),
    )
  const acknowledged = (subscription: string) => eventually(() => cloud.pubsub.stats(subscription)?.unacked === 0)
  const ids = async (table: string): Promise<number[]> => {
    const [rows] = await new BigQuery().query(`SELECT DISTINCT id FROM \`my_dataset.${table}\` ORDER BY id`)
    return rows.map(({id}) => Number(id))
  }

  it('runs a pipeline again that has failed, while the others continue', async () => {
    cloud.faults.add({
      match: {call: 'tabledata.insertAll', path: /late_flights/},
      times: 2,
      do: {kind: 'status', status: 403},
    })
    const lines: string[] = []
    const {drain} = worker(settings, {pause: 10, log: line => lines.push(line)})
    try {
      await publish(0, 10)
      await acknowledged(FLIGHTS)
      await acknowledged(LATE)
    } finally {
      await drain()
    }
    expect(lines.filter(line => line.startsWith('late'))).to.have.length(3)
    expect(lines[lines.findIndex(line => line.startsWith('late'))]).to.match(/^late: Write: .*403/)
    expect(lines).to.include.members(['strikes: done', 'flights: drained', 'late: drained'])
    expect(lines).to.have.length(5)
    expect(await ids('flights')).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(await ids('late_flights')).to.deep.equal([1, 3, 5, 7, 9])
    const [[strike]] = await new BigQuery().query('SELECT airport FROM `my_dataset.strikes`')
    expect(strike).to.deep.equal({airport: 'DALLAS'})
  }).timeout(60_000)

  it('reports which pipelines could not be drained in time', async () => {
    const stuck = {match: {call: 'tabledata.insertAll', path: /late_flights/}, do: {kind: 'hang'}} as const
    cloud.faults.add(stuck)
    const lines: string[] = []
    const {drain, done} = worker(settings, {deadline: '3s', log: line => lines.push(line)})
    await publish(0, 10)
    await acknowledged(FLIGHTS)
    await eventually(() => lines.includes('strikes: done'))
    await drain()
    expect(await done).to.deep.equal(['late'])
    expect(lines.find(line => line.startsWith('late'))).to.match(/did not finish within 3\.0 s/)
  }).timeout(60_000)

  it('drains all pipelines on SIGTERM, and ends with 0', async () => {
    const file = fileURLToPath(new URL('../../samples/worker.ts', import.meta.url))
    const [node = '', ...program] = programCommand(file)
    const child = spawn(node, [...program, FLIGHTS, LATE, settings.files], {stdio: ['ignore', 'ignore', 'pipe']})
    const said = text(child.stderr)
    await publish(0, 100)
    await acknowledged(FLIGHTS)
    await acknowledged(LATE)
    child.kill('SIGTERM')
    const [code, signal] = await once(child, 'close')
    expect({code, signal}, await said).to.deep.equal({code: 0, signal: null})
    expect((await said).trim().split('\n').sort()).to.deep.equal(['flights: drained', 'late: drained', 'strikes: done'])
    expect(await ids('flights')).to.have.length(100)
    expect(await ids('late_flights')).to.have.length(50)
  }).timeout(60_000)
})
