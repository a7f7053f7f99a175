import {PassThrough, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deferred} from '../../lib/util/index.ts'
import {doFn, FailingSink, numberSource, numbers, rejection, settle, TestSink} from './support.ts'

/** Emits every number to `side` and yields it. */
const both = () =>
  doFn((x, c) => {
    c.emit('side', x)
    return [x]
  })

describe('the end of a stage with tagged outputs', () => {
  it('waits until they have been read to the end', async () => {
    const stage = both()
    const side = stage.tagged('side')
    let ended = false
    const done = pipeline(numberSource(10), stage, new TestSink()).then(() => {
      ended = true
    })
    await settle(20)
    expect(ended).to.equal(false)
    side.resume()
    await done
  })

  it('waits until the sink on it has finished', async () => {
    const stage = both()
    const commit = deferred<void>()
    const side = new TestSink()
    side.commit = () => commit.promise
    stage.tagged('side').pipe(side)
    let ended = false
    const done = pipeline(numberSource(10), stage, new TestSink()).then(() => {
      ended = true
    })
    await settle(20)
    expect(ended).to.equal(false)
    commit.resolve()
    await done
    expect(side.writableFinished).to.equal(true)
  })

  it('waits until a sink has finished that stream.pipeline connects to it', async () => {
    const stage = both()
    const commit = deferred<void>()
    const side = new TestSink()
    side.commit = () => commit.promise
    const branch = pipeline(
      stage.tagged('side'),
      doFn(x => [x]),
      side,
    )
    let ended = false
    const done = pipeline(numberSource(10), stage, new TestSink()).then(() => {
      ended = true
    })
    await settle(20)
    expect(ended).to.equal(false)
    commit.resolve()
    await Promise.all([done, branch])
  })

  it('waits for flush() of a sink that is kept open', async () => {
    const stage = both()
    const side = new TestSink()
    let commits = 0
    side.commit = () => void commits++
    stage.tagged('side').pipe(side, {end: false})
    await pipeline(numberSource(10), stage, new TestSink())
    expect(commits).to.equal(1)
    expect(side.values).to.deep.equal(numbers(10))
    expect(side.writableEnded).to.equal(false)
  })

  it('does not wait for a sink that its main output feeds too', async () => {
    const stage = both()
    const sink = new TestSink()
    stage.tagged('side').pipe(sink, {end: false})
    await pipeline(
      numberSource(10),
      stage,
      doFn(x => [x]),
      sink,
    )
    expect(sink.values).to.have.length(20)
  })

  it('does not wait for a sink after a stage that its main output feeds too', async () => {
    const [stage, join, sink] = [both(), doFn(x => [x]), new TestSink()]
    stage.tagged('side').pipe(join, {end: false})
    await pipeline(numberSource(10), stage, join, sink)
    expect(sink.values).to.have.length(20)
  })

  it('is not held up by a tag that ends empty', async () => {
    const stage = doFn(x => [x])
    const side = new TestSink()
    stage.tagged('side').pipe(side)
    await pipeline(numberSource(10), stage, new TestSink())
    expect(side.writableFinished).to.equal(true)
  })
})

describe('a failing branch', () => {
  for (const when of ['write', 'commit'] as const)
    it(`on a tag fails the owner with the same error (${when})`, async () => {
      const stage = both()
      const side = new FailingSink(when)
      stage.tagged('side').pipe(side)
      const error = await rejection(pipeline(numberSource(10), stage, new TestSink()))
      expect(error['code']).to.equal('ERR_SLUICE_SINK')
      expect(error['stage']).to.equal('FailingSink')
      expect((error.cause as Error).message).to.equal('disk full')
    })

  it('behind further stages on a tag fails the owner', async () => {
    const stage = both()
    const side = stage.tagged('side').pipe(doFn(x => [x]))
    side.pipe(doFn(x => [x])).pipe(new FailingSink('write'))
    const error = await rejection(pipeline(numberSource(10), stage, new TestSink()))
    expect((error.cause as Error).message).to.equal('disk full')
  })

  it('of a foreign stream on a tag fails the owner', async () => {
    const stage = both()
    const foreign = new Writable({objectMode: true, write: (_x, _e, done) => done(new Error('disk full'))})
    stage.tagged('side').pipe(foreign)
    const error = await rejection(pipeline(numberSource(10), stage, new TestSink()))
    expect(error.message).to.equal('disk full')
  })

  it('is destroyed when its owner fails: plain pipe() would leave it open', async () => {
    const stage = doFn(() => {
      throw new Error('bad')
    })
    const [middle, side, foreign] = [doFn(x => [x]), new TestSink(), new PassThrough({objectMode: true})]
    stage.tagged('side').pipe(middle).pipe(side)
    stage.tagged('other').pipe(foreign)
    await rejection(pipeline(numberSource(10), stage, new TestSink()))
    await settle()
    expect([middle.destroyed, side.destroyed, foreign.destroyed]).to.deep.equal([true, true, true])
  })

  it('that is kept open with {end: false} survives its owner', async () => {
    const stage = doFn(() => {
      throw new Error('bad')
    })
    const side = new TestSink()
    stage.tagged('side').pipe(side, {end: false})
    await rejection(pipeline(numberSource(10), stage, new TestSink()))
    await settle()
    expect(side.destroyed).to.equal(false)
  })

  it('a tagged Readable destroyed before its end destroys its DoFn with that error', async () => {
    const stage = both()
    const side = stage.tagged('side')
    const reason = new Error('enough')
    side.once('data', () => side.destroy(reason))
    expect(await rejection(pipeline(numberSource(10_000), stage, new TestSink()))).to.equal(reason)
  })

  it('a reader that stops early without an error fails the DoFn with one that says so', async () => {
    const stage = both()
    const side = stage.tagged('side')
    side.once('data', () => side.destroy())
    const error = await rejection(pipeline(numberSource(10_000), stage, new TestSink()))
    expect(error['code']).to.equal('ERR_SLUICE_TAG')
    expect(error.message).to.include("the reader of output 'side' of TestFn stopped before its end")
  })
})
