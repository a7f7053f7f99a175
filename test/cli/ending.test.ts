import {strict as assert} from 'node:assert'
import {fileURLToPath} from 'node:url'
import {ended, sluice, start} from './command.ts'

const JOB = fileURLToPath(new URL('ending-fixture.ts', import.meta.url))

/** Calls back with what a stream says as soon as that contains `text`. */
function says(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let said = ''
  return new Promise(resolve => {
    stream.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes(text)) resolve()
    })
  })
}

describe('the end of sluice run', function () {
  this.timeout(60_000)

  it('comes after a failed run though the job has left a socket open', async () => {
    const {code, err} = await sluice(['run', JOB, '--how', 'fails'])
    assert.equal(code, 1)
    assert.match(err, /no good/)
  })

  it('comes after a drain that was not done in time, soon after the deadline', async () => {
    const child = start(['run', JOB, '--how', 'hangs', '--drain-deadline', '300ms'])
    const done = ended(child)
    await says(child.stderr!, 'begun')
    const from = Date.now()
    child.kill('SIGTERM')
    const {code, err} = await done
    assert.equal(code, 1)
    assert.match(err, /the drain did not finish within 300 ms.*waiting for Step or in it/)
    // the rest is the process on a busy machine
    assert.ok(Date.now() - from < 8000, `${Date.now() - from} ms`)
  })

  it('comes at once by itself when nothing is open', async () => {
    const {code} = await sluice(['run', JOB, '--how', 'done'])
    assert.equal(code, 0)
  })
})
