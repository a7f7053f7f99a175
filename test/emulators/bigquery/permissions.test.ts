import {expect} from 'chai'
import {failure, insertRaw, useBigQuery} from './fixture.ts'

describe('local BigQuery: permissions', () => {
  const local = useBigQuery()
  const table = () => local.bigquery.dataset('d').table('t')
  const CALLS: [call: string, permissions: string[], resource: string, work: () => Promise<unknown>][] = [
    ['tables.get', ['bigquery.tables.get'], 'Table local-project:d.t', () => table().getMetadata()],
    [
      'tables.insert',
      ['bigquery.tables.create'],
      'Dataset local-project:d',
      () => local.table('a:STRING', {name: 'u'}),
    ],
    [
      'tables.patch',
      ['bigquery.tables.update'],
      'Table local-project:d.t',
      () => table().setMetadata({description: 'x'}),
    ],
    ['tables.delete', ['bigquery.tables.delete'], 'Table local-project:d.t', () => table().delete()],
    ['tables.list', ['bigquery.tables.list'], 'Dataset local-project:d', () => local.bigquery.dataset('d').getTables()],
    [
      'tabledata.insertAll',
      ['bigquery.tables.updateData'],
      'Table local-project:d.t',
      () => insertRaw(table(), [{a: 1}]),
    ],
    [
      'datasets.get',
      ['bigquery.datasets.get'],
      'Dataset local-project:d',
      () => local.bigquery.dataset('d').getMetadata(),
    ],
    ['datasets.insert', ['bigquery.datasets.create'], 'Project local-project', () => local.bigquery.createDataset('e')],
    ['jobs.query', ['bigquery.jobs.create'], 'Project local-project', () => local.rows('SELECT 1')],
    [
      'reading a table',
      ['bigquery.tables.getData', 'bigquery.jobs.create'],
      'Table local-project:d.t',
      () => local.rows('SELECT a FROM d.t'),
    ],
    [
      'changing a table',
      ['bigquery.tables.updateData', 'bigquery.jobs.create'],
      'Table local-project:d.t',
      () => local.rows('DELETE FROM d.t WHERE true'),
    ],
  ]

  for (const [call, [wanted = '', ...others], resource, work] of CALLS) {
    it(`${call} needs ${wanted}`, async () => {
      await local.table('a:INTEGER')
      local.cloud.permissions = others
      const error = await failure(work())
      expect(error.code).to.equal(403)
      expect(error.errors[0]?.reason).to.equal('accessDenied')
      expect(error.message).to.include(`Permission ${wanted} denied on ${resource} `)
      local.cloud.permissions = [wanted, ...others]
      await work()
    })
  }

  it('does not tell who lacks the permission whether the table is there', async () => {
    local.cloud.permissions = []
    expect((await failure(table().getMetadata())).code).to.equal(403)
  })
})
