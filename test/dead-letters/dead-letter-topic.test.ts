import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {BigQuery} from '@google-cloud/bigquery'
import {v1} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {deadLetterMessage, writeToBigQuery, writeToPubSub} from '../../lib/dead-letters/index.ts'
import {PubSubMessage} from '../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {testSink, testSource} from '../../lib/testing/index.ts'
import {create, map} from '../../lib/transforms/index.ts'
import {failure, until, useReading} from '../io/pubsub/support/read-fixture.ts'

const NEVER_SENT = new PubSubMessage({data: Buffer.from('a'), attributes: {from: 'test', long: 'x'.repeat(2000)}})

describe('deadLetter: {topic}', () => {
  const f = useReading({services: ['pubsub', 'bigquery']})
  let client: BigQuery
  let subscriber: v1.SubscriberClient
  type Config = ConstructorParameters<typeof v1.SubscriberClient>[0]
  before(async () => {
    client = new BigQuery(f.cloud.clientOptions.bigquery)
    subscriber = new v1.SubscriberClient((await f.pubsub.getClientConfig()) as Config)
  })
  after(() => subscriber.close())
  beforeEach(async () => {
    await client.createDataset('d')
    const [topic] = await f.pubsub.createTopic('rejects')
    await topic.createSubscription('rejects-sub')
  })

  /** What the dead-letter topic has. */
  const published = async () => {
    const subscription = 'projects/local-project/subscriptions/rejects-sub'
    const [{receivedMessages}] = await subscriber.pull({subscription, maxMessages: 100, returnImmediately: true})
    return receivedMessages!.map(({message}) => ({data: String(message!.data), attributes: message!.attributes!}))
  }

  it('of writeToPubSub gets the message, with what is wrong with it', async () => {
    const rows = [new PubSubMessage({data: Buffer.from('b')}), NEVER_SENT]
    const sink = writeToPubSub({topic: 'my-topic', client: f.pubsub, deadLetter: {topic: 'rejects'}})
    await pipeline(testSource([rows]), sink)
    const [letter, ...more] = await published()
    expect(more).to.deep.equal([])
    expect(letter!.data).to.equal('a')
    expect(letter!.attributes).to.include({from: 'test', stage: 'writeToPubSub'})
    expect(letter!.attributes['errorMessage']).to.match(
      /^writeToPubSub: long: the value of an attribute has at most 1024/,
    )
    expect(letter!.attributes['long']).to.match(/^x+…$/)
  })
  it('of writeToBigQuery gets the row as JSON', async () => {
    const deadLetter = {topic: 'rejects', client: f.pubsub}
    const sink = writeToBigQuery({table: 'd.rows', schema: 'id:STRING,total:FLOAT', client, deadLetter})
    await pipeline(testSource([[{id: 'a', total: 'many'}]]), sink)
    expect((await published()).map(({data}) => data)).to.deep.equal(['{"id":"a","total":"many"}'])
  })
  it('has its messages acknowledged when the service has taken the dead letter', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.publish'}, times: 1, do: {kind: 'status', status: 503}})
    const source = f.clock.attach(testSource([[NEVER_SENT]], {leases: true}))
    const sink = writeToPubSub({
      topic: 'my-topic',
      client: f.pubsub,
      deadLetter: {topic: 'rejects', batch: {maxRows: 1}},
    })
    const done = pipeline(source, f.clock.attach(sink))
    await until(() => f.calls('publish') === 1)
    // the pause before the next try
    await until(() => f.clock.pending.some(ms => ms < 1000))
    expect(source.acked).to.deep.equal([])
    await f.clock.advance('1s')
    await done
    expect(source.acked).to.deep.equal([NEVER_SENT])
    expect(await published()).to.have.length(1)
  })
  it('fails the sink, with an error that names both and the topic, and nothing is acknowledged', async () => {
    const source = testSource([[NEVER_SENT]], {leases: true})
    const sink = writeToPubSub({topic: 'my-topic', client: f.pubsub, deadLetter: {topic: 'nowhere'}})
    const error = await failure(pipeline(source, sink))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND', stage: 'writeToPubSub.deadLetter'})
    expect(error.message)
      .to.match(/^writeToPubSub: its `deadLetter` failed: writeToPubSub\.deadLetter: /)
      .and.include('nowhere')
    expect(source.nacked).to.deep.equal([NEVER_SENT])
  })
  it('is named after the step', async () => {
    const p = new Pipeline({name: 'p'})
    const sink = writeToPubSub({topic: 'my-topic', client: f.pubsub, deadLetter: {topic: 'nowhere'}})
    p.apply('Rows', create([NEVER_SENT])).apply('Write', sink)
    expect((await failure(p.run())).message).to.match(/^Write: its `deadLetter` failed: Write\.deadLetter: /)
  })
  it('takes the dead letters of a DoFn through map(deadLetterMessage)', async () => {
    const parse = map((text: string) => JSON.parse(text), {name: 'Parse', onError: deadLetter('bad')})
    parse
      .tagged('bad')
      .pipe(map(deadLetterMessage))
      .pipe(writeToPubSub({topic: 'rejects', client: f.pubsub}))
    const source = testSource([['{}', '{oops']], {leases: true})
    await pipeline(source, parse, testSink())
    const [letter] = await published()
    expect(letter).to.include({data: '{oops'})
    expect(letter!.attributes).to.include({stage: 'Parse'})
    expect(source.acked).to.have.length(2)
  })
  it('takes a payload and attributes as large as a message can have', async () => {
    const attributes = Object.fromEntries(
      Array.from({length: 100}, (_, i) => [`k${i}`.padEnd(256, 'k'), 'v'.repeat(1024)]),
    )
    const letter = deadLetterMessage({row: new PubSubMessage({data: 'x'.repeat(10_000_000), attributes}), errors: []})
    await pipeline(create([letter]), writeToPubSub({topic: 'rejects', client: f.pubsub, idAttribute: 'id'}))
    expect((await published())[0]!.data).to.have.length(9_800_000)
  })
})

