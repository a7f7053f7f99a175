import {EventEmitter, on} from 'node:events'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {collect, testSink} from '../../lib/testing/index.ts'
import {create} from '../../lib/transforms/index.ts'
import {numbers, rejection, settle, thrown} from './support.ts'

describe('create', () => {
  it('gives the elements of any iterable, in order', async () => {
    for (const items of [[1, 2], new Set([1, 2]), numbers(2, 1).values(), Readable.from([1, 2])])
      expect(await collect(create<number>(items))).to.deep.equal([1, 2])
  })
  it('gives nothing for an empty one', async () => {
    expect(await collect(create([]))).to.deep.equal([])
  })
  it('cuts bundles of 1,000', async () => {
    for (const items of [numbers(2500), new Set(numbers(2500)), Readable.from(numbers(2500))]) {
      const sink = testSink()
      await pipeline(create(items), sink)
      expect(sink.values).to.deep.equal(numbers(2500))
      expect(Math.max(...sink.bundles.map(b => b.values.length))).to.be.at.most(1000)
    }
  })
  it('reads an iterable only as far as it is asked to', async () => {
    let made = 0
    function* endless() {
      for (;;) yield made++
    }
    const sink = testSink({stall: true})
    const controller = new AbortController()
    const done = pipeline(create(endless()), sink, {signal: controller.signal}).catch(() => {})
    await settle()
    expect(made).to.be.at.most(3000)
    controller.abort()
    await done
  })
  it('hands on what has come when an async iterable pauses', async () => {
    const input = new EventEmitter()
    const controller = new AbortController()
    async function* events() {
      for await (const [value] of on(input, 'value', {signal: controller.signal})) yield value as number
    }
    const sink = testSink()
    const done = pipeline(create(events()), sink).catch(() => {})
    await settle(2)
    input.emit('value', 1)
    input.emit('value', 2)
    await sink.received(2)
    expect(sink.values).to.deep.equal([1, 2])
    controller.abort()
    await done
  })
  it('gathers what an async iterable gives without a pause', async () => {
    const sink = testSink()
    await pipeline(create(Readable.from(numbers(1000))), sink)
    expect(sink.bundles.length).to.be.below(20)
  })
  it('has other ids in every instance, one for each element', async () => {
    const sinks = [testSink(), testSink()]
    for (const sink of sinks) await pipeline(create(numbers(1500)), sink)
    expect(new Set(sinks.flatMap(sink => sink.ids)).size).to.equal(3000)
  })
  it('fails with the error that the iterable throws as cause', async () => {
    const boom = new Error('boom')
    for (const items of [
      (function* () {
        yield 1
        throw boom
      })(),
      (async function* () {
        yield 1
        throw boom
      })(),
    ])
      expect(await rejection(collect(create<number>(items)))).to.include({code: 'ERR_SLUICE_SOURCE', cause: boom})
  })
  it('ends the iterator of an async iterable when it is destroyed while that waits', async () => {
    let ended = false
    const items: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        async return() {
          ended = true
          return {done: true, value: undefined}
        },
      }),
    }
    const source = create(items)
    source.on('data', () => {})
    await settle(2)
    source.destroy()
    await settle(2)
    expect(ended).to.equal(true)
  })
  it('refuses a string, and anything that is not an iterable', () => {
    for (const items of ['abc', 5, undefined, null, {a: 1}, Buffer.from('a')])
      expect(thrown(() => create(items as never)).message).to.match(/^create: option `items` is .*\[1, 2\]/)
  })
})
