import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {programCommand} from '../../support/program.ts'

const COMMAND = programCommand(fileURLToPath(new URL('filter.ts', import.meta.url)))

function start(command: string, args: string[]): {child: ChildProcess; errors: () => string} {
  const child = spawn(command, args, {stdio: ['pipe', 'pipe', 'pipe']})
  let errors = ''
  child.stderr!.on('data', chunk => {
    errors += chunk
  })
  return {child, errors: () => errors}
}

describe('a filter of readFromStdin and writeToStdout, as a process', () => {
  it('shows one typed line at once, and ends with its input', async () => {
    const {child, errors} = start(COMMAND[0]!, COMMAND.slice(1))
    child.stdin!.write('hello\n')
    const [shown] = await once(child.stdout!, 'data')
    expect(String(shown)).to.equal('"hello"\n')
    child.stdin!.end()
    expect(await once(child, 'exit')).to.deep.equal([0, null])
    expect(errors()).to.equal('')
  })
  it('ends quietly when its reader goes away, though its input would never end', async () => {
    const filter = COMMAND.map(part => `'${part}'`).join(' ')
    const {child, errors} = start('bash', ['-c', `yes line | ${filter} | head -n 2; echo "\${PIPESTATUS[1]}"`])
    let shown = ''
    child.stdout!.on('data', chunk => {
      shown += chunk
    })
    await once(child, 'close')
    expect({shown, errors: errors()}).to.deep.equal({shown: '"line"\n"line"\n0\n', errors: ''})
  })
})
