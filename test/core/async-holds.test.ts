import {pipeline} from 'node:stream/promises'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {expect} from 'chai'
import {deferred} from '../../lib/util/index.ts'
import {Calls} from './fakes.ts'
import {doFn, numberSource, numbers, settle, TestSink, TestSource, until} from './support.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

describe('asynchronous calls behind a slow one', () => {
  it('holds at most 1,000 finished outputs behind a slow element, and what is in flight', async () => {
    const calls = new Calls()
    const done = pipeline(numberSource(5000), doFn(calls.process, {concurrency: 10}), new TestSink())
    await until(() => calls.running.has(0))
    let stuck = 0
    for (let before = -1; stuck < 5; stuck = before === calls.started ? stuck + 1 : 0) {
      before = calls.started
      for (const x of [...calls.running.keys()]) if (x !== 0) calls.answer(x)
      await settle(2)
    }
    expect(calls.started).to.be.within(1001, 1010)
    calls.answer(0)
    let ended = false
    void done.then(() => {
      ended = true
    })
    while (!ended) {
      for (const x of [...calls.running.keys()]) calls.answer(x)
      await settle(1)
    }
  })

  it('counts outputs on tags as held, too', async () => {
    let started = 0
    const slow = deferred<number[]>()
    const stage = doFn(
      async (x, c) => {
        started++
        if (x === 0) return slow.promise
        c.emit('side', x)
        return []
      },
      {concurrency: 10},
    )
    stage.tagged('side').pipe(new TestSink())
    const done = pipeline(numberSource(20_000), stage, new TestSink())
    await settle(200)
    expect(started).to.be.within(1001, 1010)
    slow.resolve([])
    await done
    expect(started).to.equal(20_000)
  })

  for (const ordered of [true, false])
    it(`continues past a slow element while others give nothing, and keeps none of them (ordered: ${ordered})`, async () => {
      const slow = deferred<number[]>()
      const stage = doFn<{n: number}, number>(async ({n}) => (n === 0 ? slow.promise : []), {concurrency: 10, ordered})
      let watched: WeakRef<object> | undefined
      const source = new TestSource(
        (function* () {
          for (let at = 0; at < 20_000; at += 1000) {
            const rows = numbers(1000, at).map(n => ({n}))
            if (at === 5000) watched = new WeakRef(rows[500]!)
            yield rows
          }
        })(),
      )
      const done = pipeline(source, stage, new TestSink())
      await until(() => source.pulled === 20_000)
      for (let i = 0; watched?.deref() && i < 50; i++) {
        await settle()
        collectGarbage()
      }
      expect(watched?.deref()).to.equal(undefined)
      slow.resolve([7])
      await done
    })
})
