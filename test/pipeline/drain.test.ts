import {PassThrough, Readable} from 'node:stream'
import {setTimeout as later} from 'node:timers/promises'
import {expect} from 'chai'
import {type Bundle, deadLetter, silentLogger} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {FakeClock, testSink, testSource} from '../../lib/testing/index.ts'
import {count, create, discard, flatten, groupBy, map, parDo, tap, tee, windowInto} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {fixedWindows} from '../../lib/windowing/index.ts'
import {settle, until} from '../core/support.ts'
import {Endless, Kept, numbers, rejection, Sort, Values} from './support.ts'

/** Bundles of one number each for ever, given one after the other. */
async function* forEver(from = 0): AsyncGenerator<number[]> {
  for (let n = from; ; n++) {
    yield [n]
    await later(0)
  }
}

/** One bundle, and then nothing more comes. */
async function* oncePulled<T>(values: T[]): AsyncGenerator<T[]> {
  yield values
  await new Promise(() => {})
}

describe('draining a run', () => {
  it('stops a source without an end, and the run resolves when all that it gave is committed', async () => {
    const p = new Pipeline()
    const source = testSource(forEver(), {leases: true})
    const sink = testSink<number>({acknowledge: 'commit'})
    p.apply('Read', source).apply('Keep', sink)
    const run = p.run()
    await sink.received(3)
    void run.drain()
    expect(run.state).to.equal('draining')
    const result = await run
    expect(result).to.include({state: 'done', drained: true})
    expect(run.state).to.equal('done')
    expect(source.acked).to.deep.equal(sink.values)
    expect(source.outstanding).to.deep.equal([])
    expect(sink.writableFinished).to.equal(true)
  })

  it('resolves when the run has settled, after the last acknowledgement', async () => {
    const p = new Pipeline()
    const source = testSource(oncePulled([1, 2]), {leases: true})
    const sink = testSink<number>({stall: true})
    p.apply('Read', source).apply('Keep', sink)
    const run = p.run()
    await until(() => sink.writableLength > 0)
    let drained = false
    const over = run.drain().then(() => {
      drained = true
    })
    await settle()
    expect(drained).to.equal(false)
    sink.release()
    await over
    expect(source.acked).to.deep.equal([1, 2])
    expect(run.state).to.equal('done')
  })

  it('gives back what no stage has begun with', async () => {
    const p = new Pipeline()
    const source = testSource([numbers(1000), numbers(1000), numbers(1000), numbers(1000), numbers(1000)], {
      leases: true,
    })
    const sink = testSink<number>({stall: true})
    p.apply('Read', source).apply('Keep', sink)
    const run = p.run()
    await until(() => source.readableLength > 0)
    const over = run.drain()
    sink.release()
    await over
    expect(run.state).to.equal('done')
    expect(source.acked.length).to.equal(sink.values.length)
    expect(source.acked.length + source.nacked.length).to.equal(source.pulled)
    expect(source.acked.length).to.be.lessThan(5000)
  })

  it('says false for drained when the input simply ended', async () => {
    const p = new Pipeline()
    p.apply('Read', new Values([1])).apply('Keep', new Kept())
    expect(await p.run()).to.include({drained: false})
  })

  it('before anything was read gives a run without elements', async () => {
    const p = new Pipeline()
    const source = new Values(numbers(10))
    const sink = new Kept()
    p.apply('Read', source).apply('Keep', sink)
    const run = p.run()
    await run.drain()
    expect(await run).to.include({drained: true})
    expect(source.pulled).to.equal(0)
    expect(sink.values).to.deep.equal([])
  })

  it('a second time changes nothing when its deadline is later', async () => {
    const {run, clock, settled} = await stuck()
    void run.drain({deadline: '2s'})
    void run.drain({deadline: '5s'})
    await clock.advance('2s')
    expect((await settled).message).to.contain('within 2.0 s')
  })

  it('a second time brings the deadline forward', async () => {
    const {run, clock, settled} = await stuck()
    void run.drain({deadline: '8s'})
    const second = run.drain({deadline: '1s'})
    await clock.advance('1s')
    expect((await settled).message).to.contain('within 1.0 s')
    await second
  })

  it('after the end does nothing', async () => {
    const p = new Pipeline()
    p.apply('Read', new Values([1])).apply('Keep', new Kept())
    const run = p.run()
    await run
    await run.drain()
    expect(run.state).to.equal('done')
  })

  it('after cancel() leaves the run cancelled', async () => {
    const p = new Pipeline()
    p.apply('Read', new Endless()).apply('Keep', new Kept())
    const run = p.run()
    void run.cancel()
    await run.drain()
    expect(run.state).to.equal('cancelled')
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_CANCELLED'})
  })

  it('of a run that was refused does nothing', async () => {
    const run = new Pipeline().run()
    await run.drain()
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_GRAPH'})
  })

  it('ends when the run is cancelled meanwhile, and nothing is acknowledged that is not committed', async () => {
    const {run, source, settled} = await stuck()
    const drained = run.drain()
    await run.cancel(new Error('now'))
    await drained
    expect(await settled).to.include({code: 'ERR_SLUICE_CANCELLED'})
    expect(source.acked).to.deep.equal([])
    expect(source.nacked).to.deep.equal([1, 2, 3])
  })

  it('fails with the error of a stage that fails meanwhile', async () => {
    const p = new Pipeline()
    const wait = deferred()
    const source = testSource(oncePulled([1]), {leases: true})
    const fail = async () => {
      await wait.promise
      throw new Error('boom')
    }
    p.apply('Read', source).apply('Fail', parDo(fail)).apply('Drop', discard())
    const run = p.run()
    await until(() => source.pulled > 0)
    void run.drain()
    wait.resolve()
    expect(await rejection(run)).to.include({code: 'ERR_SLUICE_PROCESS', stage: 'Fail'})
    expect(source.nacked).to.deep.equal([1])
  })

  it('names the groups of open windows that were not emitted in time', async () => {
    const p = new Pipeline({name: 'clicks'})
    const clock = new FakeClock()
    const source = clock.attach(testSource(oncePulled(numbers(10_000)), {leases: true}))
    const perNumber = groupBy({n: (n: number) => n}, {seen: count()}, {state: 'volatile', logger: silentLogger})
    p.apply('Read', source)
      .apply('All', windowInto(fixedWindows('1m'), {timestamp: () => 0}))
      .apply('PerNumber', perNumber)
      .apply(
        'Hang',
        parDo(() => new Promise<number[]>(() => {})),
      )
      .apply('Keep', testSink<number>())
    const run = p.run()
    const settled = rejection(run)
    await until(() => perNumber.info.metrics.in === 10_000)
    void run.drain({deadline: '1s'})
    await settle()
    await clock.advance('1s')
    const error = await settled
    expect(error).to.include({code: 'ERR_SLUICE_DRAIN'})
    expect(error.message).to.match(/\d+ groups in open windows of PerNumber not emitted/)
  })

  it('refuses bad options at the call', async () => {
    const p = new Pipeline({name: 'orders'})
    p.apply('Read', new Values([1])).apply('Keep', new Kept())
    const run = p.run()
    expect(() => run.drain({deadline: 'soon' as never})).to.throw(/orders.*deadline.*soon/)
    expect(() => run.drain({within: 1} as never)).to.throw(/within/)
    await run
  })
})

