import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../lib/emulators/index.ts'
import {ended, SHELL_COMMAND, shell, sluice, start} from './command.ts'
import {hasTerminal, terminal} from './terminal.ts'

const ROWS = "SELECT * FROM (VALUES (1, 'Ada', [1, 2]), (2, NULL, []), (3, 'a,\"b', [3])) t(id, name, list) ORDER BY id"

describe('sluice sql', function () {
  // each starts processes, on a machine that may be busy
  this.timeout(60_000)
  let cloud: LocalCloud
  before(async () => {
    cloud = await startLocalCloud()
    await new BigQuery(cloud.clientOptions.bigquery).createDataset('shop')
  })
  after(() => cloud.close())

  it('prints rows as a table, NULL and nested values too', async () => {
    const {code, out, err} = await sluice(['sql', ROWS], '', {...cloud.env})
    expect({code, err}).to.deep.equal({code: 0, err: ''})
    expect(out).to.equal(
      [
        '┌────┬──────┬───────┐',
        '│ id │ name │ list  │',
        '├────┼──────┼───────┤',
        '│ 1  │ Ada  │ [1,2] │',
        '├────┼──────┼───────┤',
        '│ 2  │ NULL │ []    │',
        '├────┼──────┼───────┤',
        '│ 3  │ a,"b │ [3]   │',
        '└────┴──────┴───────┘\n',
      ].join('\n'),
    )
  })

  it('prints rows as CSV and as JSON lines', async () => {
    const csv = await sluice(['sql', ROWS, '--format', 'csv'], '', {...cloud.env})
    expect(csv.out).to.equal('id,name,list\n1,Ada,"[1,2]"\n2,,[]\n3,"a,""b",[3]\n')
    const jsonl = await sluice(['sql', ROWS, '--format', 'jsonl'], '', {...cloud.env})
    expect(jsonl.out).to.equal(
      '{"id":1,"name":"Ada","list":[1,2]}\n{"id":2,"name":null,"list":[]}\n{"id":3,"name":"a,\\"b","list":[3]}\n',
    )
  })

  it('prints columns in the order of the query and by their names, whatever these are', async () => {
    const query = 'SELECT 1 AS `2024`, 2 AS a, 3 AS `2023`, 4 AS `constructor`, 5 AS `value`'
    const print = async (format: string) => (await sluice(['sql', query, '--format', format], '', {...cloud.env})).out
    expect(await print('csv')).to.equal('2024,a,2023,constructor,value\n1,2,3,4,5\n')
    expect((await print('table')).split('\n')[1]).to.equal('│ 2024 │ a │ 2023 │ constructor │ value │')
    expect(JSON.parse(await print('jsonl'))).to.deep.equal({2024: 1, a: 2, 2023: 3, constructor: 4, value: 5})
  })

  it('prints all digits, without an exponent', async () => {
    const query =
      "SELECT NUMERIC '-0.000000001' AS a, BIGNUMERIC '12345678901234567890' AS b, 9007199254740993 AS c, [NUMERIC '0.0000001'] AS d"
    const {out} = await sluice(['sql', query, '--format', 'csv'], '', {...cloud.env})
    expect(out).to.equal('a,b,c,d\n-0.000000001,12345678901234567890,9007199254740993,"[""0.0000001""]"\n')
  })

  it('prints the header of CSV without rows too', async () => {
    const query = 'SELECT 1 AS `2024`, 2 AS `1999` FROM UNNEST([1]) WHERE false'
    const {code, out} = await sluice(['sql', query, '--format', 'csv'], '', {...cloud.env})
    expect({code, out}).to.deep.equal({code: 0, out: '2024,1999\n'})
  })

  it('says that there are no rows, on standard error', async () => {
    const query = 'SELECT 1 AS n WHERE false'
    expect(await sluice(['sql', query], '', {...cloud.env})).to.deep.equal({code: 0, out: '', err: 'no rows\n'})
  })

  it('reads the query from standard input for -, with parameters', async () => {
    const query = 'SELECT @n + 1 AS n, @name AS name'
    const args = ['sql', '-', '--format', 'jsonl', '--param', 'n=41', '--param', 'name=Ada Lovelace']
    const {code, out} = await sluice(args, query, {...cloud.env})
    expect({code, out}).to.deep.equal({code: 0, out: '{"n":42,"name":"Ada Lovelace"}\n'})
  })

  it('takes integers of 64 bits as parameters exactly, and refuses a number that would be rounded', async () => {
    const args = ['sql', 'SELECT @n AS n', '--format', 'jsonl', '--param']
    const {code, out} = await sluice([...args, 'n=9007199254740993'], '', {...cloud.env})
    expect({code, out}).to.deep.equal({code: 0, out: '{"n":9007199254740993}\n'})
    const refused = await sluice([...args, 'n=123456789012345.67891'], '', {...cloud.env})
    expect(refused).to.include({code: 2, out: ''})
    expect(refused.err).to.contain('--param n: 123456789012345.67891 has more digits than a FLOAT64 holds')
  })

  it('exits with 1 and says what BigQuery says of a wrong query', async () => {
    const {code, out, err} = await sluice(['sql', 'SELECT nothing FROM shop.none'], '', {...cloud.env})
    expect({code, out}).to.deep.equal({code: 1, out: ''})
    expect(err).to.match(/^sluice: the query failed: .*shop.none/)
  })

  it('ends quietly, with 141, when its reader goes away', async () => {
    const variables = Object.entries(cloud.env).map(([name, value]) => `${name}='${value}'`)
    const query = 'SELECT * FROM range(100000) t(n)'
    const line = `export ${variables.join(' ')}; sluice sql '${query}' --format jsonl | head -1; echo "\${PIPESTATUS[0]}"`
    expect(await shell(line)).to.include({out: '{"n":0}\n141\n', err: ''})
  })

  it('shows the same on a terminal', async function () {
    if (!hasTerminal) this.skip()
    const variables = Object.entries(cloud.env).map(([name, value]) => `${name}='${value}'`)
    const {code, shown} = await terminal(`export ${variables.join(' ')}; ${SHELL_COMMAND} sql 'SELECT 1 AS n'`)
    expect({code, shown}).to.deep.equal({code: 0, shown: '┌───┐\r\n│ n │\r\n├───┤\r\n│ 1 │\r\n└───┘\r\n'})
  })

  it('asks the local cloud of a folder with --local', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const kept = await startLocalCloud({dir, services: ['bigquery']})
    await new BigQuery(kept.clientOptions.bigquery).createDataset('shop')
    await new BigQuery(kept.clientOptions.bigquery).query("CREATE TABLE shop.orders AS SELECT 'a' AS id")
    await kept.close()
    const {code, out} = await sluice(['sql', 'SELECT * FROM shop.orders', '--local', dir, '--format', 'csv'])
    expect({code, out}).to.deep.equal({code: 0, out: 'id\na\n'})
    await rm(dir, {recursive: true})
  })

  for (const [args, message] of [
    [['sql'], "missing required argument 'query'"],
    [['sql', ' '], 'there is no query'],
    [['sql', 'SELECT 1', '--param', 'x'], "--param has 'x'; give name=value"],
    [['sql', 'SELECT 1', '--format', 'xml'], 'Allowed choices are table, csv, jsonl'],
  ] as const)
    it(`exits with 2 for: ${args.join(' ')}`, async () => {
      const child = start(args)
      const {code, out, err} = await ended(child)
      expect({code, out}).to.deep.equal({code: 2, out: ''})
      expect(err).to.include(message)
    })
})
