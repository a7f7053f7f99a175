import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const MAIN = fileURLToPath(new URL('../../lib/cli/main.ts', import.meta.url))

function sluice(...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', '-C', 'sluice:source', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function ended(child: ChildProcess): Promise<{code: number; out: string; err: string}> {
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
  return {code, out, err}
}

describe('sluice local', () => {
  it('runs a command with the environment set and exits with its code', async () => {
    const script = `
      const {STORAGE_EMULATOR_HOST, BIGQUERY_EMULATOR_HOST, GOOGLE_CLOUD_PROJECT} = process.env
      const storage = await fetch(STORAGE_EMULATOR_HOST + '/b?project=p')
      const bigquery = await fetch(BIGQUERY_EMULATOR_HOST + '/projects/p/datasets')
      console.log(storage.status, bigquery.status, GOOGLE_CLOUD_PROJECT, process.argv.slice(1).join(' '))
      process.exit(7)`
    const child = sluice('local', '--project', 'my-project', '--', process.execPath, '-e', script, '--', '--port', 'x')
    const {code, out} = await ended(child)
    expect({code, out}).to.deep.equal({code: 7, out: '200 200 my-project --port x\n'})
  })

  it('prints the environment as export lines, and ends cleanly on SIGTERM', async () => {
    const child = sluice('local')
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
    await ended(sluice('local', '--dir', dir, '--', process.execPath, '--input-type=module', '-e', script))
    expect(readFileSync(join(dir, 'kept', 'a'), 'utf8')).to.equal('hello')
    await rm(dir, {recursive: true})
  })

  it('passes a signal on to the command', async () => {
    const child = sluice('local', '--', process.execPath, '-e', "console.log('up'); setInterval(() => {}, 1e6)")
    const result = ended(child)
    await once(child.stdout!, 'data')
    child.kill('SIGTERM')
    expect((await result).code).to.equal(143)
  })

  it('exits with 127 for a command that is not there', async () => {
    const {code, err} = await ended(sluice('local', '--', 'no-such-command'))
    expect({code, err}).to.deep.equal({code: 127, err: 'sluice: no-such-command: command not found\n'})
  })

  it('says in one line what is wrong with an option', async () => {
    const {code, err} = await ended(sluice('local', '--project', 'Not A Project'))
    expect(code).to.equal(2)
    expect(err).to.match(/^sluice: startLocalCloud: option `project` is 'Not A Project'; give .*\n$/)
  })
})
