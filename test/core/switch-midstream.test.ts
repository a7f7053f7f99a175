import {once} from 'node:events'
import {PassThrough, Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {isBundle} from '../../lib/core/index.ts'
import {doFn, numberSource, numbers, plain, settle, TestSink, until} from './support.ts'

describe('the switch in mid-stream', () => {
  const all = numbers(6000)

  /** A stalled pipe to one of our sinks, with bundles waiting in the source's buffer. */
  async function stalled() {
    const source = numberSource(6000)
    const sink = new TestSink<number>({stall: true})
    source.pipe(sink)
    await until(() => source.readableLength > 0)
    await settle()
    return {source, sink}
  }

  it('from pipe to async iteration: unpipe, then for await gets exactly the rest', async () => {
    const {source, sink} = await stalled()
    source.unpipe(sink)
    const rest: unknown[] = []
    for await (const x of source) rest.push(x)
    sink.go()
    sink.end()
    await once(sink, 'finish')
    expect([...sink.values, ...rest]).to.deep.equal(all)
  })

  it("from pipe to 'data': unpipe, then the listener gets exactly the rest", async () => {
    const {source, sink} = await stalled()
    source.unpipe(sink)
    const rest: unknown[] = []
    source.on('data', x => rest.push(x)).resume()
    await once(source, 'end')
    sink.go()
    sink.end()
    await once(sink, 'finish')
    expect([...sink.values, ...rest]).to.deep.equal(all)
  })

  it('from pipe to a foreign stream: unpipe, then it gets exactly the rest', async () => {
    const {source, sink} = await stalled()
    source.unpipe(sink)
    const rest: unknown[] = []
    await pipeline(source, plain(rest))
    sink.go()
    sink.end()
    await once(sink, 'finish')
    expect([...sink.values, ...rest]).to.deep.equal(all)
  })

  it('a second destination that is not ours gets the same values from there on', async () => {
    const {source, sink} = await stalled()
    const chunks: unknown[] = []
    const other = plain(chunks)
    source.pipe(other)
    sink.go()
    await Promise.all([once(sink, 'finish'), once(other, 'finish')])
    expect(sink.values).to.deep.equal(all)
    expect(chunks).to.deep.equal(all.slice(all.indexOf(chunks[0] as number)))
    expect(chunks.length).to.be.greaterThan(3000)
  })

  it("a 'data' listener beside a pipe gets the same values from there on", async () => {
    const {source, sink} = await stalled()
    const chunks: unknown[] = []
    source.on('data', x => chunks.push(x))
    sink.go()
    await once(sink, 'finish')
    expect(sink.values).to.deep.equal(all)
    expect(chunks).to.deep.equal(all.slice(all.indexOf(chunks[0] as number)))
  })

  it("a 'readable' listener beside a pipe: both get every value from there on", async () => {
    const {source, sink} = await stalled()
    const chunks: unknown[] = []
    source.on('readable', () => {
      for (let x = source.read(); x !== null; x = source.read()) chunks.push(x)
    })
    sink.go()
    await once(sink, 'finish')
    expect(sink.values).to.deep.equal(all)
    expect(chunks).to.deep.equal(all.slice(all.indexOf(chunks[0] as number)))
    expect(chunks.length).to.be.greaterThan(3000)
  })

  it('async iteration beside a pipe: both get every value from there on', async () => {
    const {source, sink} = await stalled()
    const chunks: unknown[] = []
    sink.go()
    for await (const x of source) chunks.push(x)
    await until(() => sink.writableFinished)
    expect(sink.values).to.deep.equal(all)
    expect(chunks).to.deep.equal(all.slice(all.indexOf(chunks[0] as number)))
  })

  it('pause() and resume() beside a pipe lose and repeat nothing', async () => {
    const source = numberSource(6000)
    const sink = new TestSink<number>()
    source.pipe(sink)
    for (let i = 0; i < 20 && !source.readableEnded; i++) {
      source.pause()
      await settle(1)
      source.resume()
      await settle(1)
    }
    await until(() => sink.writableFinished)
    expect(sink.values).to.deep.equal(all)
  })

  it("a listener that pauses in the middle of a bundle gets the rest of it later, in order, and 'end' after it", async () => {
    const {source, sink} = await stalled()
    source.unpipe(sink)
    const rest: unknown[] = []
    source.on('data', x => {
      rest.push(x)
      if (rest.length % 300 === 0) {
        source.pause()
        setImmediate(() => source.resume())
      }
    })
    source.resume()
    await once(source, 'end')
    expect(rest).to.deep.equal(all.slice(rest[0] as number))
  })

  it('a destination that comes back after a foreign one gets exactly what follows', async () => {
    const {source, sink} = await stalled()
    source.unpipe(sink)
    const first: unknown[] = []
    for await (const x of source.iterator({destroyOnReturn: false})) if (first.push(x) === 1234) break
    sink.go()
    source.pipe(sink)
    await once(sink, 'finish')
    const at = sink.values.findIndex((x, i) => x !== i)
    expect(first).to.deep.equal(numbers(1234, at))
    expect(sink.values).to.deep.equal([...numbers(at), ...numbers(6000 - at - 1234, at + 1234)])
  })

  it('toWeb() after a pipe gets plain values only', async () => {
    const {source, sink} = await stalled()
    source.unpipe(sink)
    const rest: unknown[] = []
    for await (const x of Readable.toWeb(source)) rest.push(x)
    expect(rest.some(isBundle)).to.equal(false)
    expect([...sink.values, ...rest]).to.deep.equal(all)
  })

  it('compose() and the operators of Readable after a pipe get plain values only', async () => {
    const {source, sink} = await stalled()
    source.unpipe(sink)
    const rest = await (source.compose(new PassThrough({objectMode: true})) as Readable).map(x => x).toArray()
    expect([...sink.values, ...rest]).to.deep.equal(all)
  })

  it('the same holds for a DoFn', async () => {
    const middle = doFn(x => [x])
    const sink = new TestSink<number>({stall: true})
    numberSource(6000).pipe(middle).pipe(sink)
    await until(() => middle.readableLength > 0)
    middle.unpipe(sink)
    const rest: unknown[] = []
    for await (const x of middle) rest.push(x)
    expect([...sink.values, ...rest]).to.deep.equal(all)
  })
})
