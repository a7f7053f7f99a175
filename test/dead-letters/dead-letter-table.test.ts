import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {DEAD_LETTER_SCHEMA, deadLetterRow} from '../../lib/dead-letters/index.ts'
import {PubSubMessage} from '../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {testSource} from '../../lib/testing/index.ts'
import {create, map} from '../../lib/transforms/index.ts'
import {failure} from '../batching/manual-clock.ts'
import {LocalBigQuery, rows} from '../io/bigquery/local-bigquery.ts'

interface Stored {
  timestamp: {value: string}
  payloadString: string
  payloadBytes: Buffer
  attributes: {key: string; value: string}[]
  errorMessage: string | null
  stacktrace: string | null
}

describe('deadLetter: {table}', () => {
  const local = new LocalBigQuery()
  const bad = {id: 'a', total: 'x'}
  beforeEach(() => local.create())

  const stored = async (table = `${local.table}_rejects`) =>
    (await local.client.query(`SELECT * FROM d.${table} ORDER BY payloadString`))[0] as Stored[]

  it("gets a row of Dataflow's schema for each row that is refused, in a table made for it", async () => {
    await local.write([...rows(2), bad], local.sink({deadLetter: {table: `d.${local.table}_rejects`}}))
    const [row, ...more] = await stored()
    expect(more).to.deep.equal([])
    expect(new Date(row!.timestamp.value).getTime()).to.equal(local.clock.now())
    expect(row).to.deep.include({
      payloadString: '{"id":"a","total":"x"}',
      payloadBytes: Buffer.from('{"id":"a","total":"x"}'),
      attributes: [],
      stacktrace: null,
    })
    expect(row!.errorMessage).to.match(/^writeToBigQuery: total: .*\(invalid\)$/)
    expect(await local.count()).to.equal(2)
  })
  it('is not made when no row is refused', async () => {
    await local.write(rows(2), local.sink({deadLetter: {table: `d.${local.table}_rejects`}}))
    const [exists] = await local.client.dataset('d').table(`${local.table}_rejects`).exists()
    expect(exists).to.equal(false)
  })
  it('takes a dataset, a project and batches of its own', async () => {
    const table = {table: `${local.table}_rejects`, dataset: 'd', project: local.client.projectId, maxRows: 1}
    await local.write([bad, bad], local.sink({deadLetter: table}))
    expect(await stored()).to.have.length(2)
    expect(local.inserts.map(insert => insert.rows)).to.deep.equal([2, 1, 1])
  })
  it('gets a row too large for BigQuery, cut and marked', async () => {
    const sink = local.sink({deadLetter: {table: `d.${local.table}_rejects`}})
    await local.write([{id: 'x'.repeat(11_000_000), total: 1}], sink)
    const [row] = await stored()
    expect(row!.payloadBytes).to.have.length(1024 * 1024)
    expect(row!.errorMessage).to.include('tooLarge').and.include('the first 1048576 are kept')
  })
  it('fails the sink, with an error that names both and the table', async () => {
    const sink = local.sink({deadLetter: {table: 'nowhere.rejects'}})
    const error = await failure(local.write([bad], sink))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND', stage: 'writeToBigQuery.deadLetter'})
    expect(error.message)
      .to.match(/^writeToBigQuery: its `deadLetter` failed: writeToBigQuery\.deadLetter: /)
      .and.include('nowhere')
  })
  it('is named after the step, in errors and in metrics', async () => {
    const p = new Pipeline({name: 'p'})
    const sink = local.sink({deadLetter: {table: 'nowhere.rejects'}})
    p.apply('Rows', create([bad])).apply('Write', sink)
    const run = p.run()
    const names = run.metrics().map(step => step.name)
    expect((await failure(run)).message).to.match(/^Write: its `deadLetter` failed: Write\.deadLetter: /)
    expect(names).to.deep.equal(['Rows', 'Write', 'Write/deadLetter'])
  })
  it('takes the dead letters of a DoFn through map(deadLetterRow)', async () => {
    const messages = ['{"id":"a","total":1}', '{oops'].map(
      data => new PubSubMessage({data: Buffer.from(data), attributes: {from: 'test'}}),
    )
    const parse = map((message: PubSubMessage) => JSON.parse(String(message.data)), {
      name: 'Parse',
      onError: deadLetter('bad'),
    })
    const table = `${local.table}_bad`
    const written = local.sink({table: `d.${table}`, schema: DEAD_LETTER_SCHEMA})
    parse.tagged('bad').pipe(map(deadLetterRow)).pipe(written)
    await pipeline(testSource([messages]), parse, local.sink())
    const [row, ...more] = await stored(table)
    expect(more).to.deep.equal([])
    expect(row).to.deep.include({payloadString: '{oops', attributes: [{key: 'from', value: 'test'}]})
    expect(row!.errorMessage).to.match(/^Parse: .*JSON/)
    expect(row!.stacktrace).to.match(/^SyntaxError: /)
    expect(await local.count()).to.equal(1)
  })
  it('takes an empty payload', async () => {
    const written = local.sink({table: `d.${local.table}_bad`, schema: DEAD_LETTER_SCHEMA})
    const letter = {element: Buffer.alloc(0), error: 'e', stack: '', stage: 's', timestamp: new Date()}
    await pipeline(create([letter]), map(deadLetterRow), written)
    expect((await stored(`${local.table}_bad`))[0]).to.include({payloadString: ''})
  })
})
