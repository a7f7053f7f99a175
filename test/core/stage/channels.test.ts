import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import type {BundleMessage, StageMessage} from '../../../lib/core/index.ts'
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
