import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, useClock} from '../../../lib/core/index.ts'
import {deferred} from '../../../lib/util/index.ts'
import {FakeClock, TestLogger} from '../fakes.ts'
import {doFn, numberSource, numbers, rejection, settle, TestSink, TestSource, until} from '../support.ts'

/** A sink whose commit is answered by hand, and that notes what happens. */
class Slow extends TestSink<number> {
  readonly log: string[] = []
  committed = deferred<void>()
  override setup(): void {
    this.log.push('setup')
  }
  override commit(): Promise<void> {
    this.log.push(`commit ${this.values.length}`)
    return this.committed.promise
  }
  override teardown(): void {
    this.log.push('teardown')
  }
}

describe('a sink', () => {
  it("emits 'finish', and lets pipeline() resolve, only when everything is committed", async () => {
    const sink = new Slow()
    let resolved = false
    const done = pipeline(numberSource(10), sink).then(() => {
      resolved = true
    })
    await until(() => sink.log.includes('commit 10'))
    await settle()
    expect([resolved, sink.writableFinished]).to.deep.equal([false, false])
    sink.committed.resolve()
    await done
    expect(sink.log).to.deep.equal(['setup', 'commit 10', 'teardown'])
  })

  it('flush() resolves when everything written so far is committed, and the sink stays open', async () => {
    const sink = new Slow()
    await new Promise<void>(resolve => {
      const source = numberSource(1500)
      source.once('end', resolve)
      source.pipe(sink, {end: false})
    })
    let flushed = false
    const done = sink.flush().then(() => {
      flushed = true
    })
    await until(() => sink.log.includes('commit 1500'))
    await settle()
    expect(flushed).to.equal(false)
    sink.committed.resolve()
    await done
    sink.write(7)
    await sink.flush()
    expect(sink.log.at(-1)).to.equal('commit 1501')
    sink.end()
    await until(() => sink.writableFinished)
  })

  it('flush() covers values that were written one by one, gathered or not', async () => {
    const sink = new TestSink<number>()
    for (const x of numbers(10)) sink.write(x)
    await sink.flush()
    expect(sink.values).to.deep.equal(numbers(10))
  })

  it('flush() waits for the end when the sink was ended, and resolves at once when it has finished', async () => {
    const sink = new Slow()
    sink.end(1)
    const flushed = sink.flush()
    sink.committed.resolve()
    await flushed
    expect(sink.writableFinished).to.equal(true)
    await sink.flush()
  })

  it('flush() rejects with the error of the sink', async () => {
    const sink = new Slow()
    sink.on('error', () => {})
    sink.write(1)
    const flushed = rejection(sink.flush())
    sink.committed.reject(new Error('disk full'))
    expect(((await flushed).cause as Error).message).to.equal('disk full')
    expect(((await rejection(sink.flush())).cause as Error).message).to.equal('disk full')
  })

  it('flush() rejects when the sink is destroyed before it is flushed, and commits nothing more', async () => {
    const sink = new Slow({stall: true})
    sink.write(1)
    await settle()
    const flushed = rejection(sink.flush())
    sink.destroy()
    expect((await flushed).message).to.include('destroyed before it was flushed')
    sink.go()
    await settle()
    expect(sink.log.filter(x => x.startsWith('commit'))).to.deep.equal([])
  })

  it('flush() rejects when the sink is destroyed while it commits, even if that ends the commit', async () => {
    const sink = new Slow()
    sink.on('error', () => {})
    sink.write(1)
    const flushed = rejection(sink.flush())
    await until(() => sink.log.includes('commit 1'))
    sink.destroy(new Error('enough'))
    sink.committed.resolve()
    expect((await flushed).message).to.equal('enough')
  })

  it('holds its input back while writeBundle is at work', async () => {
    const source = numberSource(50_000)
    const sink = new TestSink({stall: true})
    const done = pipeline(source, sink)
    await until(() => sink.values.length > 0)
    await settle(20)
    expect(source.pulled).to.be.at.most(3000)
    sink.go()
    await done
    expect(sink.values).to.have.length(50_000)
  })

  it('without elements is neither set up nor torn down, but commits', async () => {
    const sink = new Slow()
    sink.committed.resolve()
    await pipeline(new TestSource([new Bundle<number>([], {watermark: 5}), []]), sink)
    expect(sink.log).to.deep.equal(['commit 0'])
  })

  it('waits for an asynchronous setup, and writes nothing when it is destroyed meanwhile', async () => {
    const setup = deferred<void>()
    const sink = Object.assign(new TestSink<number>(), {setup: () => setup.promise})
    const done = rejection(pipeline(numberSource(3), sink))
    await settle()
    sink.destroy(new Error('stop'))
    await done
    setup.resolve()
    await settle()
    expect(sink.values).to.deep.equal([])
  })

  it('is torn down once when it is destroyed, after the write in flight has settled', async () => {
    const sink = new Slow({stall: true})
    const done = rejection(pipeline(numberSource(3), sink))
    await until(() => sink.values.length > 0)
    sink.destroy(new Error('stop'))
    await done
    await settle()
    expect(sink.log).to.deep.equal(['setup'])
    sink.go()
    await settle()
    expect(sink.log).to.deep.equal(['setup', 'teardown'])
  })

  it('is torn down 1 s after it was destroyed when a write hangs', async () => {
    const sink = new Slow({stall: true})
    const clock = new FakeClock()
    useClock(sink.info, clock)
    const done = rejection(pipeline(numberSource(3), sink))
    await until(() => sink.values.length > 0)
    sink.destroy(new Error('stop'))
    await done
    await clock.advance(1000)
    expect(sink.log).to.deep.equal(['setup', 'teardown'])
  })

  it('logs a teardown that fails after another error', async () => {
    const logger = new TestLogger()
    const sink = Object.assign(new TestSink<number>({logger}), {
      writeBundle: () => {
        throw new Error('disk full')
      },
      teardown: () => {
        throw new Error('teardown broke')
      },
    })
    const error = await rejection(pipeline(numberSource(3), sink))
    await settle()
    expect((error.cause as Error).message).to.equal('disk full')
    expect(logger.lines.join()).to.include('teardown broke')
  })

  it('counts what it takes, bundle by bundle', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(2500),
      doFn(x => [x]),
      sink,
    )
    expect([sink.info.metrics.in, sink.info.metrics.bundles]).to.deep.equal([2500, 3])
  })

  it('may continue writing after writeBundle: commit waits for that', async () => {
    const writes: Promise<void>[] = []
    let written = 0
    class Behind extends TestSink<number> {
      override writeBundle(bundle: Bundle<number>): void {
        writes.push(settle(3).then(() => void (written += bundle.values.length)))
      }
      override async commit(): Promise<void> {
        await Promise.all(writes)
      }
    }
    await pipeline(numberSource(3000), new Behind())
    expect(written).to.equal(3000)
  })
})
