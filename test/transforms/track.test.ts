import {Duplex, PassThrough, Transform, type TransformCallback} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {createGzip} from 'node:zlib'
import {expect} from 'chai'
import {collect, testSink, testSource} from '../../lib/testing/index.ts'
import {create, discard, map, track} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {numbers, rejection, settle, thrown} from './support.ts'

/** A hand-written Transform of numbers. */
function foreign(
  transform: (this: Transform, x: number, encoding: BufferEncoding, done: TransformCallback) => void,
  flush?: (this: Transform, done: TransformCallback) => void,
): Transform {
  return new Transform({objectMode: true, transform, ...(flush && {flush})})
}
const double = () => foreign((x, _, done) => done(null, x * 2))
const doubleLater = () => foreign((x, _, done) => setImmediate(done, null, x * 2))

describe('track', () => {
  it('returns what the wrapped Transform gives', async () => {
    for (const inner of [double(), doubleLater()])
      expect(await collect(create(numbers(2500)).pipe(track<number, number>(inner)))).to.deep.equal(
        numbers(2500).map(x => x * 2),
      )
  })
  it('takes plain values, too', async () => {
    const sink = testSink()
    await pipeline(new PassThrough({objectMode: true}).end(1), track(double()), sink)
    expect(sink.values).to.deep.equal([2])
  })
  it('keeps ids, timestamps and leases', async () => {
    for (const inner of [double(), doubleLater()]) {
      const source = testSource([[1, 2, 3], [4]], {ids: 's', timestamps: x => x * 10, leases: true})
      const sink = testSink()
      await pipeline(source, track(inner), sink)
      expect(sink.ids).to.deep.equal(['s:0', 's:1', 's:2', 's:3'])
      expect(sink.timestamps).to.deep.equal([10, 20, 30, 40])
      expect(source.acked).to.deep.equal([1, 2, 3, 4])
    }
  })
  it('acknowledges a message only when its own output is committed', async () => {
    const source = testSource([[1, 2]], {leases: true})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, track(double()), sink)
    await sink.received(2)
    sink.bundles[0]!.leases![1]!.release()
    expect(source.acked).to.deep.equal([2])
    sink.bundles[0]!.leases![0]!.release()
    await done
  })
  it('keeps watermarks, behind what is still in the wrapped stream', async () => {
    const held = deferred()
    const inner = foreign((x, _, done) => {
      if (x === 3) void held.promise.then(() => done(null, x))
      else done(null, x)
    })
    const sink = testSink()
    const done = pipeline(testSource([[1], [2, 3], [4]], {watermarks: [10, 20, 30]}), track(inner), sink)
    await sink.received(2)
    await settle()
    expect(sink.watermark).to.equal(10)
    held.resolve()
    await done
    expect(sink.watermark).to.equal(30)
  })
  it('hands on what has come while the wrapped stream works on the rest of a bundle', async () => {
    const held = deferred()
    const inner = foreign((x, _, done) => void (x === 3 ? held.promise.then(() => done(null, x)) : done(null, x)))
    const sink = testSink()
    const done = pipeline(testSource([[1, 2, 3]], {ids: 's'}), track(inner), sink)
    await sink.received(2)
    held.resolve()
    await done
    expect(sink.ids).to.deep.equal(['s:0', 's:1', 's:2'])
  })
  it('waits for a stream that answers only at its end', async () => {
    const kept: number[] = []
    const inner = foreign(
      (x, _, done) => {
        kept.push(x)
        done()
      },
      function (done) {
        for (const x of kept) this.push(x)
        done()
      },
    )
    expect(await collect(create(numbers(3000)).pipe(track(inner)))).to.deep.equal(numbers(3000))
  })
  it('keeps backpressure from its consumer to its source', async () => {
    const source = testSource(thousands())
    const sink = testSink({stall: true})
    const controller = new AbortController()
    const done = pipeline(source, track(double()), sink, {signal: controller.signal}).catch(() => {})
    await settle(30)
    expect(source.pulled).to.be.at.most(6000)
    controller.abort()
    await done
  })
  it('fails when the stream gives fewer values', async () => {
    const error = await rejection(
      pipeline(create([1, 2, 3]), track(foreign((x, _, done) => done(null, x > 1 ? x : null))), discard()),
    )
    // null ends the stream before its input does
    expect(error.code).to.equal('ERR_SLUICE_TRACK')
    const none = foreign((_x, _, done) => done())
    const {code, message, stage} = await rejection(pipeline(create([1, 2, 3]), track(none), discard()))
    expect({code, stage}).to.deep.equal({code: 'ERR_SLUICE_TRACK', stage: 'track'})
    expect(message).to.match(/\(Transform\) gave 0 values for 3; .* Use parDo\(fn\)/)
  })
  it('fails when the stream gives more values', async () => {
    const two = foreign(function (x, _, done) {
      this.push(x)
      done(null, x)
    })
    const error = await rejection(pipeline(create([1, 2, 3]), track(two), discard()))
    expect(error.code).to.equal('ERR_SLUICE_TRACK')
    expect(error.message).to.match(/gave more values than it was given/)
  })
  it('fails with the error of the stream as cause, and the name of the stage', async () => {
    const boom = new Error('boom')
    const error = await rejection(
      pipeline(
        create([1]),
        track(
          foreign((_x, _, done) => done(boom)),
          {name: 'Enrich'},
        ),
        discard(),
      ),
    )
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', cause: boom, stage: 'Enrich', message: 'Enrich: boom'})
  })
  it('fails when the stream closes before its end', async () => {
    const inner = foreign(() => {})
    const done = rejection(pipeline(create([1]), track(inner), discard()))
    await settle()
    inner.destroy()
    expect((await done).message).to.match(/Premature close/)
  })
  it('destroys the stream when it is destroyed', async () => {
    const inner = foreign(() => {})
    await rejection(pipeline(testSource([[1]], {error: new Error('boom')}), track(inner), discard()))
    expect(inner.destroyed).to.equal(true)
  })
  it('gives back the messages that are in the stream when the pipeline fails', async () => {
    const source = testSource([[1, 2]], {leases: true, error: new Error('boom')})
    await rejection(pipeline(source, track(foreign(() => {})), discard()))
    expect(source.nacked).to.deep.equal([1, 2])
  })
  it('lets foreign Duplexes work on several values at once', async () => {
    const inner = Duplex.from(async function* (input: AsyncIterable<number>) {
      for await (const x of input) yield x + 1
    })
    expect(await collect(create(numbers(100)).pipe(track(inner)))).to.deep.equal(numbers(100, 1))
  })
  it('counts what it takes and gives', async () => {
    const stage = track(double())
    await pipeline(create(numbers(1500)), stage, discard())
    expect(stage.info.metrics).to.include({in: 1500, out: 1500})
  })
  it('refuses streams of bytes, stages, and streams in use', async () => {
    const used = double()
    used.resume()
    const cases: [unknown, RegExp][] = [
      [createGzip(), /readableObjectMode/],
      [map((x: number) => x), /need no track/],
      [used, /not in use/],
      [{}, /a Transform or other Duplex/],
    ]
    for (const [stream, message] of cases) {
      const error = thrown(() => track(stream as Duplex))
      expect(error.message).to.match(/^track: option `transform` is /)
      expect(error.message).to.match(message)
    }
  })
})

function* thousands() {
  for (;;) yield numbers(1000)
}
