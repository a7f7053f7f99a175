import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {create, readFromText} from 'sluice'
import {identityFinding} from '../../lib/check/identity.ts'

const VARIABLES = [
  'STORAGE_EMULATOR_HOST',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'GOOGLE_CLOUD_PROJECT',
  'GCLOUD_PROJECT',
  'METADATA_SERVER_DETECTION',
]

describe('the account of a job', () => {
  const saved = {...process.env}
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    for (const name of VARIABLES) delete process.env[name]
  })
  afterEach(() => {
    for (const name of VARIABLES) delete process.env[name]
    Object.assign(process.env, saved)
    rmSync(dir, {recursive: true})
  })
  const reading = () => [readFromText('gs://my-bucket/a.txt').info]

  it('is that of the credentials, with their project', async () => {
    const file = join(dir, 'key.json')
    const key = {
      type: 'service_account',
      project_id: 'my-project',
      client_email: 'job@my-project.iam',
      private_key: 'x',
    }
    writeFileSync(file, JSON.stringify(key))
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = file
    expect(await identityFinding(reading())).to.deep.equal([
      {what: 'account', found: 'job@my-project.iam, project my-project'},
    ])
    process.env['GOOGLE_CLOUD_PROJECT'] = 'another'
    expect((await identityFinding(reading()))[0]!.found).to.equal('job@my-project.iam, project another')
  })

  it('is missing without credentials: what to do is said', async () => {
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = join(dir, 'none.json')
    const [finding] = await identityFinding(reading())
    expect(finding!.found).to.include('none.json')
    expect(finding!.fix).to.include('gcloud auth application-default login')
  })

  it('is not asked for where emulators answer, nor for a job without Google Cloud or with a ready client', async () => {
    expect(await identityFinding([create([1]).info])).to.deep.equal([])
    const client = new Storage({projectId: 'p'})
    expect(await identityFinding([readFromText('gs://my-bucket/a.txt', {client}).info])).to.deep.equal([])
    process.env['STORAGE_EMULATOR_HOST'] = 'http://127.0.0.1:1'
    expect((await identityFinding(reading()))[0]!.found).to.equal('emulators: STORAGE_EMULATOR_HOST=http://127.0.0.1:1')
  })
})
