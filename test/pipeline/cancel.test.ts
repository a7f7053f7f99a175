import {expect} from 'chai'
import type {Bundle} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {Endless, Kept, Mapped, numbers, rejection, Values} from './support.ts'

/** A pipeline that would never end, and a promise for its being under way. */
function endless(options?: {signal: AbortSignal}) {
  const underWay = deferred()
  const p = new Pipeline({name: 'orders', ...options})
  const source = new Endless()
  const sink = new Kept<number>()
  const note = (x: number) => {
    if (x === 1000) underWay.resolve()
    return x
  }
  p.apply('Read', source).apply('Note', new Mapped(note)).apply('Keep', sink)
  return {p, source, sink, underWay: underWay.promise}
}

describe('cancelling a run', () => {
  it('stops it, and the run rejects', async () => {
    const {p, source, sink, underWay} = endless()
    const run = p.run()
    await underWay
    void run.cancel()
    const error = await rejection(run)
    expect(error).to.include({code: 'ERR_SLUICE_CANCELLED'})
    expect(error.message).to.equal("the run of pipeline 'orders' was cancelled")
    expect(run.state).to.equal('cancelled')
    expect(source.closed && sink.closed).to.equal(true)
    expect(sink.committed).to.equal(false)
  })

  it('gives the reason in the message and as the cause', async () => {
    const {p} = endless()
    const run = p.run()
    const reason = new Error('SIGINT')
    void run.cancel(reason)
    const error = await rejection(run)
    expect(error).to.include({cause: reason})
    expect(error.message).to.match(/was cancelled: SIGINT$/)
  })

  it('resolves cancel() when everything has stopped, and needs nobody to handle the rejection', async () => {
    const {p, source, sink, underWay} = endless()
    const run = p.run()
    await underWay
    await run.cancel()
    expect(source.closed && sink.closed).to.equal(true)
  })

  it('takes the signal of run()', async () => {
    const {p, underWay} = endless()
    const stop = new AbortController()
    const run = p.run({signal: stop.signal})
    await underWay
    stop.abort(new Error('enough'))
    expect((await rejection(run)).message).to.match(/was cancelled: enough$/)
  })

  it('takes the signal of the pipeline', async () => {
    const stop = new AbortController()
    const {p, underWay} = endless({signal: stop.signal})
    const run = p.run()
    await underWay
    stop.abort()
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_CANCELLED'})
  })

  it('reads nothing when the signal has aborted before', async () => {
    const p = new Pipeline()
    const source = new Values(numbers(10))
    p.apply('Read', source).apply('Keep', new Kept())
    const run = p.run({signal: AbortSignal.abort(new Error('too late'))})
    expect(run.state).to.equal('cancelled')
    expect((await rejection(run)).message).to.match(/was cancelled: too late$/)
    expect(source.pulled).to.equal(0)
  })

  it('leaves a run that is done as it is', async () => {
    const p = new Pipeline()
    p.apply('Read', new Values([1])).apply('Keep', new Kept())
    const run = p.run()
    await run
    await run.cancel()
    expect(run.state).to.equal('done')
    expect(await run).to.include({state: 'done'})
  })

  it('leaves a run that has failed as it is', async () => {
    const p = new Pipeline()
    const fail = () => {
      throw new Error('boom')
    }
    p.apply('Read', new Values([1])).apply('Fail', new Mapped(fail))
    const run = p.run()
    await rejection(run)
    await run.cancel()
    expect(run.state).to.equal('failed')
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_PROCESS'})
  })

  it('stops a sink that is stuck in a write', async () => {
    const stuck = deferred()
    class Stuck extends Kept<number> {
      override writeBundle(_: Bundle<number>) {
        stuck.resolve()
        return new Promise<void>(() => {})
      }
    }
    const p = new Pipeline()
    p.apply('Read', new Values([1])).apply('Keep', new Stuck())
    const run = p.run()
    await stuck.promise
    await run.cancel()
    expect(run.state).to.equal('cancelled')
  })

  it('is what the signal of a single stage does to the run', async () => {
    const stop = new AbortController()
    const p = new Pipeline()
    p.apply('Read', new Endless({signal: stop.signal})).apply('Keep', new Kept())
    const run = p.run()
    stop.abort()
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_CANCELLED', stage: 'Read'})
    expect(run.state).to.equal('cancelled')
  })

  it('takes its ear off the signal when the run has ended', async () => {
    const stop = new AbortController()
    const p = new Pipeline()
    p.apply('Read', new Values([1])).apply('Keep', new Kept())
    const run = p.run({signal: stop.signal})
    await run
    stop.abort()
    expect(run.state).to.equal('done')
  })
})
