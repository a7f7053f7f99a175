import {strict as assert} from 'node:assert'
import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import pLimit from 'p-limit'
import {type Ended, ended} from '../cli/command.ts'
import {programCommand} from '../support/program.ts'

const PROGRAM = fileURLToPath(new URL('fixtures/standing-still.ts', import.meta.url))

/** What each way of standing still must say: the stage and what was called. */
const STAGES: Record<string, [stage: string, call: RegExp]> = {
  process: ['enrich', /enrich: process\(\) has not settled/],
  'an async generator': ['parDo', /parDo: process\(\) has not settled/],
  setup: ['Step', /Step: setup\(\) has not settled/],
  startBundle: ['Step', /Step: startBundle\(\) has not settled/],
  finishBundle: ['Step', /Step: finishBundle\(\) has not settled/],
  teardown: ['Step', /Step: teardown\(\) has not settled/],
  'setup of a sink': ['End', /End: setup\(\) and writeBundle\(\) have not settled/],
  writeBundle: ['End', /End: writeBundle\(\) has not settled/],
  commit: ['End', /End: commit\(\) has not settled/],
  bundles: ['Begin', /Begin: bundles\(\) has not settled/],
  'a side input': ['Begin', /Begin: bundles\(\) has not settled/],
  track: ['track', /track: the wrapped stream \(Transform\) has not settled/],
  'a step of a Pipeline': ['Wait', /process\(\) has not settled/],
  'a tracked step of a Pipeline': ['Wait', /the wrapped stream \(Transform\) has not settled/],
}

/** Healthy programs: a stage that is only waiting to be read is no reason to stay, or to complain. */
const UNREAD = ['map', 'calls at once', 'an async generator', 'finishBundle', 'track'].map(
  of => `a reader of ${of} that stops`,
)

describe('a program that waits for what will never come', function () {
  this.timeout(120_000)
  const ends = new Map<string, Ended>()

  before(async () => {
    const few = pLimit(4)
    const ways = [
      ...Object.keys(STAGES),
      'a foreign stream',
      'a sink that never calls back',
      ...UNREAD,
      'an unref’d timer',
    ]
    await Promise.all(
      ways.map(way =>
        few(async () => {
          const args = ['--expose-gc', ...programCommand(PROGRAM).slice(1), way]
          ends.set(way, await ended(spawn(process.execPath, args, {stdio: ['ignore', 'pipe', 'pipe']})))
        }),
      ),
    )
  })

  for (const [way, [stage, call]] of Object.entries(STAGES))
    it(`fails with the stage and what was called: ${way}`, () => {
      const {code, out} = ends.get(way)!
      assert.equal(code, 1)
      const error = JSON.parse(out) as {code: string; stage: string; message: string}
      assert.deepEqual([error.code, error.stage], ['ERR_SLUICE_STANDSTILL', stage])
      assert.match(error.message, call)
    })

  it('says what has not ended when nobody but Node can tell: a foreign stream in a plain pipeline', () => {
    const {code, err} = ends.get('a foreign stream')!
    assert.equal(code, 13)
    assert.match(err, /the process ends before discard has finished: its input has not ended \(0 elements in, 0 out\)/)
  })

  it('says that it is the output that is not read: a foreign sink that never calls back', () => {
    const {code, err} = ends.get('a sink that never calls back')!
    assert.equal(code, 13)
    assert.match(err, /the process ends before map has finished: its output is not read/)
    assert.doesNotMatch(err, /has not settled/)
  })

  for (const way of UNREAD)
    it(`ends without a word when it does not wait: ${way}`, () => {
      const {code, out, err} = ends.get(way)!
      assert.deepEqual([code, out, err], [0, 'resolved\n', ''])
    })

  it('continues when it comes all the same, from what does not hold a process', () => {
    assert.deepEqual([ends.get('an unref’d timer')!.code, ends.get('an unref’d timer')!.out], [0, 'resolved\n'])
  })
})

describe('a process without a run in progress', () => {
  it('has no listener of ours', async () => {
    const before = [process.listenerCount('beforeExit'), process.listenerCount('exit')]
    const {create, discard} = await import('../../lib/index.ts')
    const {pipeline} = await import('node:stream/promises')
    await pipeline(create([1]), discard())
    await new Promise(setImmediate)
    assert.deepEqual([process.listenerCount('beforeExit'), process.listenerCount('exit')], before)
  })
})
