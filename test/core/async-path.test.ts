import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {useClock} from '../../lib/core/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {Calls, FakeClock} from './fakes.ts'
import {doFn, numberSource, numbers, settle, TestSink, TestSource, until} from './support.ts'

describe('the asynchronous path', () => {
  it('runs one call at a time by default', async () => {
    const calls = new Calls()
    const sink = new TestSink<number>()
    const done = pipeline(numberSource(5), doFn(calls.process), sink)
    for (const x of numbers(5)) {
      await until(() => calls.running.has(x))
      calls.answer(x)
    }
    await done
    expect(calls.peak).to.equal(1)
    expect(sink.values).to.deep.equal(numbers(5))
  })

  it('runs `concurrency` calls at once, no more', async () => {
    const calls = new Calls()
    const done = pipeline(numberSource(50), doFn(calls.process, {concurrency: 7}), new TestSink())
    for (const x of numbers(50)) {
      await until(() => calls.running.has(x))
      await settle(1)
      calls.answer(x)
    }
    await done
    expect(calls.peak).to.equal(7)
  })

  it('keeps the order of elements, whichever call answers first', async () => {
    const calls = new Calls()
    const sink = new TestSink<number>()
    const done = pipeline(numberSource(6), doFn(calls.process, {concurrency: 6}), sink)
    await until(() => calls.running.size === 6)
    for (const x of [3, 5, 0, 4, 2, 1]) {
      calls.answer(x)
      await settle()
    }
    await done
    expect(sink.values).to.deep.equal(numbers(6))
  })

  it('hands the finished prefix on at once', async () => {
    const calls = new Calls()
    const sink = new TestSink<number>()
    const done = pipeline(numberSource(6), doFn(calls.process, {concurrency: 6}), sink)
    await until(() => calls.running.size === 6)
    for (const x of [1, 0, 3]) calls.answer(x)
    await until(() => sink.values.length > 0)
    expect(sink.values).to.deep.equal([0, 1])
    for (const x of [2, 4, 5]) calls.answer(x)
    await done
  })

  it('hands on what the next element has yielded so far as soon as it is its turn', async () => {
    const first = deferred<number[]>()
    const stage = doFn<number, number>(
      async function* (x) {
        if (x === 0) yield* await first.promise
        else {
          yield x
          await new Promise(() => {})
        }
      },
      {concurrency: 2},
    )
    const sink = new TestSink<number>()
    const done = pipeline(numberSource(2), stage, sink).catch(() => {})
    await settle()
    first.resolve([0])
    await until(() => sink.values.length === 2)
    useClock(stage.info, new FakeClock())
    stage.destroy()
    await done
  })

  it('unordered: hands on whatever is finished', async () => {
    const calls = new Calls()
    const sink = new TestSink<number>()
    const done = pipeline(numberSource(6), doFn(calls.process, {concurrency: 6, ordered: false}), sink)
    await until(() => calls.running.size === 6)
    for (const x of [3, 5, 0, 4, 2, 1]) {
      calls.answer(x)
      await until(() => sink.values.at(-1) === x)
    }
    await done
    expect(sink.values).to.deep.equal([3, 5, 0, 4, 2, 1])
  })

  it('unordered: the other slots stay at least 95% busy while one element is slow, over the borders of bundles', async () => {
    const calls = new Calls()
    const stage = doFn(calls.process, {concurrency: 10, ordered: false})
    const done = pipeline(numberSource(5000, 100), stage, new TestSink())
    await until(() => calls.running.size === 10)
    let slots = 0
    let busy = 0
    // element 0 never answers here; of the others one answers in each round
    while (calls.started < 5000) {
      await settle(1)
      slots += 9
      busy += calls.running.size - 1
      calls.answer([...calls.running.keys()].find(x => x !== 0)!)
    }
    expect(busy / slots).to.be.at.least(0.95)
    for (const x of [...calls.running.keys()]) calls.answer(x)
    await done
  })

  it('ordered: bundles overlap too', async () => {
    const calls = new Calls()
    const done = pipeline(numberSource(40, 4), doFn(calls.process, {concurrency: 8}), new TestSink())
    await until(() => calls.running.size === 8)
    for (const x of numbers(40)) {
      await until(() => calls.running.has(x))
      calls.answer(x)
    }
    await done
  })

  it('takes async generators, under backpressure in the middle of an element', async () => {
    let made = 0
    const stage = doFn({
      async *process() {
        for (; made < 20_000; made++) yield made
      },
    })
    const sink = new TestSink<number>({stall: true})
    const done = pipeline(new TestSource([[0]]), stage, sink)
    await until(() => sink.values.length > 0)
    await settle(50)
    expect(made).to.be.at.most(5000)
    sink.go()
    await done
    expect(sink.values).to.deep.equal(numbers(20_000))
  })

  it('takes promises of arrays, of iterables, of nothing, and Readables', async () => {
    const sink = new TestSink<string>()
    const stage = doFn<number, string>(x => {
      if (x === 0) return Promise.resolve(['array'])
      if (x === 1) return Promise.resolve(new Set(['set']))
      if (x === 2) return Promise.resolve()
      if (x === 3) return Readable.from(['readable'])
      return {
        then: (resolve: (v: string[]) => void) => resolve(['thenable']),
      }
    })
    await pipeline(numberSource(5), stage, sink)
    expect(sink.values).to.deep.equal(['array', 'set', 'readable', 'thenable'])
  })

  it('may answer now and then only with a promise, in order all the same', async () => {
    const sink = new TestSink<number>()
    const stage = doFn(x => (x % 7 === 3 ? Promise.resolve([x]) : [x]), {concurrency: 4})
    await pipeline(numberSource(5000, 333), stage, sink)
    expect(sink.values).to.deep.equal(numbers(5000))
  })

  it('makes real bundles of single answers', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(3000),
      doFn(async x => [x], {concurrency: 100}),
      sink,
    )
    expect(sink.values).to.deep.equal(numbers(3000))
    expect(sink.sizes.length).to.be.at.most(300)
  })

  it('holds back when the sink stalls', async () => {
    const source = numberSource(50_000)
    const sink = new TestSink<number>({stall: true})
    const done = pipeline(
      source,
      doFn(async x => [x], {concurrency: 10}),
      sink,
    )
    await until(() => sink.values.length > 0)
    await settle(100)
    expect(source.pulled).to.be.at.most(5000)
    sink.go()
    await done
    expect(sink.values).to.deep.equal(numbers(50_000))
  })
})
