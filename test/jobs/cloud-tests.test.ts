import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const root = fileURLToPath(new URL('../..', import.meta.url))

async function runCloudTests(variables: NodeJS.ProcessEnv): Promise<{out: string; code: unknown}> {
  const mocha = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url))
  const {SLUICE_TEST_PROJECT: _, SLUICE_TEST_LOCAL: __, ...env} = process.env
  const child = spawn(process.execPath, [mocha, 'test/cloud/batch.test.ts', '--reporter=json'], {
    cwd: root,
    env: {...env, ...variables},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return {out, code}
}

describe('the tests for real Google Cloud', () => {
  it('hold on the local cloud', async () => {
    const {out, code} = await runCloudTests({SLUICE_TEST_LOCAL: '1'})
    expect(JSON.parse(out).stats, out).to.include({passes: 3, failures: 0, pending: 0})
    expect(code).to.equal(0)
  }).timeout(60_000)

  it('are one pending test without SLUICE_TEST_PROJECT', async () => {
    const {out, code} = await runCloudTests({})
    const {stats, pending} = JSON.parse(out)
    expect(stats).to.include({passes: 0, failures: 0, pending: 1})
    expect(pending[0].title).to.equal('needs SLUICE_TEST_PROJECT')
    expect(code).to.equal(0)
  }).timeout(60_000)
})