describe('writeToPubSub: deadLetter', () => {
  const f = useReading({services: ['pubsub', 'bigquery']})
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  after(() => rmSync(folder, {recursive: true}))

  it('takes a table', async () => {
    const client = new BigQuery(f.cloud.clientOptions.bigquery)
    await client.createDataset('d')
    const source = testSource([[NEVER_SENT]], {leases: true})
    await pipeline(source, writeToPubSub({topic: 'my-topic', client: f.pubsub, deadLetter: {table: 'd.bad', client}}))
    expect((await client.query('SELECT payloadString FROM d.bad'))[0]).to.deep.equal([{payloadString: 'a'}])
    expect(source.acked).to.deep.equal([NEVER_SENT])
  })
  it('takes a file', async () => {
    const file = join(folder, 'rejects.jsonl')
    const source = testSource([[NEVER_SENT]], {leases: true})
    await pipeline(source, writeToPubSub({topic: 'my-topic', client: f.pubsub, deadLetter: {file}}))
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.include({payloadString: 'a'})
    expect(source.acked).to.deep.equal([NEVER_SENT])
  })
  it('takes any sink', async () => {
    const sink = testSink<{row: unknown}>()
    await pipeline(create([NEVER_SENT]), writeToPubSub({topic: 'my-topic', client: f.pubsub, deadLetter: sink}))
    expect(sink.values.map(({row}) => row)).to.deep.equal([NEVER_SENT])
  })
  it('is checked at construction', () => {
    const options = {topic: 'my-topic', client: f.pubsub}
    expect(() => writeToPubSub({...options, deadLetter: {topic: '1'}})).to.throw(
      /^writeToPubSub\.deadLetter: option `topic`/,
    )
    expect(() => writeToPubSub({...options, deadLetter: {topic: (() => 't') as never}})).to.throw(/the name of a topic/)
    expect(() => writeToPubSub({...options, deadLetter: 'rejects' as never})).to.throw(/\{topic: 'name'\}/)
    expect(() => writeToPubSub({...options, deadLetter: {topic: 'bad', orderingKey: 1} as never})).to.throw(
      /unknown option/,
    )
  })
})
