import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {type AddressInfo, createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {expect} from 'chai'
import {ended, SHELL_COMMAND, start} from './command.ts'
import {hasTerminal, terminal} from './terminal.ts'

const sluice = (...args: string[]) => start(['local', ...args])

describe('sluice local', function () {
  // each starts processes, on a machine that may be busy
  this.timeout(60_000)
  it('runs a command with the environment set and exits with its code', async () => {
    const script = `
      const {STORAGE_EMULATOR_HOST, BIGQUERY_EMULATOR_HOST, GOOGLE_CLOUD_PROJECT} = process.env
      const storage = await fetch(STORAGE_EMULATOR_HOST + '/b?project=p')
      const bigquery = await fetch(BIGQUERY_EMULATOR_HOST + '/projects/p/datasets')
      console.log(storage.status, bigquery.status, GOOGLE_CLOUD_PROJECT, process.argv.slice(1).join(' '))
      process.exit(7)`
    const child = sluice('--project', 'my-project', '--', process.execPath, '-e', script, '--', '--port', 'x')
    const {code, out} = await ended(child)
    expect({code, out}).to.deep.equal({code: 7, out: '200 200 my-project --port x\n'})
  })

  it('prints the environment as export lines, and ends cleanly on SIGTERM', async () => {
    const child = sluice()
    const exports = new Map<string, string>()
    const done = once(child, 'close')
    for await (const line of createInterface({input: child.stdout!})) {
      const [, name, value] = /^export (\w+)='(.*)'$/.exec(line) ?? []
      exports.set(name!, value!)
      if (exports.size === 6) break
    }
    const credentials = exports.get('GOOGLE_APPLICATION_CREDENTIALS')!
    expect(exports.get('PUBSUB_EMULATOR_HOST')).to.match(/^127\.0\.0\.1:\d+$/)
    expect((await fetch(`${exports.get('STORAGE_EMULATOR_HOST')}/b?project=p`)).status).to.equal(200)
    expect(existsSync(credentials)).to.equal(true)
    child.kill('SIGTERM')
    expect(await done).to.deep.equal([0, null])
    expect(existsSync(credentials)).to.equal(false)
  })

  it('keeps the data in --dir', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const script = `
      const host = process.env.STORAGE_EMULATOR_HOST
      await fetch(host + '/b?project=p', {method: 'POST', body: '{"name": "kept"}'})
      await fetch(host + '/upload/storage/v1/b/kept/o?uploadType=media&name=a', {method: 'POST', body: 'hello'})`
    await ended(sluice('--dir', dir, '--', process.execPath, '--input-type=module', '-e', script))
    expect(readFileSync(join(dir, 'kept', 'a'), 'utf8')).to.equal('hello')
    await rm(dir, {recursive: true})
  })

  it('makes the resources that it is told, and copies what --seed holds', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    await mkdir(join(dir, 'folder-bucket', 'deep'), {recursive: true})
    await writeFile(join(dir, 'folder-bucket', 'deep', 'a.csv'), 'id\n')
    await writeFile(join(dir, 'beside.csv'), 'id\n')
    const made = ['--bucket', 'my-bucket', '--dataset', 'shop', '--topic', 'one', '--subscription', 'two:readers']
    const child = sluice(...made, '--topic', 'projects/other-project/topics/three', '--seed', dir)
    const ending = ended(child)
    await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    const {code, err} = await ending
    expect(code, err).to.equal(0)
    for (const line of [
      'gs://folder-bucket  1 object',
      'gs://my-bucket  1 object',
      'projects/local-project/topics/one',
      'projects/local-project/topics/two',
      'projects/other-project/topics/three',
      'projects/local-project/subscriptions/readers  0 messages',
    ])
      expect(err).to.include(`\n  ${line}\n`)
    await rm(dir, {recursive: true})
  })

  it('says in one line which resource cannot be made', async () => {
    for (const [args, told] of [
      [['--subscription', 'alone'], "--subscription is 'alone'; give TOPIC:SUBSCRIPTION"],
      [['--dataset', 'a-b'], "--dataset is 'a-b'; give DATASET or PROJECT:DATASET, of letters, digits and underscores"],
      [['--bucket', 'A'], "could not create the bucket 'A': "],
      [['--seed', '/nowhere'], '--seed /nowhere: '],
    ] as const) {
      const {code, err} = await ended(sluice(...args, '--', 'true'))
      expect({code, begin: err.slice(0, 8 + told.length)}).to.deep.equal({code: 2, begin: `sluice: ${told}`})
      expect(err.trim().split('\n')).to.have.length(1)
    }
  })

  it('passes a signal on to the command', async () => {
    const child = sluice('--', process.execPath, '-e', "console.log('up'); setInterval(() => {}, 1e6)")
    const result = ended(child)
    await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    expect((await result).code).to.equal(143)
  })

  it('exits with 127 for a command that is not there', async () => {
    const {code, err} = await ended(sluice('--', 'no-such-command'))
    expect({code, err}).to.deep.equal({code: 127, err: 'sluice: no-such-command: command not found\n'})
  })

  it('listens on the ports that it is told, and reports what is in it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    await mkdir(join(dir, 'my-bucket'))
    await writeFile(join(dir, 'my-bucket', 'a.csv'), 'id\n')
    const [http, grpc] = [await freePort(), await freePort()]
    const child = sluice('--dir', dir, '--http-port', String(http), '--grpc-port', String(grpc))
    const ending = ended(child)
    await once(child.stdout!, 'data')
    child.kill('SIGINT')
    const {code, out, err} = await ending
    expect(code, err).to.equal(0)
    expect(out).to.include(`export STORAGE_EMULATOR_HOST='http://127.0.0.1:${http}'\n`)
    expect(out).to.include(`export PUBSUB_EMULATOR_HOST='127.0.0.1:${grpc}'\n`)
    expect(err).to.include('\n  gs://my-bucket  1 object\n')
    await rm(dir, {recursive: true})
  })

  it('does not tell the command a second time of Ctrl-C, which a terminal sends to both', async function () {
    if (!hasTerminal) this.skip()
    const script = 'trap "echo got" INT; kill -INT 0; sleep 0.3; exit 3'
    const {code, shown} = await terminal(`${SHELL_COMMAND} local -- sh -c '${script}'`)
    expect({code, shown}).to.deep.equal({code: 3, shown: 'got\r\n'})
  })

  it('says in one line what is wrong with an option', async () => {
    const {code, err} = await ended(sluice('--project', 'Not A Project'))
    expect(code).to.equal(2)
    expect(err).to.match(/^sluice: startLocalCloud: option `project` is 'Not A Project'; give .*\n$/)
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
