import type {Table} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {failure, insertRaw, useBigQuery} from '../fixture.ts'

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

  it('gives, counts and deletes the rows of one partition by ingestion time', async () => {
    await byIngestion()
    await insertRaw(decorated('20240615'), [{a: 1}, {a: 2}])
    await insertRaw(decorated('20240614'), [{a: 3}])
    await insertRaw(local.bigquery.dataset('d').table('t'), [{a: 4}])
    const rows = async (decorator: string) => (await decorated(decorator).getRows())[0].map(row => row.a)
    expect(await rows('20240615')).to.deep.equal([1, 2, 4])
    expect(await rows('20240614')).to.deep.equal([3])
    expect(await rows('20240613')).to.deep.equal([])
    expect((await decorated('20240615').getMetadata())[0]).to.include({numRows: '3', numBytes: '24'})
    await decorated('20240615').delete()
    expect(await local.rows('SELECT a, CAST(_PARTITIONDATE AS STRING) AS p FROM d.t')).to.deep.equal([
      {a: 3, p: '2024-06-14'},
    ])
  })

  for (const [type, at] of [
    ['TIMESTAMP', '2024-06-14T23:59:59Z'],
    ['DATETIME', '2024-06-14T10:00:00'],
    ['DATE', '2024-06-14'],
  ] as const)
    it(`gives the rows of one partition of a ${type} column`, async () => {
      const table = await byColumn(type)
      await insertRaw(table, [{at}, {at: '2024-06-15'}, {at: null}])
      const count = async (decorator: string) => (await decorated(decorator).getRows())[0].length
      expect([await count('20240614'), await count('20240615'), await count('__NULL__')]).to.deep.equal([1, 1, 1])
    })

  it('gives the rows of one range', async () => {
    const range = {start: '0', end: '100', interval: '10'}
    const table = await local.table('a:INTEGER', {rangePartitioning: {field: 'a', range}})
    await insertRaw(table, [{a: 5}, {a: 15}, {a: 19}])
    expect((await decorated('10').getRows())[0]).to.have.length(2)
    expect((await failure(decorated('15').getRows())).message).to.match(/^Invalid partition decorator: t\$15/)
  })

  it('keeps the time of arrival through new columns and INSERT, and does not show it', async () => {
    const table = await byIngestion()
    await table.setMetadata({schema: 'a:INTEGER,b:STRING'})
    await local.rows("INSERT INTO d.t (a, b) VALUES (1, 'x')")
    await insertRaw(table, [{a: 2, b: 'y'}])
    const query = 'SELECT *, FORMAT_TIMESTAMP("%F", _PARTITIONTIME) AS p FROM d.t ORDER BY a'
    expect(await local.rows(query)).to.deep.equal([
      {a: 1, b: 'x', p: '2024-06-15'},
      {a: 2, b: 'y', p: '2024-06-15'},
    ])
    expect(await local.rows('SELECT * FROM d.t WHERE a = 2')).to.deep.equal([{a: 2, b: 'y'}])
  })

  it('refuses a decorator for reading a table without partitions', async () => {
    await local.table('a:INTEGER')
    expect((await failure(decorated('20240615').getRows())).message).to.match(/^Cannot read partition information/)
    expect((await failure(decorated('20240615').getMetadata())).code).to.equal(400)
  })
})
