import {setImmediate as nextRound} from 'node:timers/promises'
import {expect} from 'chai'
import {deadLetter} from '../../../lib/core/index.ts'
import {deferred} from '../../../lib/util/index.ts'
import {TestLease} from '../fakes.ts'
import {rejection, settle} from '../support.ts'
import {chunk, processorOf} from './support.ts'

/** A promise a call that waits for its element: settled by hand, in any order. */
function gates() {
  const open = new Map<number, ReturnType<typeof deferred<void>>>()
  return {
    call: async (n: number) => {
      const gate = deferred<void>()
      open.set(n, gate)
      await gate.promise
      return [n]
    },
    release: async (n: number) => {
      open.get(n)!.resolve()
      await settle()
    },
    started: () => [...open.keys()],
  }
}

describe('BundleProcessor', () => {
  it('waits for nothing while process is synchronous', () => {
    const {processor, receiver} = processorOf((n: number) => [n, n * 10])
    expect([processor.setup(), processor.start(), processor.process(chunk([1, 2]))]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ])
    processor.onWatermark(5)
    expect(processor.finish()).to.equal(undefined)
    expect(receiver.log).to.deep.equal([1, 10, 2, 20, '@5'])
  })

  it('takes a bundle of several chunks, and hands finishBundle its last id', () => {
    const seen: number[] = []
    const code = {process: (n: number) => [n], finishBundle: () => ['end'], startBundle: () => void seen.push(0)}
    const {processor, receiver, host} = processorOf(code)
    processor.setup()
    processor.start()
    processor.process(chunk([1, 2]))
    processor.process(chunk([3], 2))
    processor.onWatermark(7)
    processor.finish()
    expect(receiver.log).to.deep.equal([1, 2, 3, 'end', '@7'])
    expect(receiver.bundles.at(-1)!.ids!.at(0)).to.equal('2.f.0')
    expect(seen).to.have.length(1)
    expect(host.metrics).to.include({in: 3, out: 4, bundles: 1})
  })

  it('releases the leases of all chunks when the outputs of finishBundle are released', () => {
    const leases = [new TestLease(1), new TestLease(2)]
    const {processor, receiver} = processorOf({process: () => [], finishBundle: () => ['sum']})
    processor.setup()
    processor.start()
    processor.process(chunk([1], 0, {leases: [leases[0]!]}))
    processor.process(chunk([2], 1, {leases: [leases[1]!]}))
    processor.finish()
    expect(leases.map(({count}) => count)).to.deep.equal([1, 1])
    receiver.bundles[0]!.leases![0]!.release()
    expect(leases.map(({count}) => count)).to.deep.equal([0, 0])
  })

  it('stops in the middle of an element without room, and continues', async () => {
    const {processor, receiver} = processorOf(
      function* (n: number) {
        for (let k = 0; k < n; k++) yield k
      },
      {closed: true},
    )
    processor.setup()
    processor.start()
    const taken = processor.process(chunk([2500]))
    expect(taken).to.be.a('promise')
    expect(receiver.log).to.have.length(1000)
    receiver.open()
    await taken
    expect(processor.finish()).to.equal(undefined)
    expect(receiver.log).to.have.length(2500)
  })

  it('is finished when the last asynchronous call is handed on, in order', async () => {
    const {call, release} = gates()
    const {processor, receiver} = processorOf(call, {concurrency: 3})
    processor.setup()
    processor.start()
    await processor.process(chunk([1, 2, 3]))
    processor.onWatermark(9)
    let finished = false
    const done = processor.finish()!.then(() => {
      finished = true
    })
    await settle()
    await release(3)
    await release(1)
    expect(receiver.log).to.deep.equal([1])
    expect(finished).to.equal(false)
    await release(2)
    await done
    expect(receiver.log).to.deep.equal([1, 2, 3, '@9'])
  })

  it('overlaps bundles without hooks, each with its own end', async () => {
    const {call, release, started} = gates()
    const {processor, receiver} = processorOf(call, {concurrency: 2, ordered: false})
    processor.setup()
    expect(processor.overlaps).to.equal(true)
    const ends: string[] = []
    for (const [name, n] of [
      ['a', 1],
      ['b', 2],
    ] as const) {
      processor.start()
      await processor.process(chunk([n], n))
      processor.onWatermark(n * 10)
      void processor.finish()!.then(() => ends.push(name))
    }
    await settle()
    expect(started()).to.deep.equal([1, 2])
    await release(2)
    expect(receiver.log).to.deep.equal([2])
    expect(ends).to.deep.equal(['b'])
    await release(1)
    expect(receiver.log).to.deep.equal([2, 1, '@20'])
    expect(ends).to.deep.equal(['b', 'a'])
  })

  for (const ordered of [true, false])
    it(`passes a barrier between elements before and after it without waiting to start those, ${ordered ? 'in order' : 'unordered'}`, async () => {
      const {call, release, started} = gates()
      const {processor, receiver} = processorOf(call, {concurrency: 3, ordered})
      processor.setup()
      processor.start()
      await processor.process(chunk([1, 2]))
      const first = processor.finish()!
      processor.onBarrier(4)
      processor.start()
      await processor.process(chunk([3], 2))
      const second = processor.finish()!
      await settle()
      expect(started()).to.deep.equal([1, 2, 3])
      await release(3)
      await release(2)
      expect(receiver.log).to.deep.equal(ordered ? [] : [2])
      await release(1)
      await Promise.all([first, second])
      expect(receiver.log).to.deep.equal(ordered ? [1, 2, '#4', 3] : [2, 1, '#4', 3])
    })

  for (const ordered of [true, false])
    it(`finishes the calls in flight of a step with state before a barrier passes, ${ordered ? 'in order' : 'unordered'}`, async () => {
      const {call, release} = gates()
      const {processor, receiver} = processorOf(call, {concurrency: 3, ordered, stateful: true})
      processor.setup()
      processor.start()
      await processor.process(chunk([1, 2]))
      void processor.finish()
      let settled = false
      const before = processor.beforeBarrier()!.then(() => {
        settled = true
      })
      await settle()
      await release(2)
      expect(settled).to.equal(false)
      await release(1)
      await before
      expect(processor.beforeBarrier()).to.equal(undefined)
      processor.onBarrier(4)
      expect(receiver.log).to.deep.equal(ordered ? [1, 2, '#4'] : [2, 1, '#4'])
    })

  it('rejects the wait before a barrier when the stage is aborted', async () => {
    const {call} = gates()
    const {processor} = processorOf(call, {stateful: true})
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    void rejection(processor.finish()!)
    const before = rejection(processor.beforeBarrier()!)
    const reason = new Error('enough')
    processor.abort(reason)
    expect(await before).to.equal(reason)
  })

  it('passes a barrier at once while nothing is in flight', () => {
    const {processor, receiver} = processorOf((n: number) => [n])
    processor.onBarrier(1)
    expect(receiver.log).to.deep.equal(['#1'])
  })

  it('passes a barrier in the middle of a bundle after the outputs of its chunks so far', () => {
    const {processor, receiver} = processorOf((n: number) => [n])
    processor.setup()
    processor.start()
    processor.process(chunk([1, 2]))
    expect(processor.onBarrier(1)).to.equal(undefined)
    processor.process(chunk([3], 2))
    processor.onWatermark(9)
    processor.finish()
    expect(receiver.log).to.deep.equal([1, 2, '#1', 3, '@9'])
  })

  it('passes a barrier in the middle of a bundle whose calls are in flight, without waiting for them', async () => {
    const {call, release, started} = gates()
    const {processor, receiver} = processorOf(call, {concurrency: 3, ordered: false})
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    processor.onBarrier(1)
    await processor.process(chunk([2, 3], 1))
    await settle()
    expect(started()).to.deep.equal([1, 2, 3])
    await release(3)
    expect(receiver.log).to.deep.equal([])
    await release(1)
    expect(receiver.log).to.deep.equal([1, '#1', 3])
    const finished = processor.finish()
    await release(2)
    await finished
    expect(receiver.log).to.deep.equal([1, '#1', 3, 2])
  })

  it('ends a bundle with hooks before a barrier, and begins another: what it holds back comes before', () => {
    const calls: string[] = []
    let held: number[] = []
    const code = {
      startBundle: () => void calls.push('start'),
      process: (n: number) => void held.push(n),
      finishBundle: () => {
        calls.push('finish')
        return held.splice(0)
      },
    }
    const {processor, receiver, host} = processorOf(code)
    processor.setup()
    processor.start()
    processor.process(chunk([1, 2]))
    expect(processor.onBarrier(1)).to.equal(undefined)
    processor.process(chunk([3], 2))
    processor.finish()
    expect(receiver.log).to.deep.equal([1, 2, '#1', 3])
    expect(calls).to.deep.equal(['start', 'finish', 'start', 'finish'])
    expect(host.metrics).to.include({in: 3, out: 3, bundles: 2})
    held = []
  })

  it('waits for the calls in flight of a bundle with hooks before a barrier', async () => {
    const {call, release} = gates()
    const {processor, receiver} = processorOf({process: call, finishBundle: () => ['end']} as never)
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    await settle()
    const passed = processor.onBarrier(1)!
    expect(receiver.log).to.deep.equal([])
    await release(1)
    await passed
    expect(receiver.log).to.deep.equal([1, 'end', '#1'])
    processor.finish()
    expect(receiver.log).to.deep.equal([1, 'end', '#1', 'end'])
  })

  it('is not finished while its asynchronous outputs have no room, on tags neither', async () => {
    const {processor, receiver} = processorOf(
      (async (n: number, c: {emit(tag: string, value: unknown): void}) => {
        c.emit('seen', n)
        return [n]
      }) as never,
      {tags: ['seen'], closed: true},
    )
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    let finished = false
    const done = processor.finish()!.then(() => {
      finished = true
    })
    await settle(10)
    expect([finished, receiver.log]).to.deep.equal([false, []])
    receiver.open()
    await done
    expect(receiver.log).to.deep.equal(['seen:1', 1])
  })

  it('is not finished while asynchronous outputs of finishBundle come, which wait for room', async () => {
    const gate = deferred<void>()
    async function* finishBundle() {
      yield 1
      await gate.promise
      yield 2
    }
    const {processor, receiver} = processorOf({process: () => [], finishBundle})
    processor.setup()
    processor.start()
    processor.process(chunk([1]))
    let finished = false
    const done = processor.finish()!.then(() => {
      finished = true
    })
    await settle()
    expect(finished).to.equal(false)
    receiver.close()
    gate.resolve()
    await settle()
    expect(finished).to.equal(false)
    receiver.open()
    await done
    expect(receiver.log).to.deep.equal([1, 2])
  })

  it('reports a failure once, and rejects what is waited for', async () => {
    const {processor, failures} = processorOf(async (n: number) => {
      await nextRound()
      throw new Error(`no ${n}`)
    })
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    const error = await rejection(processor.finish()!)
    expect(failures).to.deep.equal([error])
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', element: 1})
  })

  it('rejects what is waited for when it is aborted, and tears down once', async () => {
    let torn = 0
    const {call} = gates()
    const code = {process: call, teardown: () => void torn++}
    const {processor, failures} = processorOf(code)
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    const finished = rejection(processor.finish()!)
    const reason = new Error('enough')
    processor.abort(reason)
    expect(await finished).to.equal(reason)
    expect(failures).to.deep.equal([])
    expect(torn).to.be.lessThan(2)
  })

  it('says that there is nothing to call', async () => {
    const {processor, failures} = processorOf({} as never)
    await rejection(processor.setup()!)
    expect(failures[0]).to.include({code: 'ERR_SLUICE_OPTION'})
  })

  for (const asynchronous of [false, true])
    describe(asynchronous ? 'with asynchronous calls' : 'with synchronous calls', () => {
      const maybe = (fn: (n: number, context: never) => unknown) =>
        asynchronous ? async (n: number, context: never) => fn(n, context) : fn

      it('sends an element that fails to its tag, and takes back what it had emitted', async () => {
        const leases = [1, 2, 3].map(id => new TestLease(id))
        const {processor, receiver, host} = processorOf(
          maybe((n, context: {emit(tag: string, value: unknown): void}) => {
            context.emit('seen', n)
            if (n === 2) throw new Error('odd')
            return [n]
          }) as never,
          {onError: deadLetter('bad'), tags: ['bad', 'seen']},
        )
        processor.setup()
        processor.start()
        await processor.process(chunk([1, 2, 3], 0, {leases}))
        await processor.finish()
        const values = receiver.log.filter(value => !String(value).startsWith('bad'))
        expect(values).to.have.members([1, 3, 'seen:1', 'seen:3'])
        expect(host.metrics).to.deep.include({failed: 1, tagged: {seen: 2, bad: 1}, out: 2, in: 3})
        expect(leases.map(({count}) => count)).to.deep.equal([2, 1, 2])
      })

      it('gives the message of an element that fails back', async () => {
        const leases = [new TestLease(1), new TestLease(2)]
        const {processor, receiver, host} = processorOf(
          maybe(n => {
            if (n === 1) throw new Error('odd')
            return [n]
          }) as never,
          {onError: 'nack'},
        )
        processor.setup()
        processor.start()
        await processor.process(chunk([1, 2], 0, {leases}))
        await processor.finish()
        expect(receiver.log).to.deep.equal([2])
        expect(leases.map(({nacked}) => nacked !== undefined)).to.deep.equal([true, false])
        expect(host.metrics.extra).to.deep.equal({nacked: 1})
      })
    })
})
