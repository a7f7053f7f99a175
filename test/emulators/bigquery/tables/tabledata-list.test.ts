import type {GetRowsOptions, RowsResponse} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {failure, useBigQuery} from '../fixture.ts'

describe('local BigQuery: tabledata.list', () => {
  const local = useBigQuery()

  it('gives rows in the order in which they came', async () => {
    const table = await local.table('n:INTEGER')
    for (const n of [3, 1, 2]) await table.insert({n})
    expect((await table.getRows())[0]).to.deep.equal([{n: 3}, {n: 1}, {n: 2}])
  })

  it('gives pages of maxResults rows that together are all rows', async () => {
    const table = await local.table('n:INTEGER')
    await table.insert(Array.from({length: 5}, (_, n) => ({n})))
    const seen: unknown[] = []
    let next: GetRowsOptions | null | undefined = {maxResults: 2}
    while (next) {
      const [rows, query]: RowsResponse = await table.getRows({...next, autoPaginate: false})
      seen.push(rows.length)
      next = query
    }
    expect(seen).to.deep.equal([2, 2, 1])
  })

  it('gives pages of at most 10,000 rows by itself', async () => {
    const table = await local.table('n:INTEGER')
    await table.insert(Array.from({length: 25_000}, (_, n) => ({n})))
    local.cloud.log.clear()
    expect((await table.getRows())[0]).to.have.length(25_000)
    expect(local.cloud.log.of({call: 'tabledata.list'})).to.have.length(3)
  })

  it('ends a page at about 10 MB', async () => {
    const table = await local.table('a:STRING')
    for (let i = 0; i < 3; i++) await table.insert({a: 'x'.repeat(6_000_000)})
    local.cloud.log.clear()
    expect((await table.getRows())[0]).to.have.length(3)
    expect(local.cloud.log.of({call: 'tabledata.list'})).to.have.length(2)
  })

  it('starts at startIndex', async () => {
    const table = await local.table('n:INTEGER')
    await table.insert([{n: 1}, {n: 2}, {n: 3}])
    expect((await table.getRows({startIndex: '2'}))[0]).to.deep.equal([{n: 3}])
  })

  it('gives the selected fields only, in the order of the schema', async () => {
    const table = await local.table('a:INTEGER,b:INTEGER,c:INTEGER')
    await table.insert({a: 1, b: 2, c: 3})
    expect((await table.getRows({selectedFields: 'c,A'}))[0]).to.deep.equal([{a: 1, c: 3}])
  })

  it('says the total, and has no rows member, for an empty table', async () => {
    await local.table('a:INTEGER')
    const reply = await fetch(`${local.cloud.url}/projects/local-project/datasets/d/tables/t/data`)
    const body = (await reply.json()) as Record<string, unknown>
    expect(body).to.include({totalRows: '0'})
    expect(body).to.not.have.any.keys('rows', 'pageToken')
  })

  it('refuses a page token that it never gave', async () => {
    const table = await local.table('a:INTEGER')
    expect((await failure(table.getRows({pageToken: 'x'}))).message).to.equal('Invalid value for pageToken: x')
  })
})
