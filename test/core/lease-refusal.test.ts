import {PassThrough, Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {SluiceError} from '../../lib/errors/index.ts'
import {track} from '../../lib/transforms/index.ts'
import {doFn, LeasedSource, rejection, settle, TestSink, TestSource, until} from './support.ts'

const foreign = () => new PassThrough({objectMode: true})

function refused(error: unknown): void {
  expect(error).to.be.instanceOf(SluiceError)
  expect((error as SluiceError).code).to.equal('ERR_SLUICE_LEASE')
  for (const way of ['parDo(fn)', 'track(transform)', "ack: 'manual'", "ack: 'on-read'"])
    expect((error as Error).message).to.include(way)
}

function thrown(fn: () => unknown): unknown {
  try {
    fn()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

describe('a leased source and a stream that is not ours', () => {
  it('are refused when they are piped together', async () => {
    const source = new LeasedSource(3)
    refused(thrown(() => source.pipe(foreign())))
    await settle()
    expect(source.pulled).to.equal(0)
  })

  it('are refused through a stage that is piped to the foreign stream last, before any pull', async () => {
    const source = new LeasedSource(3)
    const stage = source.pipe(doFn(x => [x]))
    refused(thrown(() => stage.pipe(foreign())))
    await settle(20)
    expect(source.pulled).to.equal(0)
    expect(source.destroyed).to.equal(true)
  })

  it('are refused through a stage that was piped to the foreign stream first, before any pull', async () => {
    const source = new LeasedSource(3)
    const stage = doFn(x => [x])
    stage.pipe(foreign())
    refused(thrown(() => source.pipe(stage)))
    await settle(20)
    expect(source.pulled).to.equal(0)
  })

  it('are refused far downstream, in either order', () => {
    const [a, b, c] = [doFn(x => [x]), doFn(x => [x]), doFn(x => [x])]
    a.pipe(b).pipe(c)
    c.pipe(foreign())
    refused(thrown(() => new LeasedSource(3).pipe(a)))
    const [d, e] = [doFn(x => [x]), doFn(x => [x])]
    d.pipe(e)
    new LeasedSource(3).pipe(d)
    refused(thrown(() => e.pipe(foreign())))
  })

  it('are refused on a tagged output', () => {
    const stage = doFn(x => [x])
    new LeasedSource(3).pipe(stage)
    refused(thrown(() => stage.tagged('side').pipe(foreign())))
  })

  it('make pipeline() reject before any pull', async () => {
    const source = new LeasedSource(3)
    refused(
      await rejection(
        pipeline(
          source,
          doFn(x => [x]),
          foreign(),
          new TestSink(),
        ),
      ),
    )
    await settle(20)
    expect(source.pulled).to.equal(0)
  })

  it('are refused in mid-stream without harm to the destination that is there', async () => {
    const source = new LeasedSource(5000)
    const sink = new TestSink<number>({stall: true})
    source.pipe(sink)
    await until(() => sink.values.length > 0)
    refused(thrown(() => source.pipe(foreign())))
    sink.go()
    await until(() => sink.writableFinished)
    expect(source.acked).to.have.length(5000)
  })

  it("'data' fails the stage with that error", async () => {
    const source = new LeasedSource(3)
    source.on('data', () => {
      throw new Error('got a value')
    })
    refused(await new Promise(resolve => source.once('error', resolve)))
  })

  it("'data' beside a pipe fails the stage with that error", async () => {
    const source = new LeasedSource(3)
    source.pipe(new TestSink())
    source.on('data', () => {})
    refused(await new Promise(resolve => source.once('error', resolve)))
  })

  it('async iteration fails with that error', async () => {
    const stage = new LeasedSource(3).pipe(doFn(x => [x]))
    refused(
      await rejection(
        (async () => {
          for await (const x of stage) throw new Error(`got ${x}`)
        })(),
      ),
    )
  })

  it('async iteration in mid-stream fails with that error', async () => {
    const source = new LeasedSource(5000)
    const sink = new TestSink<number>({stall: true})
    source.pipe(sink)
    await until(() => source.readableLength > 0)
    source.unpipe(sink)
    refused(await rejection(source.toArray()))
  })

  it('toWeb() fails with that error', async () => {
    const error = await rejection(
      (async () => {
        for await (const x of Readable.toWeb(new LeasedSource(3))) throw new Error(`got ${x}`)
      })(),
    )
    refused(error)
  })

  it('resume(), which would throw values away, fails with that error', async () => {
    const source = new LeasedSource(3)
    source.resume()
    refused(await new Promise(resolve => source.once('error', resolve)))
  })

  it('go together when track() answers for the foreign stream, in either order of piping', async () => {
    for (const order of [1, 2]) {
      const source = new LeasedSource(3)
      const stage = doFn(x => [x])
      const sink = new TestSink()
      if (order === 1) source.pipe(stage)
      stage.pipe(track(foreign())).pipe(sink)
      if (order === 2) source.pipe(stage)
      await until(() => sink.writableFinished)
      expect(sink.values).to.deep.equal([0, 1, 2])
      expect(source.acked).to.deep.equal([0, 1, 2])
    }
  })

  it('do not meet when the source has no leases', async () => {
    await pipeline(new TestSource([[1, 2, 3]]), foreign(), new TestSink())
  })
})
