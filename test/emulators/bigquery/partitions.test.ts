import type {Table} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {failure, insertRaw, useBigQuery} from './fixture.ts'

// The clock stands at 2024-06-15.
describe('local BigQuery: streaming into partitions', () => {
  const local = useBigQuery()
  const decorated = (decorator: string) => local.bigquery.dataset('d').table(`t$${decorator}`)
  const byIngestion = (type = 'DAY') => local.table('a:INTEGER', {timePartitioning: {type}})
  const byColumn = (type = 'TIMESTAMP') => local.table(`at:${type}`, {timePartitioning: {type: 'DAY', field: 'at'}})

  for (const [decorator, type] of [
    ['20240615', 'DAY'],
    ['20240515', 'DAY'],
    ['20240701', 'DAY'],
    ['2024061510', 'HOUR'],
    ['202406', 'MONTH'],
    ['202405', 'MONTH'],
    ['2024', 'YEAR'],
  ] as const)
    it(`takes rows for $${decorator} of a table by ${type}`, async () => {
      await byIngestion(type)
      expect(await insertRaw(decorated(decorator), [{a: 1}])).to.deep.equal({})
      expect(await local.rows('SELECT a FROM d.t')).to.deep.equal([{a: 1}])
    })

  for (const [decorator, type] of [
    ['20240514', 'DAY'],
    ['20240702', 'DAY'],
    ['202404', 'MONTH'],
    ['2023', 'YEAR'],
  ] as const)
    it(`refuses the request for $${decorator} of a table by ${type}: outside the allowed bounds`, async () => {
      await byIngestion(type)
      const error = await failure(insertRaw(decorated(decorator), [{a: 1}]))
      expect(error.code).to.equal(400)
      expect(error.message).to.equal(
        `The destination table's partition t$${decorator} is outside the allowed bounds. You can only stream to partitions within 31 days in the past and 16 days in the future relative to the current date.`,
      )
    })

  for (const decorator of ['2024', '2024061', 'x', '20241301'])
    it(`refuses the decorator $${decorator} of a table by DAY`, async () => {
      await byIngestion()
      const error = await failure(insertRaw(decorated(decorator), [{a: 1}]))
      expect(error.message).to.match(/^Invalid partition decorator: t\$/)
    })

  it('refuses a decorator on a table without partitions', async () => {
    await local.table('a:INTEGER')
    const error = await failure(insertRaw(decorated('20240615'), [{a: 1}]))
    expect(error.message).to.match(/^Table t is not partitioned/)
  })

  it('refuses a row whose partitioning column is more than 1,825 days back, and only that row', async () => {
    const table = await byColumn()
    const rows = [{at: '2019-06-17T00:00:00Z'}, {at: '2019-06-16T00:00:00Z'}, {at: null}]
    expect(await insertRaw(table, rows, {skipInvalidRows: true})).to.deep.equal({
      1: 'Value 1560643200000000 for partition column at of the destination table local-project:d.t is outside the allowed bounds. You can only stream to partitions of date range within 1825 days in the past and 366 days in the future relative to the current date.',
    })
  })

  it('refuses a row whose partitioning column is more than 366 days ahead', async () => {
    const table: Table = await byColumn('DATE')
    const errors = await insertRaw(table, [{at: '2025-06-17'}])
    expect(errors[0]).to.match(/^Value 2025-06-17 for partition column at .* outside the allowed bounds/)
    expect(await insertRaw(table, [{at: '2025-06-16'}])).to.deep.equal({})
  })

  it('refuses a row that belongs to another partition than the decorator names', async () => {
    await byColumn()
    const errors = await insertRaw(
      decorated('20240615'),
      [{at: '2024-06-15T23:59:59Z'}, {at: '2024-06-16T00:00:00Z'}],
      {
        skipInvalidRows: true,
      },
    )
    expect(errors).to.deep.equal({1: 'Value 1718496000000000 of partition column at is not in partition t$20240615.'})
  })
})
