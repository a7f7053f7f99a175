import {readdirSync, readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {gunzipSync} from 'node:zlib'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {parse} from 'csv-parse/sync'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {batch} from '../samples/batch.ts'
import {batchCsv} from '../samples/batch-csv.ts'
import {batchPipeline} from '../samples/batch-pipeline.ts'
import {birdStrikeFiles, countRecords} from '../samples/demo/bird-strike-files.ts'
import {enrich} from '../samples/enrich.ts'
import {split} from '../samples/split.ts'
import {streaming} from '../samples/streaming.ts'
import {streamingPipeline} from '../samples/streaming-pipeline.ts'
import {eventually} from './jobs/support.ts'

const PATTERN = 'gs://my-bucket/my-file*.csv*'
const SUBSCRIPTION = 'projects/local-project/subscriptions/my-subscription'
const FLIGHTS = [
  '{"id":1,"delay":20,"distance":300,"time":9.5}',
  '{"id":2,"delay":0,"distance":400,"time":10}',
  'no flight',
]

describe('the samples', () => {
  let cloud: LocalCloud
  const saved = {...process.env}
  const files = birdStrikeFiles()

  const put = async (name: string, content: Buffer | string) =>
    new Storage().bucket('my-bucket').file(name).save(content, {resumable: false, validation: false})
  const count = async (table: string): Promise<number> => {
    const [[row]] = await new BigQuery().query(`SELECT COUNT(*) AS n FROM \`my_dataset.${table}\``)
    return row.n
  }

  beforeEach(async () => {
    cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
    await new Storage().createBucket('my-bucket')
    await new BigQuery().createDataset('my_dataset')
    for (const {name, content} of files) await put(name, content)
  })

  afterEach(async () => {
    for (const name of Object.keys(cloud.env)) delete process.env[name]
    Object.assign(process.env, saved)
    await cloud.close()
  })

  it('batch.ts writes 10,000 bird strikes and sets 7 broken lines aside', async () => {
    await batch(PATTERN)
    expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([10_000, 7])
    expect(countRecords(files, gunzipSync)).to.equal(10_007)
  }).timeout(60_000)

  it('batch-pipeline.ts does the same as a graph, and counts each step', async () => {
    const result = await batchPipeline('gs://my-bucket/my-file-1.csv')
    expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([2500, 2])
    const counts = result.steps.map(({name, in: taken, out, failed}) => ({name, in: taken, out, failed}))
    expect(counts).to.deep.include({name: 'Process', in: 2502, out: 2500, failed: 2})
    expect(counts).to.deep.include({name: 'Read', in: 0, out: 2502, failed: 0})
  }).timeout(60_000)

  it('batch-csv.ts reads quoted newlines too, and sets malformed records and invalid ones aside', async () => {
    // its own input: an unclosed quote fails a csv-parse run, so that one broken line stays out
    const [header = ''] = files[0]!.content.toString().split('\n')
    const lines = files[0]!.content.toString().trimEnd().split('\n')
    const newline =
      '"BALTIMORE\nWASH INTL",B-737,None,2001-02-03,SOUTHWEST AIRLINES,Maryland,Climb,Small,Gull,Day,0,0,0,140'
    await put('csv/part-1.csv', `${[...lines, newline].join('\n')}\n`)
    await put('csv/part-2.csv', `\uFEFF${header}\r\n${lines.at(-1)}\r\n`)
    await batchCsv('gs://my-bucket/csv/*.csv')
    // of the seven broken lines the first file has two: too few fields, too many fields
    expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([lines.length - 1 - 2 + 2, 2])
    const [[row]] = await new BigQuery().query("SELECT airport FROM `my_dataset.my-table` WHERE date = '2001-02-03'")
    expect(row.airport).to.equal('BALTIMORE\nWASH INTL')
  }).timeout(60_000)

  it('split.ts splits one input into two tables, and into files by state and by what is broken', async () => {
    await split(PATTERN)
    const harmless = await count('harmless')
    expect(harmless).to.be.within(1, 9_999)
    expect(harmless + (await count('damaged'))).to.equal(10_000)
    const [objects] = await new Storage().bucket('my-bucket').getFiles({prefix: 'split/'})
    const names = objects.map(({name}) => name)
    const states = names.filter(name => name.startsWith('split/state='))
    expect(states.length).to.be.greaterThan(20)
    const [{n}] = (
      await new BigQuery().query("SELECT COUNT(*) AS n FROM my_dataset.harmless WHERE state = 'New York'")
    )[0]
    const [{m}] = (
      await new BigQuery().query("SELECT COUNT(*) AS m FROM my_dataset.damaged WHERE state = 'New York'")
    )[0]
    const [zipped] = await new Storage()
      .bucket('my-bucket')
      .file('split/state=New%20York/strikes-00000-of-00001.csv.gz')
      .download()
    expect(parse(gunzipSync(zipped), {columns: true})).to.have.length(n + m)
    const broken = ['date', 'fields', 'integer', 'other'].map(what => `split/broken/${what}-00000-of-00001.jsonl`)
    expect(names.filter(name => name.startsWith('split/broken/'))).to.deep.equal(broken)
  }).timeout(60_000)

  it('enrich.ts looks up the rate of each order, and sets aside what has none', async () => {
    await put('rates.csv', 'currency,rate\nEUR,1\nUSD,0.5\n')
    await put('orders-1.csv', 'id,currency,total\na,USD,10\nb,EUR,2.5\n')
    await put('orders-2.csv', 'id,currency,total\nc,XYZ,1\n')
    const {steps} = await enrich('gs://my-bucket/orders*.csv', 'gs://my-bucket/rates.csv')
    const [rows] = await new BigQuery().query('SELECT * FROM `my_dataset.my-table` ORDER BY id')
    expect(rows).to.deep.equal([
      {id: 'a', currency: 'USD', total: 10, euros: 5},
      {id: 'b', currency: 'EUR', total: 2.5, euros: 2.5},
    ])
    const [[reject]] = await new BigQuery().query('SELECT errorMessage FROM `my_dataset.my-rejects`')
    expect(reject.errorMessage).to.equal('ToEuros: no rate for XYZ')
    expect(steps.find(({name}) => name === 'ToEuros')!.extra).to.deep.equal({'side.rates': 2})
  }).timeout(60_000)

  describe('of streams', () => {
    let pubsub: PubSub

    beforeEach(async () => {
      pubsub = new PubSub()
      const [topic] = await pubsub.createTopic('my-topic')
      await topic.createSubscription('my-subscription')
      for (const flight of FLIGHTS) await topic.publishMessage({data: Buffer.from(flight)})
    })
    afterEach(() => pubsub.close())

    const acknowledged = () => eventually(() => cloud.pubsub.stats(SUBSCRIPTION)?.unacked === 0)
    const rows = async (table: string) =>
      (await new BigQuery().query(`SELECT * EXCLUDE (stack, timestamp) FROM \`my_dataset.${table}\``))[0]

    it('streaming.ts writes flights, sets a broken message aside, and drains on SIGTERM', async () => {
      const done = streaming(SUBSCRIPTION)
      await acknowledged()
      process.emit('SIGTERM')
      await done
      expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([2, 1])
      const [[flight]] = await new BigQuery().query('SELECT * FROM `my_dataset.my-table` WHERE id = 1')
      expect(flight).to.deep.equal({id: 1, delay_minutes: 20, distance_miles: 300, departure: '09:30', is_late: true})
      const [reject] = await rows('my-rejects')
      expect(reject.element.toString()).to.equal('no flight')
      expect(reject.stage).to.equal('MyStreamProcessing')
    })

    it('streaming-pipeline.ts does the same as a graph, and its run drains', async () => {
      const run = streamingPipeline(SUBSCRIPTION)
      await acknowledged()
      await run.drain()
      const {drained, steps} = await run
      expect(drained).to.equal(true)
      expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([2, 1])
      const counts = steps.map(({name, in: taken, out, failed}) => ({name, in: taken, out, failed}))
      expect(counts).to.deep.include({name: 'Process', in: 3, out: 2, failed: 1})
    })
  })

  it('are all run by a test', () => {
    const names = (folder: string) =>
      readdirSync(fileURLToPath(new URL(folder, import.meta.url))).filter(name => name.endsWith('.ts'))
    const tests = ['samples.test.ts', ...names('samples').map(name => `samples/${name}`)]
    const text = tests.map(name => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')).join('\n')
    const shared = ['bird-strikes.ts', 'flights.ts']
    expect(
      names('../samples').filter(name => !shared.includes(name) && !text.includes(`samples/${name}'`)),
    ).to.deep.equal([])
  })
})
