import {pipeline} from 'node:stream/promises'
import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {systemClock} from '../../../lib/core/index.ts'
import type {BigQueryWriteOptions} from '../../../lib/io/bigquery/index.ts'
import {queryRows} from '../../../lib/io/bigquery/index.ts'
import {connectBigQuery} from '../../../lib/io/bigquery/service/bigquery-client.ts'
import {checkTable} from '../../../lib/io/bigquery/tables/check-table.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failure} from '../../batching/manual-clock.ts'
import {BAD_JSON, type Falsify, Impostor, LOGIN_PAGE, REDIRECTS, send, sendPage} from '../../support/impostor.ts'
import {LocalBigQuery, type Row, rows} from './local-bigquery.ts'

describe('an answer that is not that of BigQuery', () => {
  const local = new LocalBigQuery()
  let impostor: Impostor
  let client: BigQuery
  before(async () => {
    impostor = await Impostor.start(local.cloud.env['BIGQUERY_EMULATOR_HOST']!)
    client = new BigQuery({...local.cloud.clientOptions.bigquery, apiEndpoint: impostor.url})
  })
  beforeEach(() => impostor.honest())
  after(() => impostor.close())

  const sink = (options: Partial<BigQueryWriteOptions<Row>> = {}) => local.sink<Row>({client, ...options})
  /** Writes three rows; how many are in the table then. */
  const write = async (options: Partial<BigQueryWriteOptions<Row>> = {}) => {
    await pipeline(create(rows(3)), sink(options))
    return local.count()
  }
  const changed =
    (change: (answer: Record<string, unknown>) => object): Falsify =>
    async (response, real, asked) => {
      const {status, body} = await real()
      const answer = JSON.parse(String(body))
      await send(JSON.stringify({...answer, ...change(answer)}), 'application/json', status)(response, real, asked)
    }
  const is = (method: string, path: RegExp) => (given: string, url: string) => given === method && path.test(url)

  const calls: Record<string, {matches: ReturnType<typeof is>; made: boolean}> = {
    'tables.get': {matches: is('GET', /\/tables\/t\d+\?/), made: true},
    'tables.insert': {matches: is('POST', /\/tables\?/), made: false},
    'tabledata.insertAll': {matches: is('POST', /insertAll/), made: true},
  }
  for (const [named, {matches, made}] of Object.entries(calls)) {
    for (const [what, answer] of [...BAD_JSON, ...REDIRECTS])
      it(`${named}: ${what} is asked for again, and every row is once in the table`, async () => {
        if (made) await local.create()
        impostor.falsify(LOGIN_PAGE.matches, LOGIN_PAGE.answer)
        impostor.falsify(matches, answer, 1)
        expect(await write()).to.equal(3)
        expect(impostor.falsified).to.have.length(1)
      })
    it(`${named}: answers that stay wrong are an error that shows what came, and why it may be`, async () => {
      if (made) await local.create()
      impostor.falsify(matches, sendPage)
      const error = await failure(write({retryFor: '1m'}))
      expect(error).to.include({code: 'ERR_SLUICE_BIGQUERY'})
      for (const part of [`BigQuery ${named}`, 'HTTP 200', 'text/html', 'Sign in to the network', 'captive portal'])
        expect(error.message).to.include(part)
    })
    it(`${named}: a page that refuses is not taken for a permission that is missing`, async () => {
      if (made) await local.create()
      impostor.falsify(matches, send('<html>Blocked by the proxy</html>', 'text/html', 403))
      const error = await failure(write())
      expect(error).to.include({code: 'ERR_SLUICE_BIGQUERY'})
      expect(error.message).to.include('Blocked by the proxy')
    })
  }

  it('tables.get: a page with 404 does not make a table', async () => {
    await local.create()
    impostor.falsify(calls['tables.get']!.matches, send('<html>Not here</html>', 'text/html', 404), 1)
    impostor.falsify(calls['tables.insert']!.matches, sendPage)
    expect(await write()).to.equal(3)
    expect(impostor.falsified).to.have.length(1)
  })

  const tables: [string, object][] = [
    ['another table', {tableReference: {projectId: 'local-project', datasetId: 'd', tableId: 'other'}}],
    ['a table of another dataset', {tableReference: {projectId: 'local-project', datasetId: 'x', tableId: 't1'}}],
    ['no table', {tableReference: undefined}],
    ['another kind', {kind: 'bigquery#dataset'}],
    ['a schema that is none', {schema: {fields: 'id'}}],
    ['a schema with fields that are none', {schema: {fields: [{name: 'id'}]}}],
  ]
  for (const [what, change] of tables)
    it(`tables.get: ${what} is asked for again`, async () => {
      await local.create()
      impostor.falsify(
        calls['tables.get']!.matches,
        changed(() => change),
        1,
      )
      expect(await write({schema: undefined} as never)).to.equal(3)
      expect(impostor.falsified).to.have.length(1)
    })

  const inserts: [string, object][] = [
    ['no kind', {kind: undefined}],
    ['another kind', {kind: 'bigquery#table'}],
    ['errors that are no array', {insertErrors: {}}],
    ['errors of a row that was not sent', {insertErrors: [{index: 3, errors: [{reason: 'invalid'}]}]}],
    ['errors of row -1', {insertErrors: [{index: -1, errors: []}]}],
    ['errors of row 0.5', {insertErrors: [{index: 0.5, errors: []}]}],
    ["errors of row '1'", {insertErrors: [{index: '1', errors: []}]}],
    ['errors of one row twice', {insertErrors: [{index: 1}, {index: 1}]}],
    ['errors without reasons', {insertErrors: [{index: 1, errors: 'no'}]}],
  ]
  for (const [what, change] of inserts)
    it(`tabledata.insertAll: ${what}: the rows are sent again under their ids`, async () => {
      await local.create()
      impostor.falsify(
        calls['tabledata.insertAll']!.matches,
        changed(() => change),
        1,
      )
      expect(await write()).to.equal(3)
      const [first, second] = local.inserts
      expect(first!.insertIds).to.deep.equal(second!.insertIds)
    })

  it('tabledata.insertAll: a redirect takes the rows nowhere else', async () => {
    await local.create()
    const elsewhere = await Impostor.start('http://127.0.0.1:1')
    const asked: string[] = []
    elsewhere.falsify(
      () => true,
      (response, _, {method, url}) => {
        asked.push(`${method} ${url}`)
        response.end()
      },
    )
    impostor.falsify(
      calls['tabledata.insertAll']!.matches,
      response => response.writeHead(307, {location: `${elsewhere.url}/x`}).end(),
      1,
    )
    expect(await write()).to.equal(3)
    expect(asked).to.deep.equal([])
    await elsewhere.close()
  })

  describe('to a query', () => {
    // pauses before retries pass at once; the deadlines of calls do not
    const {setTimeout} = systemClock
    before(() => {
      // pages of a hundred rows, which the client does not ask for
      impostor.ask = ({url, body}) =>
        body.length > 0
          ? {url, body: Buffer.from(JSON.stringify({...JSON.parse(String(body)), maxResults: PAGE}))}
          : {url: `${url}&maxResults=${PAGE}`, body}
      systemClock.setTimeout = (fn, ms, keepAlive) => setTimeout(fn, ms < 60_000 ? 0 : ms, keepAlive)
    })
    after(() => {
      impostor.ask = asked => asked
      systemClock.setTimeout = setTimeout
    })
    const first = is('POST', /\/queries\?/)
    const further = is('GET', /\/queries\//)
    const PAGE = 100
    const COUNT = 250
    const numbers = async () => {
      const found: unknown[] = []
      for await (const {n} of queryRows(`SELECT n FROM range(${COUNT}) t(n) ORDER BY n`, {client})) found.push(n)
      return found
    }
    const all = Array.from({length: COUNT}, (_, n) => n)
    for (const [named, matches] of Object.entries({'jobs.query': first, 'jobs.getQueryResults': further}))
      for (const [what, answer] of [...BAD_JSON, ...REDIRECTS])
        it(`${named}: ${what} is asked for again`, async () => {
          impostor.falsify(matches, answer, 1)
          expect(await numbers()).to.deep.equal(all)
          expect(impostor.falsified).to.have.length(1)
        }).timeout(60_000)

    const pages: [string, (answer: Record<string, unknown>) => object][] = [
      ['another job', () => ({jobReference: {projectId: 'local-project', jobId: 'other'}})],
      ['no kind', () => ({kind: undefined})],
      ['no word whether the job is complete', () => ({jobComplete: undefined})],
      ['rows that are no array', () => ({rows: {}})],
      ['rows with other columns', ({rows: given}) => ({rows: (given as object[]).map(() => ({f: []}))})],
      ['no schema', () => ({schema: undefined})],
      ['a token that is no text', () => ({pageToken: 5})],
    ]
    for (const [what, change] of pages)
      it(`a page with ${what} is asked for again`, async () => {
        impostor.falsify(further, changed(change), 1)
        expect(await numbers()).to.deep.equal(all)
        expect(impostor.falsified).to.have.length(1)
      }).timeout(60_000)

    it('pages that go round in circles are an error', async () => {
      impostor.falsify(
        further,
        changed(() => ({pageToken: Buffer.from(`row:${PAGE}`).toString('base64url')})),
      )
      expect((await failure(numbers())).message).to.include('came twice')
    })

    it('rows that are missing are an error', async () => {
      impostor.falsify(
        further,
        changed(() => ({rows: []})),
        1,
      )
      expect((await failure(numbers())).message).to.include(`of ${COUNT} rows`)
    })

    it('a job that still runs is waited for', async () => {
      impostor.falsify(
        first,
        changed(() => ({jobComplete: false, rows: undefined, schema: undefined, pageToken: undefined})),
        1,
      )
      expect(await numbers()).to.deep.equal(all)
    })
  })

  it('to a check is a finding that shows it', async () => {
    await local.create()
    const port = await connectBigQuery(client, undefined)
    const table = {project: 'local-project', dataset: 'd', table: local.table, decorator: ''}
    const options = {table, schema: undefined, createIfNeeded: true, create: {}, ignoreUnknown: false}
    for (const [, answer] of BAD_JSON) {
      impostor.honest()
      impostor.falsify(() => true, answer)
      const findings = await checkTable(port, options, systemClock.now(), new AbortController().signal)
      expect(findings.map(({what}) => what)).to.deep.equal(['dataset local-project.d'])
      expect(findings[0]!.fix).to.be.a('string')
    }
  })
})
