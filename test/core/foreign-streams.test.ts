import * as stream from 'node:stream'
import {type Duplex, PassThrough, Readable, Transform, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {createGunzip, createGzip} from 'node:zlib'
import {expect} from 'chai'
import {parse} from 'csv-parse'
import {doFn, numberSource, numbers, TestSink, TestSource, withIds} from './support.ts'

// the types for Node 20 do not know it
const {compose} = stream as unknown as {compose(...streams: Duplex[]): Duplex}

const lines = numbers(5000).map(i => `${i},name ${i}\n`)

function lineSource() {
  return new TestSource<string>([withIds(lines)])
}

describe('foreign streams beside ours', () => {
  it('zlib between a source and a DoFn', async () => {
    const text: string[] = []
    await pipeline(
      lineSource(),
      createGzip(),
      createGunzip(),
      doFn<Buffer, string>(chunk => [chunk.toString()]),
      async (chunks: AsyncIterable<unknown>) => {
        for await (const chunk of chunks) text.push(chunk as string)
      },
    )
    expect(text.join('')).to.equal(lines.join(''))
  })

  it('csv-parse between a source and a DoFn, and real bundles after it', async () => {
    const sink = new TestSink<string>()
    await pipeline(
      lineSource(),
      parse(),
      doFn<string[], string>(([id, name]) => [`${id}:${name}`]),
      sink,
    )
    expect(sink.values).to.deep.equal(numbers(5000).map(i => `${i}:name ${i}`))
    expect(Math.max(...sink.sizes)).to.be.greaterThan(10)
  })

  it('a hand-written Transform at the start, in the middle and at the end', async () => {
    const double = () =>
      new Transform({
        objectMode: true,
        transform(x: number, _encoding, done) {
          done(null, x * 2)
        },
      })
    const got: number[] = []
    const last = new Writable({
      objectMode: true,
      write(x: number, _encoding, done) {
        got.push(x)
        done()
      },
    })
    await pipeline(
      Readable.from(numbers(2500)),
      double(),
      doFn(x => [x + 1]),
      double(),
      doFn(x => [x]),
      double(),
      last,
    )
    expect(got).to.deep.equal(numbers(2500).map(x => (x * 2 + 1) * 4))
  })

  it('for await over a chain of ours', async () => {
    const got: number[] = []
    for await (const x of numberSource(2500).pipe(doFn(x => [x]))) got.push(x as number)
    expect(got).to.deep.equal(numbers(2500))
  })

  it('leaving a for await early destroys the stage', async () => {
    const source = numberSource(2500)
    for await (const x of source) if (x === 10) break
    expect(source.destroyed).to.equal(true)
  })

  it('Readable.toWeb of a source and of a DoFn', async () => {
    const web = Readable.toWeb(numberSource(2500).pipe(doFn(x => [x])))
    const got: unknown[] = []
    for await (const x of web) got.push(x)
    expect(got).to.deep.equal(numbers(2500))
  })

  it('a web stream as input: Readable.fromWeb', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      Readable.fromWeb(Readable.toWeb(numberSource(1500)), {objectMode: true}),
      doFn(x => [x]),
      sink,
    )
    expect(sink.values).to.deep.equal(numbers(1500))
  })

  it('stages inside compose()', async () => {
    const both = compose(
      doFn(x => [x, x]),
      doFn(x => [x + 1]),
    )
    const sink = new TestSink<number>()
    await pipeline(numberSource(1500), both, sink)
    expect(sink.values).to.deep.equal(numbers(1500).flatMap(x => [x + 1, x + 1]))
  })

  it('generator functions of stream.pipeline', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(1500),
      async function* (xs: AsyncIterable<unknown>) {
        for await (const x of xs) yield (x as number) * 2
      },
      doFn(x => [x]),
      sink,
    )
    expect(sink.values).to.deep.equal(numbers(1500).map(x => x * 2))
  })

  it('the operators of Readable', async () => {
    const got = await numberSource(2500)
      .filter((x: number) => x % 2 === 0)
      .take(600)
      .toArray()
    expect(got).to.deep.equal(numbers(600).map(x => x * 2))
  })

  it('write() and end() by hand', async () => {
    const stage = doFn(x => [x * 2])
    const got: unknown[] = []
    stage.on('data', x => got.push(x))
    for (const x of numbers(1500)) stage.write(x)
    stage.end(1500)
    await new Promise(resolve => stage.once('end', resolve))
    expect(got).to.deep.equal(numbers(1501).map(x => x * 2))
  })

  it('a slow foreign stream holds ours back', async () => {
    const source = numberSource(100_000)
    source.pipe(new PassThrough({objectMode: true, highWaterMark: 10}))
    await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
    expect(source.pulled).to.be.at.most(2000)
    source.destroy()
  })
})

describe('plain input', () => {
  it('is gathered into bundles of 1,000', async () => {
    const sink = new TestSink<number>()
    for (const x of numbers(2500)) sink.write(x)
    sink.end()
    await new Promise(resolve => sink.once('finish', resolve))
    expect(sink.sizes).to.deep.equal([1000, 1000, 500])
  })

  it('is handed on at the next setImmediate when no more comes', async () => {
    const sink = new TestSink<number>()
    sink.write(1)
    sink.write(2)
    expect(sink.sizes).to.deep.equal([])
    await new Promise(resolve => setImmediate(resolve))
    expect(sink.sizes).to.deep.equal([2])
  })

  it('continues gathering while a bundle is in work', async () => {
    const sink = new TestSink<number>({stall: true})
    sink.write(1)
    await new Promise(resolve => setImmediate(resolve))
    for (const x of numbers(300)) {
      sink.write(x)
      if (x % 10 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    sink.go()
    sink.end()
    await new Promise(resolve => sink.once('finish', resolve))
    expect(sink.sizes).to.deep.equal([1, 300])
  })

  it('keeps its order when a bundle comes between values', async () => {
    const sink = new TestSink<number>()
    sink.write(0)
    sink.write(withIds([1, 2]))
    sink.write(3)
    sink.end()
    await new Promise(resolve => sink.once('finish', resolve))
    expect(sink.values).to.deep.equal([0, 1, 2, 3])
  })
})

describe('a source', () => {
  it('hands on what it has when its input pauses: it never waits to fill a bundle', async () => {
    let more = () => {}
    async function* slow() {
      yield [1]
      await new Promise<void>(resolve => {
        more = resolve
      })
      yield [2]
    }
    const sink = new TestSink<number>()
    const done = pipeline(
      new TestSource(slow()),
      doFn(x => [x]),
      sink,
    )
    await new Promise(resolve => setImmediate(resolve))
    expect(sink.values).to.deep.equal([1])
    more()
    await done
    expect(sink.values).to.deep.equal([1, 2])
  })

  it('hands on an array of more than 1,000 values in bundles of 1,000, ids and timestamps with them', async () => {
    const sink = new TestSink<number>()
    const timestamps = Float64Array.from(numbers(2500))
    await pipeline(new TestSource([withIds(numbers(2500), 0, {timestamps})]), sink)
    expect(sink.sizes).to.deep.equal([1000, 1000, 500])
    expect(sink.ids.at(-1)).to.equal('s:2499')
    expect(sink.timestamps.at(-1)).to.equal(2499)
  })
})
