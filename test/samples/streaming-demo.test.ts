import {execFile} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {NODE} from '../support/command.ts'

/** Runs `npm run demo:streaming` with these arguments: its last line, and the exit code. */
function streamingDemo(...args: string[]): Promise<{code: number; last: string}> {
  const file = fileURLToPath(new URL('../../samples/demo/streaming-demo.ts', import.meta.url))
  return new Promise(resolve => {
    const child = execFile(process.execPath, [...NODE.slice(1), file, ...args], (_, out) =>
      resolve({code: child.exitCode ?? -1, last: out.trimEnd().split('\n').at(-1) ?? ''}),
    )
  })
}

describe('npm run demo:streaming', () => {
  it('finds every published id in the table', async () => {
    const {code, last} = await streamingDemo('--messages', '2000')
    expect(last).to.match(/^ok: published 2000, rows 2\d\d\d, duplicates \d+, lost 0$/)
    expect(code).to.equal(0)
  }).timeout(60_000)

  it('fails when three messages are dropped on purpose', async () => {
    const {code, last} = await streamingDemo('--messages', '500', '--sabotage', 'drop=3')
    expect(last).to.match(/^FAILED: published 500, rows \d+, duplicates \d+, lost 3$/)
    expect(code).to.equal(1)
  }).timeout(60_000)
})
