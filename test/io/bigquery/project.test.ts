import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {BigQuery} from '@google-cloud/bigquery'
import {expect} from 'chai'
import {writeToBigQuery} from '../../../lib/io/bigquery/index.ts'
import {connectBigQuery} from '../../../lib/io/bigquery/service/bigquery-client.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failure} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows, SCHEMA} from './local-bigquery.ts'

const VARIABLES = [
  'BIGQUERY_EMULATOR_HOST',
  'GOOGLE_CLOUD_PROJECT',
  'GCLOUD_PROJECT',
  'google_cloud_project',
  'gcloud_project',
  'GOOGLE_APPLICATION_CREDENTIALS',
]

describe("BigQuery: the project of a user's own client under an emulator", () => {
  const local = new LocalBigQuery()
  const saved = {...process.env}
  let dir: string
  beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name]
    process.env['BIGQUERY_EMULATOR_HOST'] = local.cloud.env['BIGQUERY_EMULATOR_HOST']
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => {
    for (const name of VARIABLES) delete process.env[name]
    for (const name of VARIABLES) if (saved[name] !== undefined) process.env[name] = saved[name]
    rmSync(dir, {recursive: true})
  })

  const key = (project: string, name = 'key.json') => {
    const file = join(dir, name)
    const content = {type: 'service_account', project_id: project, client_email: 'job@p.iam', private_key: 'x'}
    writeFileSync(file, JSON.stringify(content))
    return {file, content}
  }
  const projectOf = async (client: BigQuery | undefined, project?: string) =>
    (await connectBigQuery(client, project)).projectId()

  it('writes with new BigQuery() and GOOGLE_CLOUD_PROJECT alone', async () => {
    process.env['GOOGLE_CLOUD_PROJECT'] = 'local-project'
    const sink = writeToBigQuery({table: `d.${local.table}`, schema: SCHEMA, client: new BigQuery()})
    await pipeline(create(rows(3)), sink)
    expect(await local.count()).to.equal(3)
  })

  for (const name of VARIABLES.slice(1, 5))
    it(`is that of ${name}`, async () => {
      process.env[name] = 'by-variable'
      expect(await projectOf(new BigQuery())).to.equal('by-variable')
      expect(await projectOf(undefined)).to.equal('by-variable')
    })

  it('is not that of a variable that is empty', async () => {
    process.env['GOOGLE_CLOUD_PROJECT'] = ''
    process.env['GCLOUD_PROJECT'] = 'by-variable'
    expect(await projectOf(new BigQuery())).to.equal('by-variable')
    expect(await projectOf(undefined)).to.equal('by-variable')
  })

  it("is the client's own before that of a variable", async () => {
    process.env['GOOGLE_CLOUD_PROJECT'] = 'by-variable'
    expect(await projectOf(new BigQuery({projectId: 'own'}))).to.equal('own')
  })

  it('is that of the key file of the environment', async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = key('by-file').file
    expect(await projectOf(new BigQuery())).to.equal('by-file')
    expect(await projectOf(undefined)).to.equal('by-file')
  })

  it("is that of the client's key file, or credentials, before that of the environment's", async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = key('by-file').file
    const {file, content} = key('own-file', 'own.json')
    expect(await projectOf(new BigQuery({keyFilename: file}))).to.equal('own-file')
    expect(await projectOf(new BigQuery({credentials: content}))).to.equal('own-file')
  })

  it('is an error that says how to name it when nothing does, at once', async () => {
    const from = performance.now()
    for (const client of [new BigQuery(), undefined]) {
      const sink = writeToBigQuery({table: 'd.t', schema: SCHEMA, ...(client && {client})})
      const error = await failure(pipeline(create(rows(1)), sink))
      expect(error).to.include({code: 'ERR_SLUICE_CREDENTIALS'})
      expect(error.message).to.include('GOOGLE_CLOUD_PROJECT').and.include('`project`')
    }
    expect(performance.now() - from).to.be.below(2500)
  })
})
