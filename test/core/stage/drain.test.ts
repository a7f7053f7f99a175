import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, Source} from '../../../lib/core/index.ts'
import {FakeClock, type TestSource, testSink, testSource} from '../../../lib/testing/index.ts'
import {create, map} from '../../../lib/transforms/index.ts'
import {doFn, numbers, rejection, settle, until} from '../support.ts'

/** One bundle, and then nothing more comes. */
async function* once<T>(values: T[]): AsyncGenerator<T[]> {
  yield values
  await new Promise(() => {})
}

/** Messages that come for ever, one a round. */
async function* forEver(): AsyncGenerator<number[]> {
  for (let n = 0; ; n++) {
    yield [n]
    await new Promise(setImmediate)
  }
}

const leased = (bundles: AsyncIterable<number[]> | Iterable<number[]>) => testSource(bundles, {leases: true})

/** Whether a promise has settled, looked at after some rounds of the event loop. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let is = false
  const note = () => {
    is = true
  }
  promise.then(note, note)
  await settle()
  return is
}

describe('drain() of a source', () => {
  it('resolves after the last acknowledgement, and the pipeline with it', async () => {
    const source = leased(once([1, 2]))
    const sink = testSink<number>({stall: true})
    const run = pipeline(source, sink)
    await until(() => source.pulled === 2)
    const drained = source.drain()
    expect(await isSettled(drained)).to.equal(false)
    sink.release()
    await drained
    expect(source.acked).to.deep.equal([1, 2])
    await run
  })

  it('stops a source that would never end', async () => {
    const source = leased(forEver())
    const sink = testSink<number>()
    const run = pipeline(
      source,
      map((n: number) => n),
      sink,
    )
    await sink.received(5)
    await source.drain()
    await run
    expect(source.acked).to.deep.equal(sink.values)
    expect(source.outstanding).to.deep.equal([])
  })

  it('lets a batching sink wait for its delay no longer than for the end', async () => {
    const source = leased(once([1, 2]))
    const sink = testSink<number>({acknowledge: 'commit'})
    const run = pipeline(source, sink)
    await sink.received(2)
    expect(source.acked).to.deep.equal([])
    await source.drain()
    await run
    expect(source.acked).to.deep.equal([1, 2])
  })

  it('gives back what was read and not handed on', async () => {
    const source = leased([numbers(2500), numbers(2500)])
    const sink = testSink<number>({stall: true})
    const run = pipeline(source, sink)
    await until(() => source.readableLength > 0)
    const drained = source.drain()
    sink.release()
    await drained
    await run
    expect(source.acked).to.deep.equal(sink.values)
    expect(source.nacked.length)
      .to.equal(source.pulled - sink.values.length)
      .and.be.greaterThan(0)
  })

  it('gives back a bundle that comes when the end has been told already', async () => {
    let give = (_: number[]) => {}
    const next = new Promise<number[]>(resolve => {
      give = resolve
    })
    const source = leased(
      (async function* () {
        yield await next
      })(),
    )
    const run = pipeline(source, testSink())
    await settle()
    const drained = source.drain()
    give([7])
    await drained
    await run
    await settle()
    expect(source.acked).to.deep.equal([])
    expect(source.outstanding).to.deep.equal([])
  })

  it('closes a source that nobody reads', async () => {
    const source = leased(forEver())
    await source.drain()
    expect(source.closed).to.equal(true)
    expect(source.pulled).to.equal(0)
  })

  it('twice resolves twice, and the nearer deadline counts', async () => {
    const {source, clock, run} = stuck()
    await until(() => source.pulled === 1)
    const first = source.drain({deadline: '8s'})
    const second = source.drain({deadline: '2s'})
    await clock.advance('2s')
    await Promise.all([first, second])
    expect((await run).message).to.contain('within 2.0 s')
  })

  it('after the end resolves at once', async () => {
    const source = create([1])
    await pipeline(source, testSink())
    await source.drain()
    expect(source.errored).to.equal(null)
  })

  it('of a source that has failed resolves too', async () => {
    const source = leased(once([1]))
    source.once('error', () => {})
    source.destroy(new Error('gone'))
    await source.drain()
    expect(source.errored).to.include({message: 'gone'})
  })

  it('refuses bad options, with the name of the source', async () => {
    const source = testSource([[1]], {name: 'messages'})
    expect((await rejection(source.drain({deadline: -1}))).message).to.match(/messages.*deadline/)
    expect((await rejection(source.drain({within: 1} as never))).message).to.match(/messages.*within/)
    source.destroy()
  })

  it('leaves no timer behind', async () => {
    const clock = new FakeClock()
    const source = clock.attach(leased(forEver()))
    const sink = testSink<number>()
    const run = pipeline(source, sink)
    await sink.received(1)
    await source.drain()
    await run
    expect(clock.pending).to.deep.equal([])
  })
})

/** A pipeline whose DoFn never answers, on a clock that stands still; `run` is the error that it ends with. */
function stuck(): {source: TestSource<number>; clock: FakeClock; run: Promise<Error>} {
  const clock = new FakeClock()
  const source = clock.attach(leased(once([1])))
  const run = rejection(
    pipeline(
      source,
      doFn(() => new Promise<number[]>(() => {})),
      testSink(),
    ),
  )
  return {source, clock, run}
}

