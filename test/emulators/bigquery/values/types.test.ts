import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {rowFailures, useBigQuery} from '../fixture.ts'

/** Type, what goes in, and the cell that comes out. */
const CELLS: [type: string, json: unknown, cell: unknown][] = [
  ['INTEGER', 42, '42'],
  ['INTEGER', '-9223372036854775808', '-9223372036854775808'],
  ['INTEGER', '9223372036854775807', '9223372036854775807'],
  ['INTEGER', 3.0, '3'],
  ['FLOAT', 1.5, '1.5'],
  ['FLOAT', 2, '2.0'],
  ['FLOAT', '1e300', '1e+300'],
  ['FLOAT', 'NaN', 'NaN'],
  ['FLOAT', 'Infinity', 'Infinity'],
  ['FLOAT', '-inf', '-Infinity'],
  ['BOOLEAN', true, 'true'],
  ['BOOLEAN', 'False', 'false'],
  ['STRING', 'äöü \u{1F600} "\'`\n', 'äöü \u{1F600} "\'`\n'],
  ['STRING', '', ''],
  ['STRING', 12.5, '12.5'],
  ['BYTES', 'AAECAw==', 'AAECAw=='],
  ['BYTES', '', ''],
  ['DATE', '2024-1-2', '2024-01-02'],
  ['DATE', '0001-01-01', '0001-01-01'],
  ['DATE', '9999-12-31', '9999-12-31'],
  ['TIME', '3:04:05', '03:04:05'],
  ['TIME', '23:59:59.999999', '23:59:59.999999'],
  ['DATETIME', '2024-01-02 03:04:05.5', '2024-01-02T03:04:05.500000'],
  ['DATETIME', '0001-01-01T00:00:00', '0001-01-01T00:00:00'],
  ['TIMESTAMP', '2024-01-02T03:04:05.678901Z', '1704164645678901'],
  ['TIMESTAMP', '2024-01-02T03:04:05.678901000Z', '1704164645678901'],
  ['TIMESTAMP', '2024-01-02 03:04:05 UTC', '1704164645000000'],
  ['TIMESTAMP', '2024-01-02 03:04', '1704164640000000'],
  ['TIMESTAMP', '2024-01-02T03:04:05+02:00', '1704157445000000'],
  ['TIMESTAMP', '2024-07-02 03:04:05 Europe/Berlin', '1719882245000000'],
  ['TIMESTAMP', 1704164645.5, '1704164645500000'],
  ['TIMESTAMP', '1704164645', '1704164645000000'],
  ['TIMESTAMP', '1960-01-01T00:00:00.000001Z', '-315619199999999'],
  ['TIMESTAMP', '0001-01-01T00:00:00Z', '-62135596800000000'],
  ['TIMESTAMP', '9999-12-31T23:59:59.999999Z', '253402300799999999'],
  ['NUMERIC', '99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
  ['NUMERIC', '-0.000000001', '-0.000000001'],
  ['NUMERIC', '1.50', '1.5'],
  ['NUMERIC', 0.1, '0.1'],
  ['NUMERIC', '1e3', '1000'],
  ['BIGNUMERIC', '12345678901234567890.12345678901234568', '12345678901234567890.12345678901234568'],
  ['JSON', '{"b": 1, "a": [1.10]}', '{"b": 1, "a": [1.10]}'],
  ['JSON', 'null', 'null'],
  ['GEOGRAPHY', 'POINT(1 2)', 'POINT(1 2)'],
  ['INTERVAL', '1-2 -3 4:5:6.7', '1-2 -3 4:5:6.700000'],
]

describe('local BigQuery: types', () => {
  const local = useBigQuery()

  for (const [type, json, cell] of CELLS)
    it(`${type} takes ${JSON.stringify(json)} and gives ${JSON.stringify(cell)}, in a column and in a list`, async () => {
      const fields = [
        {name: 'x', type},
        {name: 'l', type, mode: 'REPEATED'},
      ]
      const table = await local.table(fields)
      expect(await rowFailures(table, [{json: {x: json, l: [json, json]}}])).to.deep.equal([])
      const [rows] = await table.getRows({skipParsing: true})
      expect(rows).to.deep.equal([{f: [{v: cell}, {v: [{v: cell}, {v: cell}]}]}])
      const [queried] = await local.bigquery.query({query: 'SELECT x, l FROM d.t'}, {skipParsing: true})
      expect(queried).to.deep.equal(rows)
    })

  for (const type of [...new Set(CELLS.map(([name]) => name))])
    it(`a query says that a ${type} column is one`, async () => {
      await local.table([{name: 'x', type}])
      const [, , reply] = await local.bigquery.query('SELECT x FROM d.t')
      expect(reply?.schema?.fields).to.deep.equal([{name: 'x', type, mode: 'NULLABLE'}])
    })

  it('stores an integer of a JSON number beyond 2^53 exactly', async () => {
    await local.table('n:INTEGER,s:STRING,f:FLOAT')
    const url = `${local.cloud.url}/projects/local-project/datasets/d/tables/t/insertAll`
    const body = '{"rows":[{"json":{"n":9007199254740993,"s":"9007199254740993 \\" 1","f":0.1234567890123456}}]}'
    const reply = await fetch(url, {method: 'POST', headers: {'content-type': 'application/json'}, body})
    expect(await reply.json()).to.not.have.property('insertErrors')
    expect(await local.rows('SELECT CAST(n AS VARCHAR) AS n, s, f FROM d.t')).to.deep.equal([
      {n: '9007199254740993', s: '9007199254740993 " 1', f: 0.1234567890123456},
    ])
  })

  it('gives TIMESTAMP as seconds, microseconds or ISO text, as the request asks', async () => {
    const table = await local.table('x:TIMESTAMP')
    await table.insert({x: '1960-01-01T00:00:00.000001Z'})
    const url = `${local.cloud.url}/projects/local-project/datasets/d/tables/t/data`
    const cell = async (search: string) =>
      ((await (await fetch(url + search)).json()) as {rows: {f: {v: unknown}[]}[]}).rows[0]?.f[0]?.v
    expect(await cell('')).to.equal('-315619199.999999')
    expect(await cell('?formatOptions.useInt64Timestamp=true')).to.equal('-315619199999999')
    expect(await cell('?formatOptions.timestampOutputFormat=ISO8601_STRING')).to.equal('1960-01-01T00:00:00.000001Z')
  })

  it('gives an empty list for a REPEATED field that was left out', async () => {
    const table = await local.table([
      {name: 'l', type: 'STRING', mode: 'REPEATED'},
      {name: 'n', type: 'INT64'},
    ])
    await table.insert({n: 1})
    expect((await table.getRows())[0]).to.deep.equal([{l: [], n: 1}])
    expect(await local.rows('SELECT len(l) AS n FROM d.t')).to.deep.equal([{n: 0}])
  })

  it('round-trips RECORDs in RECORDs, repeated and null ones', async () => {
    const inner = [
      {name: 'v', type: 'NUMERIC'},
      {name: 'tags', type: 'STRING', mode: 'REPEATED'},
    ]
    const table = await local.table([
      {name: 'one', type: 'RECORD', fields: [{name: 'many', type: 'RECORD', mode: 'REPEATED', fields: inner}]},
    ])
    const rows = [
      {
        one: {
          many: [
            {v: '1.5', tags: ['a', 'b']},
            {v: null, tags: []},
          ],
        },
      },
      {one: null},
      {one: {many: []}},
    ]
    for (const row of rows) await table.insert(row)
    const [read] = await table.getRows()
    expect(JSON.parse(JSON.stringify(read))).to.deep.equal(rows)
  })

  it("takes and gives the official client's own values", async () => {
    const row = {
      date: BigQuery.date('2024-01-02'),
      time: BigQuery.time('03:04:05.678901'),
      datetime: BigQuery.datetime('2024-01-02T03:04:05.678901'),
      timestamp: BigQuery.timestamp('2024-01-02T03:04:05.678901Z'),
      geography: BigQuery.geography('POINT(1 2)'),
      bytes: Buffer.from('abc'),
    }
    const table = await local.table(Object.keys(row).map(name => ({name, type: name.toUpperCase()})))
    await table.insert(row)
    expect((await table.getRows())[0]).to.deep.equal([row])
  })
})
