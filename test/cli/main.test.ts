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
})