/** A run whose DoFn never answers for the first of three messages, on a clock that stands still. */
async function stuck() {
  const clock = new FakeClock()
  const p = new Pipeline({name: 'orders'})
  const source = clock.attach(testSource(oncePulled([1, 2, 3]), {leases: true}))
  const sink = testSink<number>()
  p.apply('Read', source)
    .apply(
      'Hang',
      parDo(() => new Promise<number[]>(() => {})),
    )
    .apply('Keep', sink)
  const run = p.run()
  const settled = rejection(run)
  await until(() => source.pulled === 3)
  return {run, clock, source, settled}
}

describe('a drain that takes too long', () => {
  it('fails at the deadline and says what was in flight, although user code hangs', async () => {
    const {run, clock, source, settled} = await stuck()
    const over = run.drain({deadline: '5s'})
    await clock.advance(4999)
    expect(run.state).to.equal('draining')
    await clock.advance(1)
    const error = await settled
    await over
    expect(error).to.include({code: 'ERR_SLUICE_DRAIN'})
    expect(error.message).to.match(
      /pipeline 'orders': the drain did not finish within 5\.0 s\. Still in flight: 3 of Read not acknowledged \(given back\); 3 waiting for Hang or in it;/,
    )
    expect(run.state).to.equal('failed')
    expect(source.nacked).to.deep.equal([1, 2, 3])
  })

  it('has 8 s by default', async () => {
    const {run, clock, settled} = await stuck()
    void run.drain()
    await clock.advance(7999)
    expect(run.state).to.equal('draining')
    await clock.advance(1)
    expect(await settled).to.include({code: 'ERR_SLUICE_DRAIN'})
  })

  it('counts what waits for a sink that takes nothing', async () => {
    const clock = new FakeClock()
    const p = new Pipeline()
    const sink = testSink<number>({stall: true})
    p.apply('Read', clock.attach(new Values(numbers(20), 10))).apply('Keep', sink)
    const run = p.run()
    const settled = rejection(run)
    await until(() => sink.writableLength > 0)
    void run.drain({deadline: 100})
    await clock.advance(100)
    expect((await settled).message).to.match(/Still in flight: \d+ waiting for Keep or in it/)
  })

  it('is over although a sink hangs in its commit', async () => {
    class Hanging extends Kept<number> {
      override commit(): Promise<void> {
        return new Promise(() => {})
      }
    }
    const clock = new FakeClock()
    const p = new Pipeline()
    const source = clock.attach(testSource(oncePulled([1]), {leases: true}))
    p.apply('Read', source).apply('Keep', new Hanging())
    const run = p.run()
    const settled = rejection(run)
    await until(() => source.pulled > 0)
    void run.drain({deadline: 100})
    await clock.advance(100)
    expect(await settled).to.include({code: 'ERR_SLUICE_DRAIN'})
    expect(source.nacked).to.deep.equal([1])
  })

  it('gives back at once what a source waits for that has ended, as cancel() does', async () => {
    for (const stop of ['drain', 'cancel'] as const) {
      const clock = new FakeClock()
      const p = new Pipeline()
      const source = clock.attach(testSource([[1]], {leases: true}))
      const sink = testSink({acknowledge: 'never'})
      p.apply('Read', source).apply('Keep', sink)
      const run = p.run()
      const settled = rejection(run)
      await until(() => sink.closed)
      if (stop === 'cancel') void run.cancel()
      else {
        void run.drain({deadline: 100})
        await clock.advance(100)
      }
      expect(await settled).to.include({code: stop === 'drain' ? 'ERR_SLUICE_DRAIN' : 'ERR_SLUICE_CANCELLED'})
      expect(source.nacked).to.deep.equal([1])
    }
  })

  it('is over although a source does not close', async () => {
    class NeverCloses extends Endless {
      override _destroy(): void {}
    }
    const clock = new FakeClock()
    const p = new Pipeline()
    p.apply('Read', clock.attach(new NeverCloses())).apply('Keep', testSink<number>({stall: true}))
    const run = p.run()
    const settled = rejection(run)
    void run.drain({deadline: 100})
    await clock.advance(100)
    expect(await settled).to.include({code: 'ERR_SLUICE_DRAIN'})
  })
})

