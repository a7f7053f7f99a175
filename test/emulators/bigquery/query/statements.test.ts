import {expect} from 'chai'
import {failure, useBigQuery} from '../fixture.ts'

describe('local BigQuery: statements that change data', () => {
  const local = useBigQuery()
  const affected = async (query: string) => {
    const [, , reply] = await local.bigquery.query(query)
    return (reply as {numDmlAffectedRows?: string}).numDmlAffectedRows
  }

  it('inserts, updates, deletes and truncates, and counts the rows', async () => {
    await local.table('a:INTEGER,b:STRING')
    expect(await affected("INSERT INTO d.t (a, b) VALUES (1, 'x'), (2, 'y')")).to.equal('2')
    expect(await affected("UPDATE `d.t` SET b = 'z' WHERE a = 2")).to.equal('1')
    expect(await local.rows('SELECT * FROM d.t ORDER BY a')).to.deep.equal([
      {a: 1, b: 'x'},
      {a: 2, b: 'z'},
    ])
    expect(await affected('DELETE FROM d.t WHERE a = 1')).to.equal('1')
    expect(await affected('TRUNCATE TABLE d.t')).to.equal('1')
    expect(await local.rows('SELECT * FROM d.t')).to.deep.equal([])
  })

  it('merges', async () => {
    await local.table('id:INTEGER,v:STRING', {name: 'Target'})
    await local.rows("INSERT INTO d.Target VALUES (1, 'old')")
    const merge = `MERGE INTO d.Target t USING (SELECT unnest([1, 2]) AS id, 'new' AS v) s ON t.id = s.id
      WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)`
    expect(await affected(merge)).to.equal('2')
    expect(await local.rows('SELECT * FROM d.Target ORDER BY id')).to.deep.equal([
      {id: 1, v: 'new'},
      {id: 2, v: 'new'},
    ])
  })

  it('refuses a MERGE in which two source rows match one row, and changes nothing', async () => {
    await local.table('id:INTEGER,v:STRING')
    await local.rows("INSERT INTO d.t VALUES (1, 'old')")
    const merge = `MERGE INTO d.t USING (SELECT 1 AS id, unnest(['a', 'b']) AS v) s ON t.id = s.id
      WHEN MATCHED THEN UPDATE SET v = s.v`
    const error = await failure(local.rows(merge))
    expect(error.message).to.equal('UPDATE/MERGE must match at most one source row for each target row')
    expect(await local.rows('SELECT v FROM d.t')).to.deep.equal([{v: 'old'}])
  })

  it('refuses a NULL in a REQUIRED column', async () => {
    await local.table([{name: 'a', type: 'INT64', mode: 'REQUIRED'}])
    expect((await failure(local.rows('INSERT INTO d.t VALUES (NULL)'))).errors[0]?.reason).to.equal('invalidQuery')
  })

  it('counts what was inserted, updated and deleted, in the reply and in the job', async () => {
    await local.table('id:INTEGER,v:STRING')
    const stats = async (query: string) => {
      const [job] = await local.bigquery.createQueryJob(query)
      await job.getQueryResults()
      return (await job.getMetadata())[0].statistics.query.dmlStats
    }
    expect(await stats("INSERT INTO d.t VALUES (1, 'a'), (2, 'b'), (3, 'c')")).to.deep.equal({insertedRowCount: '3'})
    const merge = `MERGE d.t USING (SELECT 1 AS id UNION ALL SELECT 9) s ON t.id = s.id
      WHEN MATCHED THEN UPDATE SET v = 'x' WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)
      WHEN NOT MATCHED BY SOURCE THEN DELETE`
    expect(await stats(merge)).to.deep.equal({insertedRowCount: '1', updatedRowCount: '1', deletedRowCount: '2'})
    expect(await stats('UPDATE d.t SET v = NULL WHERE id = 9')).to.deep.equal({updatedRowCount: '1'})
    const [, , reply] = await local.bigquery.query('DELETE d.t WHERE true')
    expect((reply as {dmlStats?: object}).dmlStats).to.deep.equal({deletedRowCount: '2'})
  })

  for (const [statement, message] of [
    ['UPDATE d.t SET a = 1', /^UPDATE must have a WHERE clause/],
    ['DELETE FROM d.t', /^DELETE must have a WHERE clause/],
    ["INSERT INTO d.t (a) VALUES ('1')", /type STRING which cannot be inserted into column a, which has type INT64/],
    ['INSERT INTO d.t (b) VALUES (1)', /type INT64 which cannot be inserted into column b, which has type STRING/],
    ['INSERT INTO d.t (a) VALUES (1.5)', /type FLOAT64 which cannot be inserted into column a/],
    ['INSERT INTO d.t (n) SELECT CAST(1 AS FLOAT64)', /type FLOAT64 which cannot be inserted into column n/],
    ["INSERT INTO d.t (d) SELECT CAST('2024-01-02' AS STRING)", /type STRING which cannot be inserted into column d/],
    ["UPDATE d.t SET a = '1' WHERE true", /type STRING cannot be assigned to a, which has type INT64/],
    ['INSERT INTO d.t (a, b) VALUES (1)', /^Inserted row has wrong column count; Has 1, expected 2/],
    ['INSERT INTO d.t (a, A) VALUES (1, 2)', /columns with duplicate name: a/],
    ['INSERT INTO d.t (nope) VALUES (1)', /Column nope is not present/],
    ['UPDATE d.t SET nope = 1 WHERE true', /Unrecognized name: nope/],
    ['UPDATE d.t SET a = 1, a = 2 WHERE true', /assigned more than once/],
    ["INSERT INTO d.t (s) VALUES ('abcd')", /has maximum length 3 but got a value with length 4/],
    ['INSERT INTO d.t (l) VALUES ([1, NULL])', /Array cannot have a null element/],
    [
      'UPDATE d.t SET a = u.x FROM (SELECT 1 AS x UNION ALL SELECT 2) u WHERE t.a IS NULL',
      /^UPDATE\/MERGE must match at most one source row/,
    ],
    ['SELECT rowid FROM d.t', /Unrecognized name: rowid/],
    ['SELECT a FROM d.t WHERE a = b', /No matching signature for operator = for argument types: INT64, STRING/],
  ] as const)
    it(`refuses ${statement}`, async () => {
      await local.table([
        ...['a:INT64', 'b:STRING', 'n:NUMERIC', 'd:DATE'].map(column => {
          const [name, type] = column.split(':')
          return {name, type}
        }),
        {name: 's', type: 'STRING', maxLength: '3'},
        {name: 'l', type: 'INT64', mode: 'REPEATED'},
      ])
      await local.rows('INSERT INTO d.t (b) VALUES ("x")')
      const error = await failure(local.rows(statement))
      expect(error.code).to.equal(400)
      expect(error.message).to.match(message)
    })

  it('takes literals for dates and NUMERIC, keeps all digits, and replaces a field of a RECORD', async () => {
    await local.rows('CREATE TABLE d.t (n NUMERIC, d DATE, ts TIMESTAMP, s STRUCT<a INT64, b STRING>, l ARRAY<INT64>)')
    await local.rows(
      `INSERT INTO d.t VALUES (NUMERIC '1.123456789', '2024-01-02', '2024-01-02 03:04:05+02', (1, 'x'), NULL)`,
    )
    await local.rows("UPDATE d.t SET s.b = 'y', n = n + 1 WHERE true")
    const query =
      'SELECT CAST(n AS STRING) AS n, CAST(d AS STRING) AS d, STRING(ts) AS ts, s, ARRAY_LENGTH(l) AS l FROM d.t'
    expect(await local.rows(query)).to.deep.equal([
      {n: '2.123456789', d: '2024-01-02', ts: '2024-01-02 01:04:05+00', s: {a: 1, b: 'y'}, l: 0},
    ])
  })

  it('takes a MERGE with an array of records, INSERT ROW, and columns qualified by the table', async () => {
    await local.rows('CREATE TABLE d.T (id STRING NOT NULL, n INT64)')
    const merge = (n: number) => `MERGE d.T USING UNNEST([struct<id STRING, n INTEGER> ('a', ${n})]) s ON T.id = s.id
      WHEN NOT MATCHED THEN INSERT ROW WHEN MATCHED THEN UPDATE SET T.n = s.n;`
    for (const n of [10, 11]) await local.rows(merge(n))
    expect(await local.rows('SELECT * FROM d.T')).to.deep.equal([{id: 'a', n: 11}])
    await local.rows("UPDATE `d.T` SET n = 7 FROM (SELECT 'a' AS xId) AS xs WHERE id = xs.xId")
    expect(await local.rows('SELECT * FROM d.T')).to.deep.equal([{id: 'a', n: 7}])
  })

  it('takes a MERGE whose conditions tell the source rows apart', async () => {
    await local.table('id:INTEGER,v:STRING')
    await local.rows("INSERT INTO d.t VALUES (1, 'old')")
    await local.rows(`MERGE d.t USING (SELECT 1 AS id, 'a' AS v UNION ALL SELECT 1, 'b') s ON t.id = s.id
      WHEN MATCHED AND s.v = 'a' THEN UPDATE SET v = s.v`)
    expect(await local.rows('SELECT v FROM d.t')).to.deep.equal([{v: 'a'}])
  })

  it('makes a dataset by CREATE SCHEMA', async () => {
    await local.rows('CREATE SCHEMA shop')
    await local.rows('CREATE SCHEMA IF NOT EXISTS `local-project.shop`;')
    await local.rows('CREATE TABLE shop.t AS SELECT 1 AS a')
    expect(await local.rows('SELECT * FROM shop.t')).to.deep.equal([{a: 1}])
    expect((await failure(local.rows('CREATE SCHEMA shop'))).code).to.equal(409)
    expect((await failure(local.rows('CREATE SCHEMA `a-b`'))).message).to.match(/Invalid dataset ID "a-b"/)
    expect((await failure(local.rows('CREATE SCHEMA x OPTIONS (location = "EU")'))).message).to.match(
      /OPTIONS in CREATE SCHEMA \(use datasets\.insert instead\) is not supported/,
    )
  })
  it('makes a table by CREATE TABLE that is the same as one made through the API', async () => {
    await local.rows(
      'CREATE TABLE d.t (id INT64 NOT NULL, n NUMERIC, tags ARRAY<STRING>, s STRUCT<a STRING(5), b ARRAY<INT64>>)',
    )
    const [metadata] = await local.bigquery.dataset('d').table('t').getMetadata()
    expect(metadata.schema.fields).to.deep.equal([
      {name: 'id', type: 'INTEGER', mode: 'REQUIRED'},
      {name: 'n', type: 'NUMERIC', mode: 'NULLABLE'},
      {name: 'tags', type: 'STRING', mode: 'REPEATED'},
      {
        name: 's',
        type: 'RECORD',
        mode: 'NULLABLE',
        fields: [
          {name: 'a', type: 'STRING', mode: 'NULLABLE', maxLength: '5'},
          {name: 'b', type: 'INTEGER', mode: 'REPEATED'},
        ],
      },
    ])
  })

  it('makes a table from a query, which insertAll can then write to', async () => {
    await local.rows('CREATE TABLE d.t AS SELECT * FROM range(3) r(n)')
    await local.bigquery.dataset('d').table('t').insert({n: 3})
    expect(await local.rows('SELECT count(*) AS n FROM d.t')).to.deep.equal([{n: 4}])
  })

  it('keeps an existing table with IF NOT EXISTS, refuses it without, replaces it with OR REPLACE', async () => {
    await local.rows('CREATE TABLE d.t AS SELECT 1 AS a')
    await local.rows('CREATE TABLE IF NOT EXISTS d.t AS SELECT 2 AS a')
    expect((await failure(local.rows('CREATE TABLE d.t (a INT64)'))).code).to.equal(409)
    expect(await local.rows('SELECT a FROM d.t')).to.deep.equal([{a: 1}])
    await local.rows("CREATE OR REPLACE TABLE d.t AS SELECT 'x' AS b")
    expect(await local.rows('SELECT * FROM d.t')).to.deep.equal([{b: 'x'}])
  })

  it('drops a table, and with IF EXISTS none', async () => {
    await local.table('a:INTEGER')
    await local.rows('DROP TABLE d.t')
    await local.rows('DROP TABLE IF EXISTS d.t')
    expect((await failure(local.rows('DROP TABLE d.t'))).code).to.equal(404)
    expect((await local.bigquery.dataset('d').table('t').exists())[0]).to.equal(false)
  })

  for (const clause of ['PARTITION BY a', 'CLUSTER BY a', 'OPTIONS (description = 1)'])
    it(`refuses ${clause} in CREATE TABLE`, async () => {
      const error = await failure(local.rows(`CREATE TABLE d.t (a INT64) ${clause}`))
      expect(error.message).to.match(/in CREATE TABLE \(use tables\.insert instead\) is not supported/)
    })
})
