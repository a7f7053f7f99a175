import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../lib/emulators/index.ts'
import {LIBRARY} from '../support/command.ts'
import {SHELL_COMMAND, sluice} from './command.ts'
import {hasTerminal, terminal} from './terminal.ts'

const JOB = `
import {defineJob, readFromJson, writeToBigQuery} from '${LIBRARY}'
export default defineJob({
  name: 'orders',
  options: {input: {type: 'string', required: true}},
  build(p, {input}) {
    p.apply('Read', readFromJson(input)).apply('Write', writeToBigQuery({table: 'shop.orders', schema: 'id:STRING'}))
  },
})`

describe('sluice check', function () {
  // each starts processes, on a machine that may be busy
  this.timeout(60_000)
  let cloud: LocalCloud
  let dir: string
  let job: string
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    job = join(dir, 'job.mjs')
    writeFileSync(job, JOB)
    cloud = await startLocalCloud()
    const [bucket] = await new Storage(cloud.clientOptions.storage).createBucket('my-bucket')
    await bucket.file('a.jsonl').save('{"id":"a"}\n', {resumable: false})
    const [dataset] = await new BigQuery(cloud.clientOptions.bigquery).createDataset('shop')
    await dataset.createTable('orders', {schema: 'id:STRING'})
  })
  after(async () => {
    await cloud.close()
    rmSync(dir, {recursive: true})
  })
  const check = (...args: string[]) => sluice(['check', job, ...args], '', {...cloud.env})

  it('prints a table and exits with 0 when there is nothing to do', async () => {
    const {code, out, err} = await check('--input', 'gs://my-bucket/*.jsonl')
    expect(code, err).to.equal(0)
    expect(out).to.match(
      /│ ok +│ Read +│ permissions on gs:\/\/my-bucket +│ storage.objects.get, storage.objects.list +│\n/,
    )
    expect(out).to.match(/│ ok +│ Write +│ schema of local-project.shop.orders +│ 1 column, as in the job +│\n/)
    expect(out).to.match(/\norders: nothing to do\n$/)
    expect(err).to.match(/^target: emulators, .*\n$/)
  })

  it('exits with 1 when there is something to do, and says what', async () => {
    cloud.permissions = ['storage.objects.get', 'storage.objects.list', 'bigquery.tables.get']
    try {
      const {code, out} = await check('--input', 'gs://my-bucket/*.jsonl')
      expect(code).to.equal(1)
      expect(out).to.match(
        /│ fix +│ Write +│ permissions on table local-project.shop.orders +│ missing: bigquery.tables.updateData +│/,
      )
      expect(out).to.match(
        /\norders: to be done\n {2}permissions on table .*: grant the job's account roles\/bigquery.dataEditor/,
      )
    } finally {
      cloud.permissions = undefined
    }
  })

  it('prints one JSON document with --json', async () => {
    const {code, out} = await check('--input', 'gs://my-bucket/none-*', '--json')
    const {name, ok, findings} = JSON.parse(out)
    expect({code, name, ok}).to.deep.equal({code: 1, name: 'orders', ok: false})
    expect(findings.filter(({fix}: {fix?: string}) => fix !== undefined)).to.have.length(1)
  })

  it('shows the same on a terminal', async function () {
    if (!hasTerminal) this.skip()
    const variables = Object.entries(cloud.env).map(([name, value]) => `export ${name}='${value}'; `)
    const {code, shown} = await terminal(
      `${variables.join('')}${SHELL_COMMAND} check ${job} --input 'gs://my-bucket/*'`,
    )
    expect(code).to.equal(0)
    expect(shown).to.match(/orders: nothing to do\r\n$/)
  })

  it('exits with 2 for options that make no sense', async () => {
    const {code, err} = await check()
    expect(code).to.equal(2)
    expect(err).to.include('option `input` is required')
  })
})
