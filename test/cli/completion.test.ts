import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import {sluice} from './command.ts'

const installed = (shell: string) => spawnSync(shell, ['--version']).status === 0

describe('sluice completion', function () {
  // each starts processes, on a machine that may be busy
  this.timeout(60_000)
  let script: string
  before(async () => {
    script = (await sluice(['completion', 'bash'])).out
  })

  /** What bash offers after these words; the last one is being written. */
  const offered = (...words: string[]) => {
    const line = words.map(word => `'${word}'`).join(' ')
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`
    const {stdout, stderr} = spawnSync('bash', ['-c', `${script}\n${ask}`], {encoding: 'utf8'})
    expect(stderr).to.equal('')
    return stdout.split('\n').filter(Boolean)
  }

  it('offers the commands', () => {
    expect(offered('sluice', '')).to.include.members([
      'pipe',
      'run',
      'check',
      'graph',
      'local',
      'sql',
      'init',
      '--help',
    ])
    expect(offered('sluice', 'p')).to.deep.equal(['pipe'])
  })
  it('offers the options of a command, also of one that takes a job', () => {
    expect(offered('sluice', 'pipe', '--max')).to.deep.equal(['--max-rejects'])
    expect(offered('sluice', 'run', 'job.ts', '--dr')).to.have.members(['--dry-run', '--drain-deadline'])
    expect(offered('sluice', 'local', '--')).to.include.members(['--dir', '--http-port', '--grpc-port'])
  })
  it('offers the values that an option or an argument may have', () => {
    expect(offered('sluice', 'graph', 'job.ts', '--format', '')).to.deep.equal(['text', 'mermaid', 'dot', 'json'])
    expect(offered('sluice', 'pipe', '--from', '')).to.deep.equal(['text', 'csv', 'tsv', 'jsonl', 'json'])
    expect(offered('sluice', 'run', 'job.ts', '--log', 'p')).to.deep.equal(['pretty'])
    expect(offered('sluice', 'completion', '')).to.include.members(['bash', 'zsh', 'fish'])
  })
  it('leaves the values of other options to the names of files', () => {
    expect(offered('sluice', 'pipe', '--rejects', '')).to.deep.equal([])
    expect(script).to.include('complete -o default -F _sluice sluice\n')
  })

  for (const [shell, check] of [
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ] as const)
    it(`prints a script that ${shell} can read`, async function () {
      const {code, out} = await sluice(['completion', shell])
      expect(code).to.equal(0)
      for (const command of ['pipe', 'run', 'check', 'graph', 'local', 'sql', 'init']) expect(out).to.include(command)
      if (!installed(shell)) this.skip()
      const {status, stderr} = spawnSync(shell, [...check, '/dev/stdin'], {input: out, encoding: 'utf8'})
      expect({status, stderr}).to.deep.equal({status: 0, stderr: ''})
    })

  it('exits with 2 for another shell', async () => {
    const {code, err} = await sluice(['completion', 'tcsh'])
    expect(code).to.equal(2)
    expect(err).to.include('Allowed choices are bash, zsh, fish')
  })
})
