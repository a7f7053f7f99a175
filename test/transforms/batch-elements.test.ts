import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle} from '../../lib/core/index.ts'
import {FakeClock, runStage, testSink, testSource} from '../../lib/testing/index.ts'
import {batchElements, create, discard} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {numbers, rejection, settle, thrown} from './support.ts'

/** Gives the bundles, then stays open until `end()`. */
function open<T>(...bundles: T[][]) {
  const gate = deferred()
  async function* generate() {
    yield* bundles
    await gate.promise
  }
  return {input: generate(), end: () => gate.resolve()}
}

describe('batchElements', () => {
  it('gives arrays of 100 by default, and the rest at the end', async () => {
    const {output} = await runStage(batchElements<number>(), numbers(250))
    expect(output).to.deep.equal([numbers(100), numbers(100, 100), numbers(50, 200)])
  })
  it('gives arrays of at most `max`, over the borders of bundles', async () => {
    const {output} = await runStage(
      batchElements<number>({max: 3}),
      testSource([
        [1, 2],
        [3, 4, 5],
        [6, 7],
      ]),
    )
    expect(output).to.deep.equal([[1, 2, 3], [4, 5, 6], [7]])
  })
  it('gives nothing for no elements', async () => {
    expect((await runStage(batchElements(), [])).output).to.deep.equal([])
  })
  it('gives arrays of at most `maxBytes`, a larger element alone', async () => {
    const {output} = await runStage(batchElements<string>({maxBytes: 5}), ['aa', 'bbb', 'c', 'dddddddd', 'e', 'é', 'f'])
    expect(output).to.deep.equal([['aa', 'bbb'], ['c'], ['dddddddd'], ['e', 'é', 'f']])
  })
  it('takes the bytes of Buffers and of JSON', async () => {
    const items = [Buffer.alloc(10), {a: 1}, [1, 2, 3]]
    expect((await runStage(batchElements<object>({maxBytes: 10}), items)).output.map(b => b.length)).to.deep.equal([
      1, 1, 1,
    ])
    expect((await runStage(batchElements<object>({maxBytes: 14}), items)).output.map(b => b.length)).to.deep.equal([
      1, 2,
    ])
  })
  it('takes the bytes that `size` gives', async () => {
    const {output} = await runStage(batchElements({maxBytes: '1kB', size: (n: number) => n * 100}), [4, 6, 1])
    expect(output).to.deep.equal([[4, 6], [1]])
  })
  it('takes BigInts for their digits', async () => {
    const {output} = await runStage(batchElements<object>({maxBytes: 20}), [{a: 12345n}, {a: 1n}, {a: 1n}])
    expect(output.map(batch => batch.length)).to.deep.equal([1, 2])
  })
  it('fails with the element whose size cannot be taken, and the fix', async () => {
    const circle: {self?: object} = {}
    circle.self = circle
    const error = await rejection(runStage(batchElements<object>({maxBytes: 10}), [circle]))
    expect(error).to.include({code: 'ERR_SLUICE_PROCESS', element: circle})
    expect(error.message).to.match(/give the option `size`/)
  })
  it('hands a partial batch on when its first element has waited for maxDelay', async () => {
    const clock = new FakeClock()
    const {input, end} = open([1, 2])
    const sink = testSink()
    const stage = clock.attach(batchElements<number>({maxDelay: '5s'}))
    const done = pipeline(testSource(input), stage, sink)
    await clock.advance(4999)
    expect(sink.values).to.deep.equal([])
    await clock.advance(1)
    expect(sink.values).to.deep.equal([[1, 2]])
    end()
    await done
  })
  it('waits for 1 s by default', async () => {
    const clock = new FakeClock()
    const {input, end} = open([1])
    const stage = clock.attach(batchElements())
    const done = pipeline(testSource(input), stage, discard())
    await settle()
    expect(clock.pending).to.deep.equal([1000])
    end()
    await done
  })
  it('leaves no timer behind', async () => {
    const clock = new FakeClock()
    await pipeline(testSource([[1, 2, 3]]), clock.attach(batchElements({max: 2})), discard())
    expect(clock.pending).to.deep.equal([])
    const failing = clock.attach(batchElements())
    await rejection(pipeline(testSource([[1]], {error: new Error('boom')}), failing, discard()))
    expect(clock.pending).to.deep.equal([])
  })
  it('lets a late batch fill while its consumer takes nothing', async () => {
    const clock = new FakeClock()
    const sink = testSink<number[]>({stall: true})
    const {input, end} = open(numbers(3), [3, 4], [5, 6], [7, 8], [9])
    const stage = clock.attach(batchElements<number>({max: 1000, maxDelay: 1000, highWaterMark: 1000}))
    const done = pipeline(testSource(input), stage, sink)
    await clock.advance('1s')
    await clock.advance('1s')
    sink.release()
    await clock.advance('1s')
    end()
    await done
    expect(sink.values.flat()).to.deep.equal(numbers(10))
  })
  it('keeps backpressure', async () => {
    const source = testSource(thousands())
    const sink = testSink({stall: true})
    const controller = new AbortController()
    const done = pipeline(source, batchElements({max: 1}), sink, {signal: controller.signal}).catch(() => {})
    await settle(20)
    expect(source.pulled).to.be.at.most(6000)
    controller.abort()
    await done
  })
  it('acknowledges the messages of a batch when what was made of it is committed', async () => {
    const source = testSource([[1, 2, 3]], {leases: true})
    const sink = testSink({acknowledge: 'never'})
    const done = pipeline(source, batchElements({max: 2}), sink)
    await sink.received(2)
    const [first, second] = sink.bundles.flatMap(b => b.leases ?? [])
    first!.release()
    expect(source.acked).to.deep.equal([1, 2])
    second!.release()
    await done
    expect(source.acked).to.deep.equal([1, 2, 3])
  })
  it('gives back messages that wait in a batch when the pipeline fails', async () => {
    const source = testSource([[1, 2, 3]], {leases: true, error: new Error('boom')})
    await rejection(pipeline(source, batchElements(), discard()))
    expect(source.nacked).to.deep.equal([1, 2, 3])
  })
  it("has its first element's id with .b, and the earliest timestamp", async () => {
    const sink = testSink()
    await pipeline(testSource([[3, 1, 2]], {ids: 's', timestamps: x => x}), batchElements({max: 2}), sink)
    expect(sink.ids).to.deep.equal(['s:0.b', 's:2.b'])
    expect(sink.timestamps).to.deep.equal([1, 2])
  })
  it('has no id when its elements have none', async () => {
    const sink = testSink()
    await pipeline(testSource([new Bundle([1])]), batchElements(), sink)
    expect(sink.ids).to.deep.equal([undefined])
  })
  it('holds the watermark back by what waits', async () => {
    const clock = new FakeClock()
    const sink = testSink()
    const {input, end} = open([1], [2, 3], [4])
    const stage = clock.attach(batchElements<number>({max: 2}))
    const done = pipeline(testSource(input, {watermarks: [10, 20, 30]}), stage, sink)
    await sink.received(2)
    await clock.advance(0)
    expect(sink.watermark).to.equal(30)
    end()
    await done
  })
  it('does not let the watermark pass an element that waits', async () => {
    const clock = new FakeClock()
    const sink = testSink()
    const {input, end} = open([1, 2], [3], [])
    const stage = clock.attach(batchElements<number>({max: 2}))
    const done = pipeline(testSource(input, {watermarks: [10, 20, 30]}), stage, sink)
    await clock.advance(0)
    expect(sink.watermark).to.equal(10)
    await clock.advance('1s')
    expect(sink.watermark).to.equal(30)
    end()
    await done
  })
  it('counts what it takes and gives', async () => {
    const stage = batchElements({max: 10})
    await pipeline(create(numbers(95)), stage, discard())
    expect(stage.info.metrics).to.include({in: 95, out: 10})
  })
  it('refuses bad options', () => {
    for (const options of [{max: 0}, {maxBytes: 0}, {maxBytes: 'x'}, {maxDelay: '5 parsecs'}, {size: 5}, {maxx: 1}])
      expect(thrown(() => batchElements(options as never)).message).to.match(/^batchElements: (unknown )?option `/)
  })
})

function* thousands() {
  for (;;) yield numbers(1000)
}
