import {expect} from 'chai'
import {failure, useBigQuery} from '../fixture.ts'

const NESTED = [
  {name: 'id', type: 'INT64', mode: 'REQUIRED', description: 'the key'},
  {name: 'tags', type: 'STRING', mode: 'REPEATED'},
  {name: 'who', type: 'STRUCT', fields: [{name: 'name', type: 'STRING'}]},
]

describe('local BigQuery: tables', () => {
  const local = useBigQuery()

  it('gives back a schema with the names that the REST API uses, and the modes that it was given', async () => {
    const [metadata] = await (await local.table(NESTED)).getMetadata()
    expect(metadata.schema.fields).to.deep.equal([
      {name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'the key'},
      {name: 'tags', type: 'STRING', mode: 'REPEATED'},
      {name: 'who', type: 'RECORD', fields: [{name: 'name', type: 'STRING'}]},
    ])
    expect(metadata).to.include({id: 'local-project:d.t', type: 'TABLE', numRows: '0', numBytes: '0', location: 'US'})
  })

  it('keeps partitioning, clustering, labels and expiration', async () => {
    const given = {
      timePartitioning: {type: 'DAY', field: 'day', expirationMs: '1000'},
      clustering: {fields: ['a']},
      labels: {x: 'y'},
      expirationTime: '4102444800000',
    }
    const table = await local.table('day:DATE,a:STRING', given)
    const [metadata] = await table.getMetadata()
    for (const [key, value] of Object.entries(given)) expect(metadata[key]).to.deep.equal(value)
  })

  it('keeps integer-range partitioning', async () => {
    const rangePartitioning = {field: 'n', range: {start: '0', end: '100', interval: '10'}}
    const [metadata] = await (await local.table('n:INTEGER', {rangePartitioning})).getMetadata()
    expect(metadata.rangePartitioning).to.deep.equal(rangePartitioning)
  })

  for (const [what, fields, options, message] of [
    ['an unknown type', [{name: 'a', type: 'INTEGR'}], {}, /INTEGR is not a valid value/],
    ['a RECORD without fields', [{name: 'a', type: 'RECORD'}], {}, /type RECORD but has no schema/],
    ['a name given twice, whatever its case', 'a:STRING,A:STRING', {}, /already exists in schema/],
    ['a reserved name', '_PARTITIONTIME:TIMESTAMP', {}, /Invalid field name/],
    [
      'a default value expression',
      [{name: 'a', type: 'INT64', defaultValueExpression: '1'}],
      {},
      /local emulator: default/,
    ],
    [
      'partitioning by a column that is not there',
      'a:STRING',
      {timePartitioning: {type: 'DAY', field: 'b'}},
      /cannot be found/,
    ],
    ['partitioning by a STRING', 'a:STRING', {timePartitioning: {type: 'DAY', field: 'a'}}, /must be of type DATE/],
    ['clustering by five columns', 'a:STRING', {clustering: {fields: ['a', 'a', 'a', 'a', 'a']}}, /one to four/],
    ['a view', 'a:STRING', {view: 'SELECT 1'}, /local emulator: a table with view is not supported/],
  ] as [string, object[] | string, Record<string, unknown>, RegExp][])
    it(`refuses ${what}`, async () => {
      const error = await failure(local.table(fields, options))
      expect(error.code).to.equal(400)
      expect(error.message).to.match(message)
    })

  it('says which is missing: the dataset or the table', async () => {
    const dataset = await failure(local.bigquery.dataset('nope').table('t').getMetadata())
    expect(dataset).to.include({code: 404, message: 'Not found: Dataset local-project:nope'})
    const table = await failure(local.bigquery.dataset('d').table('t').getMetadata())
    expect(table).to.include({code: 404, message: 'Not found: Table local-project:d.t'})
  })

  it('refuses a second table of the same name with 409, but not one of another case', async () => {
    await local.table('a:STRING')
    await local.table('a:STRING', {name: 'T'})
    expect(await failure(local.table('a:STRING'))).to.include({
      code: 409,
      message: 'Already Exists: Table local-project:d.t',
    })
  })

  it('lists tables in the order of their names, page by page', async () => {
    for (const name of ['c', 'a', 'b']) await local.table('x:STRING', {name})
    const [first, next] = await local.bigquery.dataset('d').getTables({maxResults: 2, autoPaginate: false})
    const [rest] = await local.bigquery.dataset('d').getTables({...next, autoPaginate: false})
    expect([...first, ...rest].map(table => table.id)).to.deep.equal(['a', 'b', 'c'])
  })

  it('counts rows', async () => {
    const table = await local.table('a:STRING')
    await table.insert([{a: 'x'}, {a: 'y'}])
    expect((await table.getMetadata())[0].numRows).to.equal('2')
  })

  it('adds a column that rows then can have', async () => {
    const table = await local.table('a:STRING')
    await table.insert({a: 'x'})
    await table.setMetadata({schema: 'a:STRING,b:INTEGER'})
    await table.insert({a: 'y', b: 2})
    expect(await local.rows('SELECT * FROM d.t ORDER BY a')).to.deep.equal([
      {a: 'x', b: null},
      {a: 'y', b: 2},
    ])
  })

  it('adds a field inside of a repeated RECORD and keeps the rows', async () => {
    const list = (fields: object[]) => [{name: 'l', type: 'RECORD', mode: 'REPEATED', fields}]
    const table = await local.table(list([{name: 'a', type: 'INT64'}]))
    await table.insert({l: [{a: 1}]})
    await table.setMetadata({
      schema: {
        fields: list([
          {name: 'a', type: 'INT64'},
          {name: 'b', type: 'STRING'},
        ]),
      },
    })
    await table.insert({l: [{a: 2, b: 'x'}]})
    expect(await local.rows('SELECT l FROM d.t')).to.deep.equal([{l: [{a: 1, b: null}]}, {l: [{a: 2, b: 'x'}]}])
  })

  it('makes a REQUIRED column NULLABLE', async () => {
    const table = await local.table([{name: 'a', type: 'STRING', mode: 'REQUIRED'}])
    await table.setMetadata({schema: 'a:STRING'})
    await table.insert({a: null})
    expect(await local.rows('SELECT a FROM d.t')).to.deep.equal([{a: null}])
  })

  for (const [what, schema] of [
    ['drops a column', 'a:STRING'],
    ['changes a type', 'a:STRING,b:FLOAT'],
    [
      'adds a REQUIRED column',
      [
        {name: 'a', type: 'STRING'},
        {name: 'b', type: 'INT64'},
        {name: 'c', type: 'INT64', mode: 'REQUIRED'},
      ],
    ],
    [
      'makes a column REQUIRED',
      [
        {name: 'a', type: 'STRING', mode: 'REQUIRED'},
        {name: 'b', type: 'INT64'},
      ],
    ],
  ] as [string, string | object[]][])
    it(`refuses a new schema that ${what}`, async () => {
      const table = await local.table('a:STRING,b:INTEGER')
      const error = await failure(table.setMetadata({schema}))
      expect(error.message).to.match(/^Provided Schema does not match Table local-project:d\.t\./)
    })

  it('refuses a change with the etag of an older state: 412 conditionNotMet', async () => {
    const table = await local.table('a:STRING')
    const [{etag}] = await table.getMetadata()
    await table.setMetadata({description: 'one'})
    const error = await failure(table.setMetadata({etag, description: 'two'}))
    expect(error.code).to.equal(412)
    expect((await table.getMetadata())[0].description).to.equal('one')
  })

  it('forgets rows and seen insertIds of a table that is deleted and made again', async () => {
    const table = await local.table('a:STRING')
    await table.insert([{insertId: '1', json: {a: 'x'}}], {raw: true})
    await table.delete()
    await local.table('a:STRING')
    await table.insert([{insertId: '1', json: {a: 'y'}}], {raw: true})
    expect(await local.rows('SELECT a FROM d.t')).to.deep.equal([{a: 'y'}])
  })

  it('counts bytes as BigQuery does: 8 a number, 2 and the text for a string, 0 for NULL', async () => {
    const fields = [
      {name: 'i', type: 'INT64'},
      {name: 's', type: 'STRING'},
      {name: 'n', type: 'NUMERIC'},
      {name: 'l', type: 'INT64', mode: 'REPEATED'},
      {name: 'r', type: 'RECORD', fields: [{name: 'b', type: 'BOOL'}]},
    ]
    const table = await local.table(fields)
    await table.insert([{i: 1, s: 'é', n: '1.5', l: [1, 2], r: {b: true}}, {}])
    const bytes = async () => (await table.getMetadata())[0].numBytes
    expect(await bytes()).to.equal(String(8 + 4 + 16 + 16 + 1))
    await local.rows('DELETE FROM d.t WHERE i = 1')
    expect(await bytes()).to.equal('0')
  })
})
