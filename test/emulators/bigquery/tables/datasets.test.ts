import {expect} from 'chai'
import {failure, useBigQuery} from '../fixture.ts'

describe('local BigQuery: datasets', () => {
  const local = useBigQuery()

  it('makes a dataset and gives it back with its metadata', async () => {
    await local.bigquery.createDataset('sales', {location: 'EU', labels: {team: 'x'}})
    const [metadata] = await local.bigquery.dataset('sales').getMetadata()
    expect(metadata).to.include({id: 'local-project:sales', location: 'EU', creationTime: String(local.clock.time)})
    expect(metadata.labels).to.deep.equal({team: 'x'})
  })

  it('refuses a second dataset of the same name with 409 duplicate', async () => {
    const error = await failure(local.bigquery.createDataset('d'))
    expect(error).to.include({code: 409, message: 'Already Exists: Dataset local-project:d'})
    expect(error.errors[0]?.reason).to.equal('duplicate')
  })

  it('refuses an id that BigQuery would not take', async () => {
    expect((await failure(local.bigquery.createDataset('a-b'))).message).to.match(/^Invalid dataset ID "a-b"/)
  })

  it('says 404 notFound for a dataset that is not there', async () => {
    const error = await failure(local.bigquery.dataset('nope').getMetadata())
    expect(error).to.include({code: 404, message: 'Not found: Dataset local-project:nope'})
  })

  it('tells names apart by their case', async () => {
    await local.bigquery.createDataset('D')
    await local.bigquery.dataset('D').createTable('t', {schema: 'a:INTEGER'})
    expect((await local.bigquery.dataset('d').getTables())[0]).to.have.length(0)
  })

  it('lists datasets page by page', async () => {
    for (const id of ['b', 'a', 'c']) await local.bigquery.createDataset(id)
    const [first, next] = await local.bigquery.getDatasets({maxResults: 3, autoPaginate: false})
    const [rest] = await local.bigquery.getDatasets({...next, autoPaginate: false})
    expect([...first, ...rest].map(dataset => dataset.id)).to.deep.equal(['a', 'b', 'c', 'd'])
  })

  it('changes labels one by one, and removes one that is set to null', async () => {
    const [dataset] = await local.bigquery.createDataset('sales', {labels: {a: '1', b: '2'}})
    await dataset.setMetadata({labels: {a: null, c: '3'}, description: 'all of them'})
    const [metadata] = await dataset.getMetadata()
    expect(metadata.labels).to.deep.equal({b: '2', c: '3'})
    expect(metadata.description).to.equal('all of them')
  })

  it('keeps a dataset with tables unless it shall delete the contents too', async () => {
    await local.table('a:INTEGER')
    const error = await failure(local.bigquery.dataset('d').delete())
    expect(error.errors[0]?.reason).to.equal('resourceInUse')
    await local.bigquery.dataset('d').delete({force: true})
    expect((await local.bigquery.dataset('d').exists())[0]).to.equal(false)
  })

  it('has no datasets in another project', async () => {
    const error = await failure(local.bigquery.dataset('d', {projectId: 'other-project'}).getMetadata())
    expect(error.message).to.equal('Not found: Dataset other-project:d')
  })
})
