import {execFile} from 'node:child_process'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect} from 'chai'

describe('a process', () => {
  it('with failing pipelines of every kind sees no unhandled error, and ends by itself', async () => {
    const script = join(import.meta.dirname, 'fixtures', 'failing-pipelines.ts')
    const {stdout} = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {timeout: 30_000})
    const {tries, rejected, unhandled} = JSON.parse(stdout)
    expect(unhandled).to.deep.equal([])
    expect(rejected).to.equal(tries)
  }).timeout(60_000)
})
