import {createServer} from 'node:net'
import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {type AuthClient, PassThroughClient} from 'google-auth-library'
import {writeToBigQuery} from '../../../lib/io/bigquery/index.ts'
import {failure} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows} from './local-bigquery.ts'

describe('writeToBigQuery: permissions', () => {
  const local = new LocalBigQuery()

  it('tables.get, tables.create and tables.updateData are enough to create and write', async () => {
    local.cloud.permissions = ['bigquery.tables.get', 'bigquery.tables.create', 'bigquery.tables.updateData']
    await local.write(rows(3))
    local.cloud.permissions = undefined
    expect(await local.count()).to.equal(3)
  })

  it('tables.get and tables.updateData are enough for a table that exists', async () => {
    await local.create()
    local.cloud.permissions = ['bigquery.tables.get', 'bigquery.tables.updateData']
    await local.write(rows(3), local.sink({schema: undefined as never}))
    local.cloud.permissions = undefined
    expect(await local.count()).to.equal(3)
  })

  it('tables.updateData is enough with a schema and CREATE_NEVER', async () => {
    await local.create()
    local.cloud.permissions = ['bigquery.tables.updateData']
    await local.write(rows(3), local.sink({createDisposition: 'CREATE_NEVER'}))
    local.cloud.permissions = undefined
    expect(await local.count()).to.equal(3)
  })

  it('tables.get and tables.updateData are enough with CREATE_NEVER and no schema', async () => {
    await local.create()
    local.cloud.permissions = ['bigquery.tables.get', 'bigquery.tables.updateData']
    await local.write(rows(3), local.sink({schema: undefined as never, createDisposition: 'CREATE_NEVER'}))
    local.cloud.permissions = undefined
    expect(await local.count()).to.equal(3)
  })

  const missing: [string, string[], boolean][] = [
    ['bigquery.tables.get', ['bigquery.tables.create', 'bigquery.tables.updateData'], true],
    ['bigquery.tables.create', ['bigquery.tables.get', 'bigquery.tables.updateData'], false],
    ['bigquery.tables.updateData', ['bigquery.tables.get', 'bigquery.tables.create'], true],
  ]
  for (const [permission, granted, exists] of missing) {
    it(`a missing ${permission} is named at once, with table and fix`, async () => {
      if (exists) await local.create()
      local.cloud.permissions = granted
      const error = await failure(local.write(rows(3)))
      expect(error).to.include({code: 'ERR_SLUICE_PERMISSION', stage: 'writeToBigQuery'})
      expect(error.message)
        .to.contain(`local-project.d.${local.table}`)
        .and.contain(`need ${permission}`)
        .and.contain('BigQuery Data Editor')
      expect(local.clock.skipped).to.deep.equal([])
    })
  }

  it('an API that is switched off is said to be', async () => {
    const message = 'BigQuery API has not been used in project 1 before or it is disabled.'
    local.fault({kind: 'status', status: 403, reason: 'accessNotConfigured', message}, {match: {call: 'tables.get'}})
    expect((await failure(local.write(rows(1)))).message).to.contain('gcloud services enable bigquery')
  })
})

describe('writeToBigQuery: what is not there', () => {
  const local = new LocalBigQuery()

  it('a missing dataset is named, with the command that makes it', async () => {
    const error = await failure(local.write(rows(1), local.sink({table: 'nowhere.t'})))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
    expect(error.message).to.contain('local-project.nowhere.t').and.contain('bq mk --dataset local-project:nowhere')
  })

  it('a wrong project is named, with the option', async () => {
    local.fault(
      {kind: 'status', status: 404, reason: 'notFound', message: 'Not found: Project typo'},
      {match: {call: 'tables.get'}},
    )
    const error = await failure(local.write(rows(1), local.sink({table: 'typo.d.t'})))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
    expect(error.message).to.contain('typo.d.t').and.contain('`project`')
  })

  it('an emulator that does not run fails the job within seconds', async () => {
    const port = await freePort()
    const authClient = new PassThroughClient() as unknown as AuthClient
    const client = new BigQuery({
      projectId: 'p',
      apiEndpoint: `http://127.0.0.1:${port}`,
      authClient: authClient as never,
    })
    const start = local.clock.now()
    const error = await failure(local.write(rows(1), local.sink({client})))
    expect(error).to.include({code: 'ERR_SLUICE_BIGQUERY'})
    expect(error.message).to.contain('ECONNREFUSED').and.contain('npx sluice local')
    expect(local.clock.now() - start).to.be.at.most(3000)
  })

  it('credentials that are refused are said to be', async () => {
    local.fault(
      {kind: 'status', status: 401, reason: 'authError', message: 'Invalid Credentials'},
      {match: {call: 'tables.get'}},
    )
    const error = await failure(local.write(rows(1)))
    expect(error).to.include({code: 'ERR_SLUICE_CREDENTIALS'})
    expect(error.message).to.contain('gcloud auth application-default login')
  })

  it('a token server that asks to slow down is asked again', async () => {
    await local.create()
    local.fault({kind: 'status', status: 429}, {match: {service: 'auth'}, times: 5})
    const client = new BigQuery(local.cloud.clientOptions.bigquery)
    await local.write(rows(1), local.sink({client}))
    expect(await local.count()).to.equal(1)
  })

  it('a token that cannot be had is a matter of credentials, not of the table', async () => {
    local.fault({kind: 'status', status: 400, message: 'invalid_grant'}, {match: {service: 'auth'}})
    const client = new BigQuery(local.cloud.clientOptions.bigquery)
    const error = await failure(local.write(rows(1), local.sink({client})))
    expect(error).to.include({code: 'ERR_SLUICE_CREDENTIALS'})
  })
})

describe('writeToBigQuery: the environment', () => {
  const local = new LocalBigQuery()
  const saved = {...process.env}
  afterEach(() => {
    for (const name of Object.keys(process.env)) delete process.env[name]
    Object.assign(process.env, saved)
  })

  it('without a project for an emulator there is an error at once', async () => {
    process.env['BIGQUERY_EMULATOR_HOST'] = local.cloud.url
    delete process.env['GOOGLE_CLOUD_PROJECT']
    delete process.env['GCLOUD_PROJECT']
    const sink = writeToBigQuery({table: 'd.t', schema: 'id:STRING,total:FLOAT'})
    const error = await failure(local.write(rows(1), sink))
    expect(error).to.include({code: 'ERR_SLUICE_CREDENTIALS'})
    expect(error.message).to.contain('GOOGLE_CLOUD_PROJECT').and.contain('`project`')
  })

  it('without credentials for Google Cloud there is an error within seconds, before anything is sent', async () => {
    for (const name of ['BIGQUERY_EMULATOR_HOST', 'GOOGLE_APPLICATION_CREDENTIALS']) delete process.env[name]
    // No metadata server, no key file, no gcloud configuration
    Object.assign(process.env, {
      METADATA_SERVER_DETECTION: 'none',
      HOME: '/nonexistent',
      CLOUDSDK_CONFIG: '/nonexistent',
    })
    const sink = writeToBigQuery({table: 'my-project.d.t', schema: 'id:STRING,total:FLOAT'})
    const error = await failure(local.write(rows(1), sink))
    expect(error).to.include({code: 'ERR_SLUICE_CREDENTIALS', stage: 'writeToBigQuery'})
    expect(error.message).to.contain('my-project.d.t').and.contain('gcloud auth application-default login')
  })
})

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const {port} = server.address() as {port: number}
      server.close(() => resolve(port))
    })
  })
}
