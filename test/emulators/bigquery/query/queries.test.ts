import {expect} from 'chai'
import {failure, useBigQuery} from '../fixture.ts'

describe('local BigQuery: queries', () => {
  const local = useBigQuery()

  it('counts, groups, joins and calculates', async () => {
    const orders = await local.table('id:INTEGER,customer:STRING,total:FLOAT', {name: 'orders'})
    const customers = await local.table('id:STRING,name:STRING', {name: 'customers'})
    await orders.insert([
      {id: 1, customer: 'a', total: 1.5},
      {id: 2, customer: 'a', total: 2.5},
      {id: 3, customer: 'b', total: 4},
    ])
    await customers.insert([
      {id: 'a', name: 'Ann'},
      {id: 'b', name: 'Bob'},
    ])
    const rows = await local.rows(`
      SELECT c.name, COUNT(*) AS n, SUM(o.total) AS total, CASE WHEN COUNT(*) > 1 THEN 'many' ELSE 'one' END AS size
      FROM \`local-project.d.orders\` o JOIN d.customers AS c ON c.id = o.customer GROUP BY c.name ORDER BY name`)
    expect(rows).to.deep.equal([
      {name: 'Ann', n: 2, total: 4, size: 'many'},
      {name: 'Bob', n: 1, total: 4, size: 'one'},
    ])
  })

  it('calls expressions without a name f0_, f1_', async () => {
    expect(await local.rows(`SELECT COUNT(*), 1 AS one, 'x', NULL`)).to.deep.equal([
      {f0_: 1, one: 1, f1_: 'x', f2_: null},
    ])
  })

  it('answers columns under their own names, odd ones too', async () => {
    const fields = ['2024', 'a b', 'NULL', 'count(*)', 'ä&%', 'select'].map(name => ({
      name: name.replace('(*)', ''),
      type: 'INT64',
    }))
    await (await local.table(fields)).insert(Object.fromEntries(fields.map(({name}, i) => [name, i])))
    const row = {2024: 0, 'a b': 1, NULL: 2, count: 3, 'ä&%': 4, select: 5}
    expect(await local.rows('SELECT * FROM d.t')).to.deep.equal([row])
    expect(await local.rows('SELECT `2024`, `a b`, `NULL`, t.count, t.`ä&%`, t.select FROM d.t')).to.deep.equal([row])
    expect(await local.rows('SELECT 1 AS `2024`, 2')).to.deep.equal([{2024: 1, f0_: 2}])
  })

  it('finds a table whose name has capitals, by that name only', async () => {
    await (await local.table('a:INTEGER', {name: 'MyTable'})).insert({a: 1})
    expect(await local.rows('SELECT MyTable.a FROM d.MyTable WHERE MyTable.a > 0')).to.deep.equal([{a: 1}])
    expect((await failure(local.rows('SELECT * FROM d.mytable'))).message).to.equal(
      'Not found: Table local-project:d.mytable',
    )
  })

  it('finds tables with dashes and of other scripts', async () => {
    for (const name of ['my-table', 'größe']) {
      await (await local.table('a:INTEGER', {name})).insert({a: 1})
      expect(await local.rows(`SELECT a FROM \`d.${name}\``)).to.deep.equal([{a: 1}])
    }
    expect(await local.rows('SELECT a FROM local-project.d.my-table')).to.deep.equal([{a: 1}])
  })

  it('finds datasets that are called like schemas of DuckDB', async () => {
    for (const name of ['main', 'bigquery', 'temp']) {
      await local.bigquery.createDataset(name)
      const [table] = await local.bigquery.dataset(name).createTable('t', {schema: 'a:STRING'})
      await table.insert({a: name})
      expect(await local.rows(`SELECT a FROM ${name}.t`)).to.deep.equal([{a: name}])
    }
  })

  it('finds a table without its dataset in the default dataset', async () => {
    await (await local.table('a:INTEGER')).insert({a: 1})
    const [rows] = await local.bigquery.query({query: 'SELECT a FROM t', defaultDataset: {datasetId: 'd'}})
    expect(rows).to.deep.equal([{a: 1}])
  })

  it('sorts nulls as BigQuery does: first ascending, last descending', async () => {
    await (await local.table('a:INTEGER')).insert([{a: 1}, {a: null}, {a: 2}])
    expect((await local.rows('SELECT a FROM d.t ORDER BY a')).map(row => row.a)).to.deep.equal([null, 1, 2])
    expect((await local.rows('SELECT a FROM d.t ORDER BY a DESC')).map(row => row.a)).to.deep.equal([2, 1, null])
  })

  for (const [what, query, code, reason, message] of [
    ['no dataset', 'SELECT * FROM t', 400, 'invalid', /^Table "t" must be qualified with a dataset/],
    ['a missing table', 'SELECT * FROM d.nope', 404, 'notFound', /^Not found: Table local-project:d\.nope$/],
    ['a missing dataset', 'SELECT * FROM nope.t', 404, 'notFound', /^Not found: Dataset local-project:nope$/],
    [
      'a syntax error',
      'SELECT (1',
      400,
      'invalidQuery',
      /^Syntax error: Expected "\)" but got end of statement at \[1:10\]$/,
    ],
    [
      'an unknown column',
      'SELECT nope FROM (SELECT 1 AS a)',
      400,
      'invalidQuery',
      /^Unrecognized name: nope at \[1:8\]$/,
    ],
    ['a failure while it runs', "SELECT CAST('x' AS INT64)", 400, 'invalidQuery', /^Bad int64 value: x$/],
    [
      'several statements',
      'SELECT 1; SELECT 2',
      400,
      'invalidQuery',
      /a script of several statements is not supported/,
    ],
    [
      'a statement that is not SQL of BigQuery',
      'PRAGMA version',
      400,
      'invalidQuery',
      /the statement PRAGMA is not supported/,
    ],
    ['other DDL', 'CREATE VIEW d.v AS SELECT 1', 400, 'invalidQuery', /the statement CREATE VIEW .* is not supported/],
    [
      'INFORMATION_SCHEMA',
      'SELECT * FROM d.INFORMATION_SCHEMA.TABLES',
      400,
      'invalidQuery',
      /INFORMATION_SCHEMA is not/,
    ],
    ['wildcard tables', 'SELECT * FROM `d.t_*`', 400, 'invalidQuery', /wildcard table d\.t_\* is not supported/],
    ['duplicate columns', 'SELECT 1 AS a, 2 AS A', 400, 'invalidQuery', /Duplicate column names/],
    ['an empty statement', '-- nothing', 400, 'invalidQuery', /Unexpected end of statement/],
    [
      'a local file',
      "SELECT * FROM read_csv('/etc/hosts')",
      400,
      'invalidQuery',
      /the table function read_csv .*is not/,
    ],
    ['a local file by its name', "SELECT * FROM '/etc/hosts.csv'", 400, 'invalidQuery', /Unexpected string literal/],
    ['what is not GoogleSQL', "SELECT MAP {'a': 1} AS m", 400, 'invalidQuery', /Syntax error/],
  ] as const)
    it(`says what is wrong: ${what}`, async () => {
      const error = await failure(local.rows(query))
      expect(error.code).to.equal(code)
      expect(error.errors[0]?.reason).to.equal(reason)
      expect(error.message).to.match(message)
    })

  it('refuses legacy SQL', async () => {
    const error = await failure(local.bigquery.query({query: 'SELECT 1', useLegacySql: true}))
    expect(error.message).to.match(/legacy SQL .* is not supported/)
  })

  it('gives results page by page', async () => {
    const [rows] = await local.bigquery.query('SELECT * FROM range(25000) t(n) ORDER BY n')
    expect(rows.map(row => row.n)).to.deep.equal(Array.from({length: 25_000}, (_, n) => n))
    expect(local.cloud.log.of({call: 'jobs.getQueryResults'})).to.have.length(2)
  })

  it('gives pages of maxResults rows with the total', async () => {
    const [job] = await local.bigquery.createQueryJob('SELECT * FROM range(5) t(n)')
    const [rows, next, reply] = await job.getQueryResults({maxResults: 2, autoPaginate: false})
    expect(rows).to.deep.equal([{n: 0}, {n: 1}])
    expect(reply?.totalRows).to.equal('5')
    const [rest] = await job.getQueryResults({...next, maxResults: 10, autoPaginate: false})
    expect(rest).to.deep.equal([{n: 2}, {n: 3}, {n: 4}])
  })
})