describe('a drain reaches', () => {
  it('a bounded and an unbounded source together', async () => {
    const p = new Pipeline()
    const bounded = new Values(numbers(30), 10)
    const unbounded = testSource(forEver(), {leases: true})
    const sink = testSink<number>()
    const all = flatten(p.apply('File', bounded), p.apply('Messages', unbounded))
    p.apply('All', all).apply('Keep', sink)
    const run = p.run()
    await sink.received(35)
    void run.drain()
    await run
    expect(unbounded.acked).to.deep.equal(numbers(unbounded.pulled))
    expect(sink.values.length).to.equal(30 + unbounded.pulled)
  })

  it('sources inside a flatten of streams', async () => {
    const p = new Pipeline()
    const one = testSource(forEver(), {leases: true, name: 'one'})
    const two = testSource(forEver(100), {leases: true, name: 'two'})
    const sink = testSink<number>()
    p.apply('All', flatten(one, two.pipe(map((n: number) => n)))).apply('Keep', sink)
    const run = p.run()
    await sink.received(6)
    void run.drain()
    await run
    expect([...one.outstanding, ...two.outstanding]).to.deep.equal([])
    expect(sink.values.length).to.equal(one.acked.length + two.acked.length)
  })

  it('a foreign stream inside a flatten', async () => {
    const foreign = new PassThrough({objectMode: true})
    const p = new Pipeline()
    const sink = testSink<unknown>()
    p.apply('All', flatten(foreign, new Values([1]))).apply('Keep', sink)
    const run = p.run()
    foreign.write('x')
    await sink.received(2)
    void run.drain()
    await run
    expect(sink.values).to.have.members([1, 'x'])
    expect(foreign.destroyed).to.equal(true)
  })

  it('a foreign stream inside create(), which it closes', async () => {
    const foreign = new PassThrough({objectMode: true})
    const p = new Pipeline()
    const sink = testSink<unknown>()
    p.apply('Read', create(foreign)).apply('Keep', sink)
    const run = p.run()
    foreign.write('x')
    await sink.received(1)
    void run.drain()
    expect(await run).to.include({drained: true})
    expect(sink.values).to.deep.equal(['x'])
    expect(foreign.destroyed).to.equal(true)
  })

  it('a foreign stream that never gives anything', async () => {
    const p = new Pipeline()
    p.apply('Read', create(new Readable({objectMode: true, read() {}}))).apply('Keep', new Kept())
    const run = p.run()
    await later(0)
    await run.drain()
    expect(run.state).to.equal('done')
  })

  it('tags, dead letters and branches of tee()', async () => {
    const p = new Pipeline()
    const source = testSource(forEver(), {leases: true})
    const [odd, even, side, main, bad] = [1, 2, 3, 4, 5].map(() => testSink<unknown>())
    const sorted = p.apply('Read', source).apply('Sort', new Sort())
    sorted.tagged('odd').apply('Odd', odd!)
    sorted.tagged('even').apply('Even', even!)
    const check = map(refuseSevens, {onError: deadLetter('bad')})
    const checked = sorted.apply('Tee', tee<number>(side!)).apply('Check', check)
    checked.apply('Keep', main!)
    checked.tagged('bad').apply('Bad', bad!)
    const run = p.run()
    await bad!.received(1)
    void run.drain()
    await run
    expect(source.acked).to.deep.equal(numbers(source.pulled))
    expect(side!.values.length).to.equal(source.pulled)
    expect(odd!.values.length + even!.values.length).to.equal(source.pulled)
    expect(main!.values.length + bad!.values.length).to.equal(source.pulled)
  })

  it('a source whose output no step reads on', async () => {
    const p = new Pipeline()
    const source = testSource(forEver(), {leases: true})
    let seen = 0
    p.apply('Read', source).apply(
      'Look',
      tap(() => {
        seen++
      }),
    )
    const run = p.run()
    await until(() => seen > 2)
    void run.drain()
    await run
    expect(source.acked.length).to.equal(seen)
  })

  it('what a slow sink still has to commit', async () => {
    const wait = deferred()
    class Slow extends Kept<number> {
      override writeBundle(bundle: Bundle<number>): Promise<void> {
        return wait.promise.then(() => void super.writeBundle(bundle))
      }
    }
    const p = new Pipeline()
    const source = testSource(oncePulled([1, 2]), {leases: true})
    const sink = new Slow()
    p.apply('Read', source).apply('Keep', sink)
    const run = p.run()
    await until(() => source.pulled > 0)
    void run.drain()
    wait.resolve()
    await run
    expect(sink.committed).to.equal(true)
    expect(source.acked).to.deep.equal([1, 2])
  })
})

function refuseSevens(n: number): number {
  if (n === 7) throw new Error('seven')
  return n
}
