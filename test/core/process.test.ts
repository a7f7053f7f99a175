import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect} from 'chai'
import {programCommand} from '../support/program.ts'

describe('a process', () => {
  it('with failing pipelines of every kind sees no unhandled error, and ends by itself', async () => {
    const script = join(import.meta.dirname, 'fixtures', 'failing-pipelines.ts')
    const [node = '', ...program] = programCommand(script)
    const {stdout} = await promisify(execFile)(node, program, {timeout: 30_000})
    const {tries, rejected, unhandled} = JSON.parse(stdout)
    expect(unhandled).to.deep.equal([])
    expect(rejected).to.equal(tries)
  }).timeout(60_000)
})
