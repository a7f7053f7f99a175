import {pipeline} from 'node:stream/promises'
import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {DEAD_LETTER_SCHEMA, deadLetterRow, writeToBigQuery} from '../../lib/dead-letters/index.ts'
import type {PubSubMessage} from '../../lib/io/pubsub/index.ts'
import {map} from '../../lib/transforms/index.ts'
import {until, useReading} from '../io/pubsub/support/read-fixture.ts'

const GOOD = '{"id":"a","total":1}'

describe('dead letters of messages', () => {
  const f = useReading({services: ['pubsub', 'bigquery']})
  let client: BigQuery
  before(() => {
    client = new BigQuery(f.cloud.clientOptions.bigquery)
  })
  beforeEach(async () => {
    await client.createDataset('d')
    await client.dataset('d').createTable('rows', {schema: 'id:STRING,total:FLOAT'})
  })

  const letters = async () => (await client.query('SELECT * FROM d.rejects'))[0]

  it('that cannot be decoded are rows of the table when the messages are acknowledged', async () => {
    await f.publish(GOOD, {data: '{oops', attributes: {from: 'test'}})
    const source = f.source({decode: 'json'})
    source
      .tagged('rejects')
      .pipe(map(deadLetterRow))
      .pipe(writeToBigQuery({table: 'd.rejects', schema: DEAD_LETTER_SCHEMA, client, maxRows: 1}))
    const done = pipeline(source, writeToBigQuery({table: 'd.rows', client, maxRows: 1}))
    await until(() => f.stats().unacked === 0)
    const [letter, ...more] = await letters()
    expect(more).to.deep.equal([])
    expect(letter).to.deep.include({payloadString: '{oops', attributes: [{key: 'from', value: 'test'}]})
    await source.drain()
    await done
  })
  it('whose rows BigQuery refuses are rows of the table when the messages are acknowledged', async () => {
    await f.publish(GOOD, '{"id":"b","total":"many"}')
    const source = f.source({withAttributes: true})
    const parse = map((message: PubSubMessage) => JSON.parse(String(message.data)))
    const deadLetter = {table: 'd.rejects', maxRows: 1}
    const done = pipeline(source, parse, writeToBigQuery({table: 'd.rows', client, maxRows: 2, deadLetter}))
    await until(() => f.stats().unacked === 0)
    expect((await letters())[0]).to.include({payloadString: '{"id":"b","total":"many"}'})
    expect((await client.query('SELECT id FROM d.rows'))[0]).to.deep.equal([{id: 'a'}])
    await source.drain()
    await done
  })
})
