import {BigQuery, type Query} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {failure, useBigQuery} from '../fixture.ts'

describe('local BigQuery: query parameters', () => {
  const local = useBigQuery()

  it('binds named parameters, in any case and as often as they occur', async () => {
    expect(await local.rows('SELECT @a + @A AS s, @b AS b', {a: 2, b: 'x'})).to.deep.equal([{s: 4, b: 'x'}])
  })

  it('binds positional parameters', async () => {
    expect(await local.rows('SELECT ? - ? AS d', [5, 3])).to.deep.equal([{d: 2}])
  })

  it('leaves parameters out that the query does not name', async () => {
    expect(await local.rows('SELECT 1 AS one', {unused: 1})).to.deep.equal([{one: 1}])
  })

  for (const [type, value] of [
    ['INT64', 42],
    ['FLOAT64', 1.5],
    ['BOOL', true],
    ['STRING', "it's"],
    ['DATE', BigQuery.date('2024-01-02')],
    ['TIME', BigQuery.time('03:04:05')],
    ['DATETIME', BigQuery.datetime('2024-01-02T03:04:05')],
    ['TIMESTAMP', BigQuery.timestamp('2024-01-02T03:04:05.678901Z')],
    ['JSON', '{"a": 1}'],
  ] as const)
    it(`binds a ${type} and gives it back as one`, async () => {
      const [[row]] = await local.bigquery.query({query: 'SELECT @x AS x', params: {x: value}, types: {x: type}})
      expect(row?.x).to.deep.equal(value)
    })

  it('binds NUMERIC exactly', async () => {
    const x = '12345678901234567890.123456789'
    const query = {query: 'SELECT CAST(@x AS VARCHAR) AS x', params: {x}, types: {x: 'NUMERIC'}}
    expect((await local.bigquery.query(query))[0]).to.deep.equal([{x}])
  })

  it('binds BYTES in base64', async () => {
    const query = {query: 'SELECT @x AS x', params: {x: 'YWJj'}, types: {x: 'BYTES'}}
    expect((await local.bigquery.query(query))[0]).to.deep.equal([{x: Buffer.from('abc')}])
  })

  it('binds null by its type', async () => {
    const query: Query = {query: 'SELECT @x AS x', params: {x: null}, types: {x: 'DATE'}}
    const reply: unknown[] = await local.bigquery.query(query)
    expect(reply[0]).to.deep.equal([{x: null}])
    expect(reply[2]).to.deep.include({schema: {fields: [{name: 'x', type: 'DATE', mode: 'NULLABLE'}]}})
  })

  it('binds arrays and structs', async () => {
    const rows = await local.rows('SELECT len(@l) AS n, @s.a AS a, @l AS l', {l: ['x', 'y'], s: {a: 1}})
    expect(rows).to.deep.equal([{n: 2, a: 1, l: ['x', 'y']}])
  })

  it('finds rows by a parameter', async () => {
    await (await local.table('d:DATE,n:INTEGER')).insert([
      {d: '2024-01-02', n: 1},
      {d: '2024-01-03', n: 2},
    ])
    expect(await local.rows('SELECT n FROM d.t WHERE d = @d', {d: BigQuery.date('2024-01-03')})).to.deep.equal([{n: 2}])
    expect(await local.rows('SELECT n FROM d.t WHERE n IN (SELECT unnest(@n))', {n: [1, 5]})).to.deep.equal([{n: 1}])
  })

  it('says which parameter is missing', async () => {
    expect((await failure(local.rows('SELECT @a + @b', {a: 1}))).message).to.equal("Query parameter 'b' not found")
    expect((await failure(local.rows('SELECT ? + ?', [1]))).message).to.equal('Query parameter number 2 is not given')
  })

  it('says which parameter has a bad value', async () => {
    const query = {query: 'SELECT @x', params: {x: 'abc'}, types: {x: 'INT64'}}
    const error = await failure(local.bigquery.query(query))
    expect(error.message).to.match(/^Invalid value for query parameter x: Cannot convert value to integer/)
  })
})
