import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {BigQuery} from '@google-cloud/bigquery'
import {PubSub} from '@google-cloud/pubsub'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {
  type BigQueryWriteOptions,
  checkPipeline,
  create,
  discard,
  Pipeline,
  readFromPubSub,
  readFromText,
  writeToBigQuery,
  writeToJson,
  writeToPubSub,
} from 'sluice'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'

const NEEDED = [
  'storage.objects.get',
  'storage.objects.list',
  'bigquery.tables.get',
  'bigquery.tables.updateData',
  'pubsub.subscriptions.consume',
  'pubsub.topics.publish',
]

describe('checkPipeline', () => {
  let cloud: LocalCloud
  const saved = {...process.env}
  before(async () => {
    cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
  })
  beforeEach(async () => {
    await cloud.reset()
    const [bucket] = await new Storage().createBucket('my-bucket')
    await bucket.file('a.txt').save('x\ny\n', {resumable: false})
    const [dataset] = await new BigQuery().createDataset('shop')
    await dataset.createTable('orders', {schema: 'id:STRING,total:FLOAT64'})
    const pubsub = new PubSub(cloud.clientOptions.pubsub)
    const [topic] = await pubsub.createTopic('orders')
    await topic.createSubscription('all')
    await pubsub.close()
    cloud.log.clear()
  })
  after(async () => {
    for (const name of Object.keys(cloud.env)) delete process.env[name]
    Object.assign(process.env, saved)
    await cloud.close()
  })

  /** What is found of writing with these options: `[what, found, fix]`. */
  const ofTable = async (options: Partial<BigQueryWriteOptions<object>>) => {
    const p = new Pipeline()
    p.apply(create([{id: 'a'}])).apply('Write', writeToBigQuery({table: 'shop.orders', ...options}))
    const {findings} = await checkPipeline(p)
    return findings.filter(({step}) => step === 'Write').map(({what, found, fix}) => [what, found, fix])
  }

  const files = (pattern = 'gs://my-bucket/*.txt') => {
    const p = new Pipeline({name: 'files'})
    p.apply('Read', readFromText(pattern)).apply(discard())
    return p
  }
  const messages = () => {
    const p = new Pipeline({name: 'messages'})
    p.apply('Read', readFromPubSub({subscription: 'all'})).apply('Write', writeToPubSub({topic: 'orders'}))
    return p
  }

  it('finds nothing to do when everything is there, and reads no data', async () => {
    cloud.permissions = NEEDED
    for (const p of [files(), messages()]) {
      const report = await checkPipeline(p)
      expect(report.findings.filter(({fix}) => fix !== undefined)).to.deep.equal([])
      expect(report.ok).to.equal(true)
    }
    expect((await ofTable({})).every(([, , fix]) => fix === undefined)).to.equal(true)
    for (const call of ['objects.media', 'tabledata.insertAll', 'pubsub.streamingPull', 'pubsub.publish'])
      expect(cloud.log.of({call}), call).to.deep.equal([])
  })

  it('reports files, permissions and the place of the bucket; the pipeline can run afterwards', async () => {
    const p = files()
    const {findings} = await checkPipeline(p)
    expect(findings.map(({step, what, found}) => [step, what, found])).to.deep.equal([
      [undefined, 'account', `emulators: STORAGE_EMULATOR_HOST=${cloud.url}`],
      ['Read', 'permissions on gs://my-bucket', 'storage.objects.get, storage.objects.list'],
      ['Read', 'location of gs://my-bucket', 'US'],
      ['Read', 'files gs://my-bucket/*.txt', '1 file, 4 B'],
    ])
    expect((await p.run()).steps[0]!.out).to.equal(2)
  })

  for (const missing of NEEDED)
    it(`names ${missing} when it is not granted`, async () => {
      cloud.permissions = NEEDED.filter(permission => permission !== missing)
      const table = new Pipeline()
      table.apply(create([{id: 'a'}])).apply('Write', writeToBigQuery({table: 'shop.orders'}))
      const reports = await Promise.all([files(), messages(), table].map(p => checkPipeline(p)))
      const fixes = reports.flatMap(({findings}) => findings.filter(({fix}) => fix !== undefined))
      expect(fixes.map(({found}) => found)).to.deep.equal([`missing: ${missing}`])
      expect(fixes[0]!.fix).to.match(/^grant the job's account roles\//)
      expect(reports.filter(({ok}) => !ok)).to.have.length(1)
    })

  it('says of a topic that a temporary subscription will be made', async () => {
    const p = new Pipeline()
    p.apply('Read', readFromPubSub({topic: 'orders'})).apply(discard())
    const {ok, findings} = await checkPipeline(p)
    expect({ok, found: findings.at(-1)!.found}).to.deep.equal({
      ok: true,
      found: 'will be made: pubsub.subscriptions.create is needed on the project',
    })
  })

  it('says what does not exist, and what to do', async () => {
    const found = async (p: Pipeline) => (await checkPipeline(p)).findings.filter(({fix}) => fix !== undefined)
    const [bucket] = await found(files('gs://no-such-bucket/*'))
    expect(bucket).to.include({what: 'bucket gs://no-such-bucket', found: 'does not exist'})
    const [none] = await found(files('gs://my-bucket/*.csv'))
    expect(none).to.include({what: 'files gs://my-bucket/*.csv'})
    const p = new Pipeline()
    p.apply('Read', readFromPubSub({subscription: 'none'})).apply(discard())
    expect((await found(p))[0]).to.include({what: 'subscription none', found: 'does not exist'})
    expect(await ofTable({table: 'none.orders'})).to.deep.equal([
      [
        'dataset local-project.none',
        'does not exist',
        'correct the name, or create it: bq mk --dataset local-project:none; in the local cloud: npx sluice local --dataset none',
      ],
    ])
    expect((await ofTable({table: 'shop.none'})).at(-1)).to.deep.equal([
      ...['table local-project.shop.none', 'does not exist', 'give `schema`, so that it can be created'],
    ])
    expect((await ofTable({table: 'shop.none', schema: 'id:STRING'})).at(-1)!.at(2)).to.equal(undefined)
  })

  it("holds the job's schema against the table's", async () => {
    const schema = async (given: string) => (await ofTable({schema: given})).at(-1)
    expect(await schema('id:STRING')).to.deep.equal([
      'schema of local-project.shop.orders',
      '2 columns, as in the job',
      undefined,
    ])
    const [, found, fix] = (await schema('id:INT64,more:DATE'))!
    expect(found).to.equal('`id` is STRING in the table and INTEGER in the job; the table has no column `more`')
    expect(fix).to.equal('change the schema of the job or of the table')
  })

  it('reports whether streaming inserts reach the partition that is named', async () => {
    const [dataset] = await new BigQuery().dataset('shop').get()
    await dataset.createTable('days', {schema: 'id:STRING', timePartitioning: {type: 'DAY'}})
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '')
    const of = async (table: string) => (await ofTable({table})).at(-1)!.slice(1)
    expect(await of(`shop.days$${today}`)).to.deep.equal(['streaming inserts reach it', undefined])
    expect((await of('shop.days$20200101'))[1]).to.equal('load such rows with a load job')
    expect(await of('shop.days$20240230')).to.deep.equal([
      '20240230 is not a time of the calendar',
      'correct the decorator',
    ])
    expect((await of('shop.days$2020'))[1]).to.equal('give a decorator of 8 digits')
    expect(await of('shop.orders$20200101')).to.deep.equal(['the table has no partitions', 'leave out the decorator'])
  })

  it('says when data goes from one place to another, which is nothing to mend', async () => {
    await new BigQuery().createDataset('europe', {location: 'EU'})
    const p = files()
    const table = {table: 'europe.orders', schema: 'id:STRING'}
    p.apply('Rows', create([{id: 'a'}])).apply('Write', writeToBigQuery(table))
    const {ok, findings} = await checkPipeline(p)
    expect(ok).to.equal(true)
    expect(findings.at(-1)).to.include({found: 'data goes between US and EU, which takes time and costs traffic'})
  })

  it('looks at the folder that files are written to', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const found = async (prefix: string) => {
      const p = new Pipeline()
      p.apply(create([{id: 'a'}])).apply('Write', writeToJson(prefix))
      const {ok, findings} = await checkPipeline(p)
      return {ok, found: findings.map(({what, found}) => [what, found])}
    }
    expect(await found(join(dir, 'orders'))).to.deep.equal({ok: true, found: [[`folder ${dir}`, 'can be written to']]})
    expect(await found(join(dir, 'new', 'orders'))).to.deep.equal({
      ok: false,
      found: [[`folder ${join(dir, 'new')}`, 'does not exist']],
    })
    await rm(dir, {recursive: true})
  })
})