describe('a drain whose deadline passes', () => {
  it('fails the pipeline and gives back what is not settled', async () => {
    const {source, clock, run} = stuck()
    await until(() => source.pulled === 1)
    const drained = source.drain({deadline: '5s'})
    await clock.advance(4999)
    expect(source.nacked).to.deep.equal([])
    await clock.advance(1)
    await drained
    const error = await run
    expect(error).to.include({code: 'ERR_SLUICE_DRAIN', stage: 'testSource'})
    expect(error.message).to.match(/within 5\.0 s: 1 message was given back; give it more time/)
    expect(source.nacked).to.deep.equal([1])
  })

  it('does so when the source has ended and waits for its messages', async () => {
    const clock = new FakeClock()
    const source = clock.attach(leased(once([1])))
    const sink = testSink({acknowledge: 'never'})
    const run = rejection(pipeline(source, sink))
    await sink.received(1)
    const drained = source.drain({deadline: '5s'})
    await until(() => source.readableEnded)
    await clock.advance('5s')
    await drained
    expect(await run).to.include({code: 'ERR_SLUICE_DRAIN'})
    expect(source.nacked).to.deep.equal([1])
  })

  it('fails a source without messages that does not end', async () => {
    const clock = new FakeClock()
    const source = clock.attach(new Numbers())
    const run = rejection(pipeline(source, testSink({stall: true})))
    await settle()
    const drained = source.drain({deadline: 100})
    await clock.advance(100)
    await drained
    expect(await run).to.include({code: 'ERR_SLUICE_DRAIN'})
  })
})

class Numbers extends Source<number> {
  async *bundles() {
    for (;;) yield new Bundle([1])
  }
}

describe('an abort', () => {
  it('gives back everything that is not committed, and acknowledges nothing', async () => {
    const stop = new AbortController()
    const source = leased(once([1, 2, 3]))
    const sink = testSink<number>({acknowledge: 'commit'})
    const run = rejection(pipeline(source, sink, {signal: stop.signal}))
    await sink.received(3)
    stop.abort()
    expect(await run).to.include({name: 'AbortError'})
    await settle()
    expect(source.acked).to.deep.equal([])
    expect(source.nacked).to.deep.equal([1, 2, 3])
  })

  it('keeps what was committed before it', async () => {
    const stop = new AbortController()
    const source = leased(once([1, 2, 3]))
    const sink = testSink<number>({acknowledge: 'commit'})
    const run = rejection(pipeline(source, sink, {signal: stop.signal}))
    await sink.received(3)
    await sink.flush()
    stop.abort()
    await run
    expect(source.acked).to.deep.equal([1, 2, 3])
    expect(source.nacked).to.deep.equal([])
  })

  it('ends a drain that is under way', async () => {
    const stop = new AbortController()
    const source = leased(once([1]))
    const sink = testSink({stall: true})
    const run = rejection(pipeline(source, sink, {signal: stop.signal}))
    await until(() => source.pulled === 1)
    const drained = source.drain()
    stop.abort()
    await drained
    expect(await run).to.include({name: 'AbortError'})
    await settle()
    expect(source.acked).to.deep.equal([])
  })
})
