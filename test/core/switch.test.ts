import {once} from 'node:events'
import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {doFn, ManualSource, numberSource, numbers, plain, settle, TestSink, until} from './support.ts'

describe('the switch between bundles and values', () => {
  it('gives whole bundles to stages of ours', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(2500),
      doFn(x => [x]),
      sink,
    )
    expect(sink.sizes).to.deep.equal([1000, 1000, 500])
    expect(sink.values).to.deep.equal(numbers(2500))
  })

  it('gives single values to a stream that is not ours', async () => {
    const chunks: unknown[] = []
    await pipeline(
      numberSource(2500),
      doFn(x => [x]),
      plain(chunks),
    )
    expect(chunks).to.deep.equal(numbers(2500))
  })

  it('gives single values to ours too while one destination is not ours', async () => {
    const source = numberSource(1500)
    const chunks: unknown[] = []
    const sink = new TestSink<number>()
    source.pipe(sink)
    const other = plain(chunks)
    source.pipe(other)
    await Promise.all([once(sink, 'finish'), once(other, 'finish')])
    expect(chunks).to.deep.equal(numbers(1500))
    expect(sink.values).to.deep.equal(numbers(1500))
  })

  it("gives single values to 'data'", async () => {
    const chunks: unknown[] = []
    const source = numberSource(1500).on('data', x => chunks.push(x))
    await once(source, 'end')
    expect(chunks).to.deep.equal(numbers(1500))
  })

  it("gives single values to 'readable' and read()", async () => {
    const chunks: unknown[] = []
    const source = numberSource(1500)
    source.on('readable', () => {
      for (let x = source.read(); x !== null; x = source.read()) chunks.push(x)
    })
    await once(source, 'end')
    expect(chunks).to.deep.equal(numbers(1500))
  })

  it('gives single values to read() by hand without any listener', async () => {
    const source = numberSource(1500)
    const chunks: unknown[] = []
    source.read(0)
    while (!source.readableEnded) {
      for (let x = source.read(); x !== null; x = source.read()) chunks.push(x)
      await settle(1)
    }
    expect(chunks).to.deep.equal(numbers(1500))
  })

  it('pushes bundles again once the last foreign destination is gone', async () => {
    const source = new ManualSource<number>()
    const sink = new TestSink<number>()
    const other = new PassThrough({objectMode: true}).resume()
    source.pipe(sink)
    source.pipe(other)
    source.give(numbers(10))
    await until(() => sink.values.length === 10)
    source.unpipe(other)
    source.give(numbers(10, 10)).finish()
    await once(sink, 'finish')
    expect(sink.values).to.deep.equal(numbers(20))
    expect(sink.sizes.at(-1)).to.equal(10)
  })
})
