import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {useClock} from '../../lib/core/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {FakeClock} from './fakes.ts'
import {type Code, doFn, numberSource, rejection, settle, TestSink, TestSource} from './support.ts'

describe('a destroyed stage', () => {
  it('aborts the signal of its context', async () => {
    let signal: AbortSignal | undefined
    const stage = doFn<number, number>({
      process: (_, c) => {
        signal = c.signal
        return new Promise<void>(resolve => c.signal.addEventListener('abort', () => resolve()))
      },
    })
    const done = rejection(pipeline(numberSource(3), stage, new TestSink()))
    await settle()
    stage.destroy(new Error('stop'))
    await done
    expect(signal!.aborted).to.equal(true)
    expect((signal!.reason as Error).message).to.equal('stop')
  })

  for (const [where, code] of [
    ['a generator in process', (returned: () => void) => ({process: () => endless(returned)})],
    ['an async generator in process', (returned: () => void) => ({process: () => endlessAsync(returned)})],
    ['a generator in finishBundle', (returned: () => void) => ({process: none, finishBundle: () => endless(returned)})],
    [
      'an async generator in finishBundle',
      (returned: () => void) => ({process: none, finishBundle: () => endlessAsync(returned)}),
    ],
  ] as [string, (returned: () => void) => Partial<Code<number, number>>][])
    it(`lets ${where} run its finally`, async () => {
      let returned = 0
      const stage = doFn<number, number>({process: none, ...code(() => returned++)})
      const done = rejection(pipeline(numberSource(1), stage, new TestSink({stall: true})))
      await settle(20)
      expect(returned).to.equal(0)
      stage.destroy(new Error('stop'))
      await done
      await settle()
      expect(returned).to.equal(1)
    })

  it('lets bundles() of a source run its finally, without waiting for it', async () => {
    let returned = false
    const source = new TestSource(
      Readable.from(
        (async function* () {
          try {
            for (;;) yield [1]
          } finally {
            returned = true
          }
        })(),
      ),
    )
    for await (const _ of source) break
    await settle()
    expect(source.destroyed).to.equal(true)
    expect(returned).to.equal(true)
  })

  it('does not wait for a generator that hangs', async () => {
    const stage = doFn<number, number>({
      async *process() {
        await new Promise(() => {})
      },
    })
    useClock(stage.info, new FakeClock())
    const done = rejection(pipeline(numberSource(1), stage, new TestSink()))
    await settle()
    stage.destroy(new Error('stop'))
    expect((await done).message).to.equal('stop')
  })

  it('runs no finishBundle when process has destroyed it', async () => {
    let finished = false
    const stage = doFn<number, number>({
      process: x => {
        if (x === 2) stage.destroy()
      },
      finishBundle: () => {
        finished = true
      },
    })
    await rejection(pipeline(numberSource(3), stage, new TestSink()))
    expect(finished).to.equal(false)
  })

  it('starts no call that was waiting', async () => {
    let calls = 0
    const first = deferred<number[]>()
    const stage = doFn<number, number>({process: () => (calls++ === 0 ? first.promise : [])})
    const done = rejection(pipeline(numberSource(100), stage, new TestSink()))
    await settle()
    stage.destroy(new Error('stop'))
    await done
    first.resolve([])
    await settle(20)
    expect(calls).to.equal(1)
  })
})

function none(): void {}
function* endless(returned: () => void): Generator<number> {
  try {
    for (let i = 0; ; i++) yield i
  } finally {
    returned()
  }
}
async function* endlessAsync(returned: () => void): AsyncGenerator<number> {
  try {
    for (let i = 0; ; i++) yield i
  } finally {
    returned()
  }
}
