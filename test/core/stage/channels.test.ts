import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import type {BundleMessage, StageMessage} from '../../../lib/core/index.ts'
import {batchElements, flatten, track} from '../../../lib/transforms/index.ts'
import {doFn, numberSource, rejection, TestSink} from '../support.ts'

describe('diagnostics channels', () => {
  const bundles: BundleMessage[] = []
  const stages: StageMessage[] = []
  const onBundle = (message: unknown) => void bundles.push(message as BundleMessage)
  const onStage = (message: unknown) => void stages.push(message as StageMessage)

  beforeEach(() => {
    bundles.length = 0
    stages.length = 0
    subscribe('sluice:bundle', onBundle)
    subscribe('sluice:stage', onStage)
  })
  afterEach(() => {
    unsubscribe('sluice:bundle', onBundle)
    unsubscribe('sluice:stage', onStage)
  })

  it('say once per bundle, in a plain pipeline too, what a stage has taken and given', async () => {
    await pipeline(
      numberSource(2500),
      doFn(x => [x, x], {name: 'Twice'}),
      new TestSink(),
    )
    const twice = bundles.filter(m => m.stage === 'Twice')
    expect(twice.map(m => [m.kind, m.in])).to.deep.equal([
      ['dofn', 1000],
      ['dofn', 1000],
      ['dofn', 500],
    ])
    expect([twice[0]!.metrics.in, twice[0]!.metrics.out]).to.deep.equal([2500, 5000])
  })

  const steps = {
    'a synchronous DoFn': () => doFn(x => [x, x], {name: 'Twice'}),
    'an asynchronous DoFn': () => doFn(async x => [x, x], {name: 'Twice', concurrency: 3}),
    'an asynchronous DoFn without order': () => doFn(async x => [x, x], {name: 'Twice', ordered: false}),
    'a DoFn of which only some elements are asynchronous': () =>
      doFn(x => (x % 700 === 0 ? Promise.resolve([x, x]) : [x, x]), {name: 'Twice'}),
  }
  for (const [what, made] of Object.entries(steps))
    it(`say of ${what} what each bundle has given`, async () => {
      await pipeline(numberSource(2500), made(), new TestSink())
      const twice = bundles.filter(m => m.stage === 'Twice')
      expect(twice.map(m => [m.in, m.out])).to.deep.equal([
        [1000, 2000],
        [1000, 2000],
        [500, 1000],
      ])
    })

  it('say of batches, wrapped streams and merged inputs what has gone in and out', async () => {
    const inner = new PassThrough({objectMode: true})
    await pipeline(
      flatten(numberSource(1500), numberSource(700)),
      track<number, number>(inner),
      batchElements({max: 7}),
      new TestSink(),
    )
    for (const [stage, given] of [
      ['flatten', 2200],
      ['track', 2200],
      ['batchElements', Math.ceil(2200 / 7)],
    ] as const) {
      const all = bundles.filter(m => m.stage === stage)
      expect(
        all.reduce((sum, m) => sum + m.in, 0),
        stage,
      ).to.equal(2200)
      expect(
        all.reduce((sum, m) => sum + m.out, 0),
        stage,
      ).to.equal(given)
    }
  })

  it('say when a stage starts and ends', async () => {
    await pipeline(
      numberSource(3),
      doFn(x => [x], {name: 'Step'}),
      new TestSink(),
    )
    expect(stages.filter(m => m.stage === 'Step').map(m => m.event)).to.deep.equal(['start', 'end'])
  })

  it('say when a stage fails, and of what', async () => {
    const stage = doFn(
      () => {
        throw new Error('boom')
      },
      {name: 'Step'},
    )
    const error = await rejection(pipeline(numberSource(3), stage, new TestSink()))
    const [start, failed] = stages.filter(m => m.stage === 'Step')
    expect([start!.event, failed!.event, failed!.error]).to.deep.equal(['start', 'error', error])
  })
})

describe('metrics of a stage', () => {
  it('count elements in and out, bundles and calls in flight', async () => {
    const stage = doFn(async x => (x % 2 === 0 ? [x] : []), {concurrency: 5})
    await pipeline(numberSource(2000), stage, new TestSink())
    const {metrics} = stage.info
    expect([metrics.in, metrics.out, metrics.bundles, metrics.peakInFlight]).to.deep.equal([2000, 1000, 2, 5])
    expect(metrics.busyMs).to.be.greaterThan(0)
  })

  it('hold the counters, distributions and gauges of user code', async () => {
    const stage = doFn((x, c) => {
      c.counter('seen').inc()
      c.counter('double').inc(2)
      c.distribution('size').update(x)
      c.gauge('last').set(x)
      return [x]
    })
    await pipeline(numberSource(5), stage, new TestSink())
    const {counters, distributions, gauges} = stage.info.metrics
    expect(counters).to.deep.equal({seen: 5, double: 10})
    expect(distributions).to.deep.equal({size: {count: 5, sum: 10, min: 0, max: 4}})
    expect(gauges).to.deep.equal({last: 4})
  })
})
