import {pipeline} from 'node:stream/promises'
import {setImmediate as nextRound} from 'node:timers/promises'
import {expect} from 'chai'
import {deadLetter} from '../../../lib/core/index.ts'
import {EMIT_BARRIER} from '../../../lib/core/streams/internals.ts'
import {deferred} from '../../../lib/util/index.ts'
import {Log} from '../barrier-logs.ts'
import {TestLease} from '../fakes.ts'
import {doFn, ManualSource, numberSource, numbers, rejection, settle, TestSink} from '../support.ts'
import {chunk, processorOf} from './support.ts'

describe('what users of other tools have reported', () => {
  // apache/beam#28649
  it('Beam: the watermark does not pass elements that a bundle holds until finishBundle', () => {
    const held: number[] = []
    const {processor, receiver} = processorOf({process: (n: number) => void held.push(n), finishBundle: () => held})
    processor.setup()
    processor.start()
    processor.process(chunk([1]))
    processor.onWatermark(100)
    processor.process(chunk([2], 1))
    expect(receiver.log).to.deep.equal([])
    processor.finish()
    expect(receiver.log).to.deep.equal([1, 2, '@100'])
  })

  // apache/beam#12345
  it('Beam: what a bundle held at a checkpoint does not wait for the next element', () => {
    const held: number[] = []
    const {processor, receiver} = processorOf({
      process: (n: number) => void held.push(n),
      finishBundle: () => held.splice(0),
    })
    processor.setup()
    processor.start()
    processor.process(chunk([1]))
    processor.onBarrier(1)
    expect(receiver.log).to.deep.equal([1, '#1'])
    expect(processor.finish()).to.equal(undefined)
    expect(receiver.log).to.deep.equal([1, '#1'])
  })

  // apache/beam#10007
  it('Beam: the watermark that a bundle has held back leaves before the barrier that ends the bundle', () => {
    const {processor, receiver} = processorOf({process: (n: number) => [n], finishBundle: () => []})
    processor.setup()
    processor.start()
    processor.process(chunk([1]))
    processor.onWatermark(9)
    processor.onBarrier(1)
    expect(receiver.log).to.deep.equal([1, '@9', '#1'])
  })

  // apache/beam#7719
  it('Beam: finishBundle is called once for a bundle, also when it fails and the stage is torn down', async () => {
    const calls: string[] = []
    const {processor, failures} = processorOf({
      process: () => [],
      finishBundle: () => {
        calls.push('finishBundle')
        throw new Error('no')
      },
      teardown: () => void calls.push('teardown'),
    })
    processor.setup()
    processor.start()
    processor.process(chunk([1]))
    await rejection(processor.finish()!)
    processor.abort(failures[0]!)
    await settle()
    expect(calls).to.deep.equal(['finishBundle', 'teardown'])
  })

  // akka/akka-core#17407
  it('Akka: more failures in a row than calls in flight do not stop a stage', async () => {
    const {processor, receiver} = processorOf(
      async (n: number) => {
        await nextRound()
        if (n < 20) throw new Error('odd')
        return [n]
      },
      {concurrency: 2, onError: deadLetter('bad'), tags: ['bad']},
    )
    processor.setup()
    processor.start()
    await processor.process(chunk(numbers(25)))
    await processor.finish()
    expect(receiver.log.filter(entry => typeof entry === 'number')).to.deep.equal([20, 21, 22, 23, 24])
  })

  // akka/akka-core#22880
  it('Akka: a failure is never lost in a race with the end', async () => {
    for (const rounds of [0, 1, 2, 3]) {
      const stage = doFn<number, number>(
        async n => {
          for (let k = 0; k < rounds; k++) await nextRound()
          if (n === 1) throw new Error('no b')
          return [n]
        },
        {concurrency: 5},
      )
      const error = await rejection(pipeline(numberSource(3), stage, new TestSink<number>()))
      expect(error.message).to.include('no b')
    }
  })

  // akka/akka-core#24022
  it('Akka: an element that fails is given back, and counted, once', async () => {
    const lease = new TestLease(1)
    let nacks = 0
    lease.nack = () => void nacks++
    const {processor, host} = processorOf(
      async () => {
        throw new Error('odd')
      },
      {onError: 'nack'},
    )
    processor.setup()
    processor.start()
    await processor.process(chunk([1], 0, {leases: [lease]}))
    await processor.finish()
    expect([nacks, host.metrics.extra['nacked']]).to.deep.equal([1, 1])
  })

  // ReactiveX/rxjs#7334
  it('RxJS: many calls whose promises have resolved already come to their end', async () => {
    const {processor, receiver} = processorOf(async (n: number) => [n], {concurrency: 3})
    processor.setup()
    processor.start()
    await processor.process(chunk(numbers(5000)))
    await processor.finish()
    expect(receiver.log).to.deep.equal(numbers(5000))
  })

  // ReactiveX/rxjs#5344
  it('RxJS: a result of the wrong kind is an error of its element, from an asynchronous call too', async () => {
    const {processor, failures} = processorOf((async () => 'text') as never)
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    await rejection(processor.finish()!)
    expect(failures[0]).to.include({code: 'ERR_SLUICE_OUTPUT_TYPE'})
  })

  // ReactiveX/RxJava#6587
  it('RxJava: an error after the stage was destroyed makes no unhandled rejection', async () => {
    const gate = deferred<void>()
    const {processor, failures} = processorOf(async () => {
      await gate.promise
      throw new Error('late')
    })
    processor.setup()
    processor.start()
    await processor.process(chunk([1]))
    void rejection(processor.finish()!)
    processor.abort(new Error('enough'))
    gate.resolve()
    await settle()
    expect(failures).to.deep.equal([])
  })

  // nodejs/node#18512
  it('Node: read() by hand beside a pipe neither stops the flow nor takes a barrier away', async () => {
    const open = deferred<void>()
    const [source, sink] = [new ManualSource<number>(), new Log(open.promise)]
    const done = pipeline(source, sink)
    for (const n of numbers(4)) source.give([n])
    await settle()
    source[EMIT_BARRIER](1)
    const taken = source.read()
    open.resolve()
    await settle()
    source.give([9]).finish()
    await done
    // Node gives what is read by hand to the pipe, too
    expect(sink.log.filter(entry => entry !== taken)).to.include.members(['#1', 9])
    expect(sink.log.indexOf('#1')).to.be.lessThan(sink.log.indexOf(9))
  })

  // nodejs/node#36544
  it('Node: several streams that are piped into one full stage all come to their end', async () => {
    const open = deferred<void>()
    const [stage, sink] = [doFn<number, number>(n => [n]), new Log(open.promise)]
    const sources = numbers(5).map(k => numberSource(3000, 500, {name: `s${k}`}))
    let left = sources.length
    for (const source of sources) {
      source.pipe(stage, {end: false})
      source.once('end', () => --left === 0 && stage.end())
    }
    const done = pipeline(stage, sink)
    await settle()
    open.resolve()
    await done
    expect(sink.log).to.have.length(15_000)
  })
})
