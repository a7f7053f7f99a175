import {expect} from 'chai'
import {failure, insertRaw, rowFailures, useBigQuery} from '../fixture.ts'

const MB = 1_000_000

describe('local BigQuery: insertAll', () => {
  const local = useBigQuery()
  const count = async (table = 't') => Number((await local.rows(`SELECT count(*) AS n FROM d.${table}`))[0]?.n)

  /** Sends a body as it is. */
  async function post(body: string): Promise<{status: number; type: string | null; text: string}> {
    const url = `${local.cloud.url}/projects/local-project/datasets/d/tables/t/insertAll`
    const response = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body})
    return {status: response.status, type: response.headers.get('content-type'), text: await response.text()}
  }
  const rowOf = (bytes: number) => `{"json":{"a":"${'x'.repeat(bytes)}"}}`

  it('stores rows that a query then finds', async () => {
    const table = await local.table('a:STRING,n:INTEGER')
    await table.insert([{a: 'x', n: 1}, {a: 'y'}])
    expect(await local.rows('SELECT * FROM d.t ORDER BY a')).to.deep.equal([
      {a: 'x', n: 1},
      {a: 'y', n: null},
    ])
  })

  it('stores 50,000 rows of one request', async () => {
    const table = await local.table('n:INTEGER')
    await insertRaw(
      table,
      Array.from({length: 50_000}, (_, n) => ({n})),
    )
    expect(await local.rows('SELECT count(*) AS rows, sum(n) AS sum FROM d.t')).to.deep.equal([
      {rows: 50_000, sum: 1_249_975_000},
    ])
  })

  it('refuses 50,001 rows with 400', async () => {
    const table = await local.table('n:INTEGER')
    const error = await failure(
      insertRaw(
        table,
        Array.from({length: 50_001}, (_, n) => ({n})),
      ),
    )
    expect(error).to.include({
      code: 400,
      message: 'Too many rows present in the request, limit: 50000 row count: 50001.',
    })
  })

  it('refuses a request without rows with 400', async () => {
    await local.table('a:STRING')
    expect(await post('{"rows":[]}')).to.include({status: 400})
    expect((await post('{}')).text).to.include('No rows present in the request.')
  })

  it('refuses malformed JSON with 400 parseError', async () => {
    await local.table('a:STRING')
    expect((await post('{"rows":[')).text).to.include('"parseError"')
  })

  it('refuses more than 10,485,760 bytes with 400', async () => {
    await local.table('a:STRING')
    const reply = await post(`{"rows":[${rowOf(5.3 * MB)},${rowOf(5.3 * MB)}]}`)
    expect(reply.status).to.equal(400)
    expect(reply.text).to.include('Request payload size exceeds the limit: 10485760 bytes.')
  })

  it('refuses more than 20 MiB with 413 in HTML, as the front end of Google does', async () => {
    await local.table('a:STRING')
    const reply = await post(`{"rows":[${rowOf(21 * 2 ** 20)}]}`)
    expect(reply.status).to.equal(413)
    expect(reply.type).to.match(/^text\/html/)
  })

  it('refuses a row of more than 10 MB by itself', async () => {
    const table = await local.table('a:STRING')
    const rows = [{a: 'x'.repeat(10 * MB)}, {a: 'y'}]
    expect(await insertRaw(table, rows, {skipInvalidRows: true})).to.deep.equal({
      0: 'Maximum allowed row size exceeded. Allowed: 10000000 Row size: 10000008',
    })
    expect(await count()).to.equal(1)
  })

  it('refuses an insertId of 129 characters with 400 and takes one of 128', async () => {
    const table = await local.table('a:STRING')
    expect(await rowFailures(table, [{insertId: 'x'.repeat(128), json: {a: 'x'}}])).to.deep.equal([])
    const error = await failure(rowFailures(table, [{insertId: 'x'.repeat(129), json: {a: 'x'}}]))
    expect(error.message).to.equal('The insertId of row 0 has 129 characters; the limit is 128.')
  })

  it('says 404 notFound for a table that is not there', async () => {
    const error = await failure(local.bigquery.dataset('d').table('t').insert({a: 1}))
    expect(error).to.include({code: 404, message: 'Not found: Table local-project:d.t'})
    expect(error.errors[0]?.reason).to.equal('notFound')
  })

  it('refuses rows for a table without a schema', async () => {
    const [table] = await local.bigquery.dataset('d').createTable('t', {})
    expect((await failure(insertRaw(table, [{a: 1}]))).message).to.match(/The destination table has no schema/)
  })

  it('lands nothing when one row is bad, and calls the good ones stopped', async () => {
    const table = await local.table('a:INTEGER')
    const errors = await rowFailures(table, [{json: {a: 1}}, {json: {x: 1}}, {json: {a: 3}}])
    const stopped = [{reason: 'stopped', location: '', debugInfo: '', message: ''}]
    expect(errors).to.deep.equal([
      {index: 1, errors: [{reason: 'invalid', location: 'x', debugInfo: '', message: 'no such field: x.'}]},
      {index: 0, errors: stopped},
      {index: 2, errors: stopped},
    ])
    expect(await count()).to.equal(0)
  })

  it('lands the good rows with skipInvalidRows', async () => {
    const table = await local.table('a:INTEGER')
    const rows = Array.from({length: 500}, (_, a) => (a === 250 ? {a: 'bad'} : {a}))
    expect(Object.keys(await insertRaw(table, rows, {skipInvalidRows: true}))).to.deep.equal(['250'])
    expect(await count()).to.equal(499)
  })

  it('leaves out unknown fields, nested ones too, with ignoreUnknownValues', async () => {
    const table = await local.table([{name: 's', type: 'RECORD', fields: [{name: 'a', type: 'INT64'}]}])
    expect(await insertRaw(table, [{s: {a: 1, b: 2}, x: 3}], {ignoreUnknownValues: true})).to.deep.equal({})
    expect(await local.rows('SELECT s FROM d.t')).to.deep.equal([{s: {a: 1}}])
  })

  it('finds columns in any case', async () => {
    const table = await local.table('Name:STRING')
    await table.insert({nAME: 'x'})
    expect(await local.rows('SELECT Name FROM d.t')).to.deep.equal([{Name: 'x'}])
  })

  it('stores a repeated insertId once within 60 s, and again after', async () => {
    const table = await local.table('a:STRING')
    const row = {insertId: 'same', json: {a: 'x'}}
    await rowFailures(table, [row])
    local.clock.advance(59_999)
    expect(await rowFailures(table, [row])).to.deep.equal([])
    expect(await count()).to.equal(1)
    local.clock.advance(1)
    await rowFailures(table, [row])
    expect(await count()).to.equal(2)
  })

  it('stores one of two rows with the same insertId in one request', async () => {
    const table = await local.table('a:INTEGER')
    await rowFailures(table, [
      {insertId: 'i', json: {a: 1}},
      {insertId: 'i', json: {a: 2}},
    ])
    expect(await local.rows('SELECT a FROM d.t')).to.deep.equal([{a: 1}])
  })

  it('does not remember the insertId of a row that did not land', async () => {
    const table = await local.table('a:INTEGER')
    await rowFailures(table, [
      {insertId: 'good', json: {a: 1}},
      {insertId: 'bad', json: {a: 'x'}},
    ])
    expect(
      await rowFailures(table, [
        {insertId: 'good', json: {a: 1}},
        {insertId: 'bad', json: {a: 2}},
      ]),
    ).to.deep.equal([])
    expect(await count()).to.equal(2)
  })

  it('stores rows without insertId every time', async () => {
    const table = await local.table('a:INTEGER')
    for (let i = 0; i < 2; i++) await table.insert([{a: 1}], {createInsertId: false})
    expect(await count()).to.equal(2)
  })

  it('keeps insertIds of two tables apart', async () => {
    for (const name of ['t', 'u']) {
      const table = await local.table('a:INTEGER', {name})
      await rowFailures(table, [{insertId: 'i', json: {a: 1}}])
      expect(await count(name)).to.equal(1)
    }
  })

  it('stores rows of parallel requests once each', async () => {
    const table = await local.table('n:INTEGER')
    const rows = Array.from({length: 100}, (_, n) => ({insertId: String(n), json: {n}}))
    await Promise.all(Array.from({length: 8}, () => rowFailures(table, rows)))
    expect(await local.rows('SELECT count(*) AS n, count(DISTINCT n) AS d FROM d.t')).to.deep.equal([{n: 100, d: 100}])
  })

  it('takes a column that was added between two requests', async () => {
    const table = await local.table('a:INTEGER')
    expect(await insertRaw(table, [{b: 1}])).to.deep.equal({0: 'no such field: b.'})
    await table.setMetadata({schema: 'a:INTEGER,b:INTEGER'})
    expect(await insertRaw(table, [{b: 1}])).to.deep.equal({})
  })

  it('makes a table from a template by its suffix', async () => {
    const table = await local.table('a:INTEGER', {name: 'base'})
    for (const a of [1, 2]) await rowFailures(table, [{json: {a}}], {templateSuffix: '_eu'})
    expect(await count('base_eu')).to.equal(2)
    expect(await count('base')).to.equal(0)
  })

  it('logs row count, insertIds and what became of the rows', async () => {
    const table = await local.table('a:INTEGER')
    const rows = [{insertId: 'p', json: {a: 1}}, {insertId: 'p', json: {a: 1}}, {json: {a: 'x'}}]
    await rowFailures(table, rows, {skipInvalidRows: true})
    const [entry] = local.cloud.log.of({call: 'tabledata.insertAll'})
    expect(entry?.notes).to.deep.equal({
      rows: 3,
      insertIds: ['p', 'p', undefined],
      stored: 1,
      duplicates: 1,
      refused: 1,
    })
  })
})
