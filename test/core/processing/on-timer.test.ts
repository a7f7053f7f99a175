import {setImmediate as nextRound} from 'node:timers/promises'
import {expect} from 'chai'
import type {FiredTimer} from '../../../lib/core/bundle/fired-timer.ts'
import {boundedWindow, GLOBAL_WINDOW} from '../../../lib/core/bundle/window.ts'
import {type Bundle, deadLetter, ListIds, type ProcessContext, timestamped} from '../../../lib/core/index.ts'
import {TestLease} from '../fakes.ts'
import {rejection, settle} from '../support.ts'
import {chunk, processorOf} from './support.ts'

type Context = ProcessContext<Record<string, unknown>>

/** An event timer for `timestamp`. */
function timer(timestamp: number, parts: Partial<FiredTimer> = {}): FiredTimer {
  return {id: 'flush', domain: 'event', timestamp, outputTimestamp: timestamp, window: GLOBAL_WINDOW, ...parts}
}

/** A DoFn whose process gives nothing. */
const onTimer = (call: (timer: FiredTimer, context: Context) => unknown, process: (n: number) => unknown = () => []) =>
  ({process, onTimer: call}) as never

describe('onTimer', () => {
  it('waits for nothing while the user code is synchronous', () => {
    const {processor, receiver} = processorOf(onTimer(({timestamp}) => [timestamp]))
    processor.setup()
    processor.start()
    expect(processor.onTimer([timer(5), timer(7)])).to.equal(undefined)
    expect(processor.finish()).to.equal(undefined)
    expect(receiver.log).to.deep.equal([5, 7])
  })

  it('gets the timer and a context with its output timestamp and window', () => {
    const window = boundedWindow(0, 10)
    const fired = timer(99, {domain: 'processing', outputTimestamp: 4, window, key: 'ann'})
    const seen: unknown[] = []
    const {processor} = processorOf(onTimer((given, c) => void seen.push(given, c.timestamp, c.window)))
    processor.setup()
    processor.start()
    processor.onTimer([fired])
    expect(seen).to.deep.equal([fired, 4, window])
  })

  it('gives its outputs the timestamp and window of the timer, unless they have a timestamp of their own', () => {
    const window = boundedWindow(0, 10)
    const {processor, receiver} = processorOf(onTimer(({timestamp}) => ['own', timestamped('later', timestamp + 3)]))
    processor.setup()
    processor.start()
    processor.onTimer([timer(5, {window})])
    processor.finish()
    const [bundle] = receiver.bundles as [Bundle]
    expect([...bundle.timestamps!]).to.deep.equal([5, 8])
    expect(bundle.windows).to.deep.equal([window, window])
  })

  it('carries no windows while all timers are in the global one', () => {
    const {processor, receiver} = processorOf(onTimer(() => [1]))
    processor.setup()
    processor.start()
    processor.onTimer([timer(5)])
    processor.finish()
    expect(receiver.bundles[0]!.windows).to.equal(undefined)
  })

  it('refuses an output earlier than the timer by more than the allowed skew', async () => {
    const {processor, failures} = processorOf(onTimer(({timestamp}) => [timestamped('early', timestamp - 1)]))
    processor.setup()
    processor.start()
    await rejection(processor.onTimer([timer(5)])!)
    expect(failures[0]).to.include({code: 'ERR_SLUICE_TIMESTAMP'})
  })

  it('derives ids and leases of outputs from what comes with the timer', () => {
    const lease = new TestLease(1)
    const {processor, receiver} = processorOf(onTimer(() => ['a', 'b']))
    processor.setup()
    processor.start()
    processor.onTimer([timer(5)], {ids: new ListIds('store', ['flush.7']), leases: [lease]})
    processor.finish()
    const [{ids, leases}] = receiver.bundles as [Bundle]
    expect([ids!.at(0), ids!.at(1)]).to.deep.equal(['flush.7.0', 'flush.7.1'])
    expect(leases).to.deep.equal([lease, lease])
    // one share was given, and two outputs have gone out
    expect(lease.count).to.equal(2)
  })

  it('leaves in order with the elements before and after it, asynchronous ones too', async () => {
    const later = async (n: number) => {
      await settle(4 - n)
      return [n]
    }
    const {processor, receiver} = processorOf(
      onTimer(({timestamp}) => [`t${timestamp}`], later),
      {concurrency: 4},
    )
    processor.setup()
    processor.start()
    await processor.process(chunk([1, 2]))
    await processor.onTimer([timer(5)])
    await processor.process(chunk([3], 2))
    await processor.finish()
    expect(receiver.log).to.deep.equal([1, 2, 't5', 3])
  })

  it('continues asynchronously from the first promise that it gets', async () => {
    const {processor, receiver} = processorOf(
      onTimer(({timestamp}) => (timestamp < 6 ? [timestamp] : nextRound().then(() => [timestamp]))),
      {concurrency: 2},
    )
    processor.setup()
    processor.start()
    await processor.onTimer([timer(5), timer(6), timer(7)])
    await processor.finish()
    expect(receiver.log).to.deep.equal([5, 6, 7])
  })

  it('holds the watermark back until its outputs are out', async () => {
    const {processor, receiver} = processorOf(onTimer(({timestamp}) => nextRound().then(() => [timestamp])))
    processor.setup()
    processor.start()
    await processor.onTimer([timer(5)])
    processor.onWatermark(6)
    await processor.finish()
    expect(receiver.log).to.deep.equal([5, '@6'])
  })

  it('stops in the middle of its outputs without room', async () => {
    function* many() {
      for (let k = 0; k < 2500; k++) yield k
    }
    const {processor, receiver} = processorOf(onTimer(many), {closed: true})
    processor.setup()
    processor.start()
    const taken = processor.onTimer([timer(5)])
    expect(receiver.log).to.have.length(1000)
    receiver.open()
    await taken
    processor.finish()
    expect(receiver.log).to.have.length(2500)
  })

  it('emits to tags', () => {
    const {processor, receiver} = processorOf(
      onTimer((_, c) => c.emit('late', 1)),
      {tags: ['late']},
    )
    processor.setup()
    processor.start()
    processor.onTimer([timer(5)])
    processor.finish()
    expect(receiver.log).to.deep.equal(['late:1'])
  })

  for (const asynchronous of [false, true])
    it(`fails the stage with the timer as its element, ${asynchronous ? 'asynchronously' : 'synchronously'}`, async () => {
      const fail = () => {
        throw new Error('odd')
      }
      const {processor, failures} = processorOf(onTimer(asynchronous ? async () => fail() : fail))
      processor.setup()
      processor.start()
      const fired = timer(5)
      const taken = processor.onTimer([fired])
      await rejection(asynchronous ? Promise.all([taken, processor.finish()]) : taken!)
      expect(failures).to.have.length(1)
      expect(failures[0]).to.deep.include({code: 'ERR_SLUICE_PROCESS', element: fired})
    })

  it('becomes a dead letter when it fails, and what it had emitted is taken back', () => {
    const {processor, receiver} = processorOf(
      onTimer((_, c) => {
        c.emit('seen', 1)
        throw new Error('odd')
      }),
      {tags: ['seen', 'bad'], onError: deadLetter('bad')},
    )
    processor.setup()
    processor.start()
    processor.onTimer([timer(5)])
    processor.finish()
    expect(receiver.log).to.have.length(1)
    expect(receiver.log[0]).to.match(/^bad:/)
  })

  it('takes its place before a barrier that comes after it', async () => {
    const {processor, receiver} = processorOf(onTimer(({timestamp}) => nextRound().then(() => [timestamp])))
    processor.setup()
    processor.start()
    await processor.onTimer([timer(5)])
    processor.onBarrier(1)
    await processor.onTimer([timer(6)])
    await processor.finish()
    expect(receiver.log).to.deep.equal([5, '#1', 6])
  })

  it('is not an element: not counted as taken in, and finishBundle derives from the last element', () => {
    const code = {process: () => [], onTimer: () => ['t'], finishBundle: () => ['end']}
    const {processor, receiver, host} = processorOf(code)
    processor.setup()
    processor.start()
    processor.process(chunk([1]))
    processor.onTimer([timer(5)])
    processor.finish()
    expect(receiver.log).to.deep.equal(['t', 'end'])
    expect(receiver.bundles.at(-1)!.ids!.at(0)).to.equal('0.f.0')
    expect(host.metrics).to.include({in: 1, out: 2, bundles: 1})
  })

  it('runs in a bundle of its own when no element comes', () => {
    const {processor, receiver, host} = processorOf({
      process: () => [],
      onTimer: () => ['t'],
      finishBundle: () => ['end'],
    })
    processor.setup()
    processor.start()
    processor.onTimer([timer(5)])
    processor.finish()
    expect(receiver.log).to.deep.equal(['t', 'end'])
    expect(receiver.bundles.at(-1)!.timestamps![0]).to.equal(5)
    expect(host.metrics).to.include({in: 0, out: 2, bundles: 1})
  })

  it('reports a DoFn without it by the name of the timer', async () => {
    const {processor, failures} = processorOf(() => [])
    processor.setup()
    processor.start()
    await rejection(processor.onTimer([timer(5)])!)
    expect(failures[0]).to.include({code: 'ERR_SLUICE_OPTION'})
    expect(failures[0]!.message).to.include("timer 'flush'")
  })
})
