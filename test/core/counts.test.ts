import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {doFn, numberSource, TestSink} from './support.ts'

describe('the counts of a DoFn', () => {
  for (const [how, process] of [
    ['synchronous', (x: number) => [x]],
    ['asynchronous', async (x: number) => [x]],
  ] as const)
    for (const hooks of [false, true])
      it(`hold each element and bundle once, ${how}${hooks ? ' with hooks around bundles' : ''}`, async () => {
        const stage = doFn<number, number>({process, ...(hooks && {finishBundle: () => []})})
        await pipeline(numberSource(10, 5), stage, new TestSink())
        expect(stage.info.metrics).to.include({in: 10, out: 10, bundles: 2})
      })

  it('say how many elements are counted and still worked on', async () => {
    let go = () => {}
    const wait = new Promise<void>(resolve => {
      go = resolve
    })
    const stage = doFn(async (x: number) => {
      if (x > 2) await wait
      return [x]
    })
    const done = pipeline(
      numberSource(10, 5),
      stage,
      new TestSink<number>({}).once('pipe', () => {}),
    )
    for (let i = 0; i < 20; i++) await new Promise(setImmediate)
    expect(stage.info.unfinished?.()).to.equal(2)
    go()
    await done
    expect(stage.info.unfinished?.()).to.equal(0)
  })
})
