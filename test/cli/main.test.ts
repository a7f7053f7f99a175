import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import nodeModule from 'node:module'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {sluice} from './command.ts'

describe('sluice', () => {
  it('prints its help and its version, and exits with 2 for an unknown command', async () => {
    const [help, version, unknown] = await Promise.all([sluice(['--help']), sluice(['--version']), sluice(['nope'])])
    expect([help.code, version.code, unknown.code]).to.deep.equal([0, 0, 2])
    for (const command of ['pipe', 'run', 'check', 'graph', 'local', 'sql', 'init', 'completion'])
      expect(help.out).to.include(`  ${command} `)
    expect(version.out).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('suggests the command or option that is meant', async () => {
    const [command, option] = await Promise.all([sluice(['pip']), sluice(['pipe', '--form', 'csv'])])
    expect([command.code, option.code]).to.deep.equal([2, 2])
    expect(command.err).to.include('Did you mean pipe?')
    expect(option.err).to.include('Did you mean --from?')
  })

  it('keeps compiled code between runs, where Node can', async function () {
    if (!('enableCompileCache' in nodeModule) || process.env['NODE_V8_COVERAGE']) return this.skip()
    const dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    try {
      const {code} = await sluice(['pipe'], 'a\n', {TMPDIR: dir})
      expect({code, left: readdirSync(dir)}).to.deep.equal({code: 0, left: ['node-compile-cache']})
    } finally {
      rmSync(dir, {recursive: true})
    }
  })
})
