import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {doFn, numberSource, numbers, rejection, settle, TestSink, until} from '../support.ts'

/** Emits every number to `side` and yields it. */
const both = () =>
  doFn((x, c) => {
    c.emit('side', x)
    return [x]
  })

describe('a tagged output', () => {
  it('is a Readable of bundles for stages of ours', async () => {
    const stage = both()
    const [main, side] = [new TestSink<number>(), new TestSink<number>()]
    stage.tagged('side').pipe(side)
    await pipeline(numberSource(2500), stage, main)
    expect(side.values).to.deep.equal(numbers(2500))
    expect(side.sizes.length).to.be.at.most(6)
    expect(main.values).to.deep.equal(numbers(2500))
  })

  it('is a Readable of values for everybody else', async () => {
    const stage = both()
    const got: unknown[] = []
    stage.tagged('side').on('data', x => got.push(x))
    await pipeline(numberSource(2500), stage, new TestSink())
    expect(got).to.deep.equal(numbers(2500))
  })

  it('is the same Readable each time it is asked for', () => {
    const stage = both()
    expect(stage.tagged('side')).to.equal(stage.tagged('side'))
  })

  it('that nobody claimed is dropped and counted', async () => {
    const stage = both()
    await pipeline(numberSource(10), stage, new TestSink())
    expect(stage.info.metrics.dropped).to.deep.equal({side: 10})
    expect(stage.info.metrics.tagged).to.deep.equal({})
  })

  it('that is claimed is counted by tag', async () => {
    const stage = both()
    stage.tagged('side').resume()
    await pipeline(numberSource(10), stage, new TestSink())
    expect(stage.info.metrics.tagged).to.deep.equal({side: 10})
    expect(stage.info.metrics.out).to.equal(10)
  })

  it('cannot be claimed after the first element', async () => {
    const stage = both()
    await pipeline(numberSource(1), stage, new TestSink())
    expect(() => stage.tagged('side'))
      .to.throw("call tagged('side') before the stream starts")
      .with.property('code', 'ERR_SLUICE_TAG')
  })

  it('must have a name', () => {
    expect(() => both().tagged('')).to.throw('non-empty string')
  })

  it('holds the stage back when it is full, and the other way round', async () => {
    for (const stalled of ['side', 'main']) {
      const stage = both()
      const source = numberSource(100_000)
      const [main, side] = [new TestSink({stall: stalled === 'main'}), new TestSink({stall: stalled === 'side'})]
      stage.tagged('side').pipe(side)
      const done = pipeline(source, stage, main)
      await until(() => side.values.length > 0 && main.values.length > 0)
      await settle(50)
      expect(source.pulled).to.be.at.most(5000)
      main.go()
      side.go()
      await done
      expect(side.values).to.have.length(100_000)
    }
  })

  it('may be emitted to by startBundle or setup in no case', async () => {
    const stage = doFn<number, number>({startBundle: c => c.emit('side' as never, 1 as never), process: x => [x]})
    const error = await rejection(pipeline(numberSource(1), stage, new TestSink()))
    expect(error.message).to.include('works in process() and finishBundle() only')
  })

  it('refuses an emit after process has returned', async () => {
    let late: unknown
    const stage = doFn((x, c) => {
      setImmediate(() => {
        try {
          c.emit('side', x)
        } catch (error) {
          late = error
        }
      })
      return [x]
    })
    stage.tagged('side').resume()
    await pipeline(numberSource(1), stage, new TestSink())
    await until(() => late !== undefined)
    expect(late).to.have.property('code', 'ERR_SLUICE_TAG')
  })

  it('refuses an emit after an asynchronous process has answered', async () => {
    let late: unknown
    const stage = doFn(async (x, c) => {
      setImmediate(() => {
        try {
          c.emit('side', x)
        } catch (error) {
          late = error
        }
      })
      return [x]
    })
    stage.tagged('side').resume()
    await pipeline(numberSource(1), stage, new TestSink())
    await until(() => late !== undefined)
    expect(late).to.have.property('code', 'ERR_SLUICE_TAG')
  })
})
