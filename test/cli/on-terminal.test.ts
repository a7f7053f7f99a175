import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {compiledProgram} from '../support/program.ts'
import {SHELL_COMMAND, shell} from './command.ts'
import {hasTerminal, terminal} from './terminal.ts'

const JOB = compiledProgram(fileURLToPath(new URL('job-fixture.ts', import.meta.url)))

describe('on a terminal, and in a pipe', function () {
  this.timeout(60_000)
  const commands: [string, RegExp][] = [
    [`graph ${JOB} --times 1 --format dot`, /^digraph "repeat" \{\n/],
    ['completion fish', /^# sluice: completion for fish/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
    ['sql --help', /^Usage: sluice sql /],
  ]
  for (const [args, says] of commands)
    it(`sluice ${args.replace(JOB, 'JOB')} says the same`, async function () {
      const {code, out, err} = await shell(`sluice ${args} | cat`)
      expect({code, err}).to.deep.equal({code: 0, err: ''})
      expect(out).to.match(says)
      if (!hasTerminal) this.skip()
      const {code: ended, shown} = await terminal(`${SHELL_COMMAND} ${args}`)
      expect(ended).to.equal(0)
      expect(shown.replaceAll('\r\n', '\n')).to.equal(out)
    })
})
