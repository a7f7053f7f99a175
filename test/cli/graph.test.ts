import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {compiledProgram} from '../support/program.ts'
import {sluice} from './command.ts'

const JOB = compiledProgram(fileURLToPath(new URL('job-fixture.ts', import.meta.url)))

describe('sluice graph', () => {
  const graph = (...args: string[]) => sluice(['graph', JOB, '--times', '1', ...args])

  it('prints the steps as text', async () => {
    const {code, out} = await graph()
    expect({code, out}).to.deep.equal({
      code: 0,
      out: 'repeat\n  Read (source StdinSource)\n    -> Repeat\n  Repeat (dofn map)\n    -> Write\n  Write (sink StdoutSink)\n',
    })
  })
  for (const [format, begin] of [
    ['mermaid', 'flowchart LR\n'],
    ['dot', 'digraph "repeat" {\n'],
    ['json', '{\n  "name": "repeat"'],
  ] as const)
    it(`prints them as ${format}`, async () => {
      const {code, out} = await graph('--format', format)
      expect({code, begin: out.slice(0, begin.length)}).to.deep.equal({code: 0, begin})
    })
  it('exits with 2 for another format', async () => {
    expect((await graph('--format', 'svg')).code).to.equal(2)
  })
})
