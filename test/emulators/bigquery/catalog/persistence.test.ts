import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../../../lib/emulators/index.ts'
import {SluiceError} from '../../../../lib/errors/index.ts'
import {programCommand} from '../../../support/program.ts'
import {clientOf, failure} from '../fixture.ts'

describe('local BigQuery: a folder that is kept', () => {
  const open: LocalCloud[] = []
  let dir: string
  const start = async () => {
    const cloud = await startLocalCloud({dir, services: ['bigquery']})
    open.push(cloud)
    return cloud
  }
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(async () => {
    for (const cloud of open.splice(0)) await cloud.close()
    await rm(dir, {recursive: true, force: true})
  })

  it('has the same datasets, tables and rows when it is opened again', async () => {
    const first = await start()
    const [dataset] = await clientOf(first).createDataset('d', {labels: {a: 'b'}})
    const schema = [
      {name: 'a', type: 'INT64', mode: 'REQUIRED', description: 'x'},
      {name: 'B', type: 'JSON', mode: 'REPEATED'},
    ]
    const [table] = await dataset.createTable('T', {schema, timePartitioning: {type: 'DAY'}})
    await table.insert({a: 1, B: ['{}']})
    const [before] = await table.getMetadata()
    await first.close()

    const bigquery = clientOf(await start())
    expect((await bigquery.dataset('d').getMetadata())[0].labels).to.deep.equal({a: 'b'})
    expect((await bigquery.dataset('d').table('T').getMetadata())[0]).to.deep.equal(before)
    expect((await bigquery.query('SELECT * FROM d.T'))[0]).to.deep.equal([{a: 1, B: ['{}']}])
  })

  it('opens after a process that was killed in the middle, nested columns added before', async () => {
    const script = fileURLToPath(new URL('crash.ts', import.meta.url))
    const [node = '', ...program] = programCommand(script)
    const child = spawn(node, [...program, dir], {stdio: ['ignore', 'pipe', 'inherit']})
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const bigquery = clientOf(await start())
    expect((await bigquery.query('SELECT r FROM d.t'))[0]).to.deep.equal([{r: {a: 1, b: null}}, {r: {a: 2, b: 'x'}}])
  })

  it('cannot be opened twice in one process', async () => {
    await start()
    const error = (await failure(start())) as unknown
    expect(error).to.be.instanceOf(SluiceError)
    expect((error as SluiceError).code).to.equal('ERR_SLUICE_EMULATOR')
    expect((error as SluiceError).message).to.match(/is in use, another local cloud of this process has it open/)
  })

  it('cannot be opened by a second process while the first has it', async () => {
    const script = fileURLToPath(new URL('crash.ts', import.meta.url))
    const [node = '', ...program] = programCommand(script)
    const child = spawn(node, [...program, dir], {stdio: ['ignore', 'pipe', 'inherit']})
    await once(child.stdout, 'data')
    try {
      const error = (await failure(start())) as unknown as SluiceError
      expect(error.code).to.equal('ERR_SLUICE_EMULATOR')
      expect(error.message).to.match(/is in use, another process has it open; close that one, or give another `dir`/)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })
})
