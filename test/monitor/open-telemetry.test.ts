import {mkdtempSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {context, metrics, ROOT_CONTEXT, SpanStatusCode, trace} from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import {expect} from 'chai'
import {monitorWithOpenTelemetry, type OpenTelemetryMonitor} from '../../lib/monitor/index.ts'
import {loadOpenTelemetry} from '../../lib/monitor/load-open-telemetry.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {create, discard, map} from '../../lib/transforms/index.ts'
import {Kept, Mapped, numbers, rejection, Values} from '../pipeline/support.ts'

const boom = () => {
  throw new Error('boom')
}

describe('the bridge to OpenTelemetry', () => {
  let exported: InMemoryMetricExporter
  let spans: InMemorySpanExporter
  let meters: MeterProvider
  let tracers: BasicTracerProvider
  let monitor: OpenTelemetryMonitor | undefined

  beforeEach(() => {
    exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    spans = new InMemorySpanExporter()
    meters = new MeterProvider({
      readers: [new PeriodicExportingMetricReader({exporter: exported, exportIntervalMillis: 3_600_000})],
    })
    tracers = new BasicTracerProvider({spanProcessors: [new SimpleSpanProcessor(spans)]})
  })
  afterEach(async () => {
    monitor?.stop()
    monitor = undefined
    await meters.shutdown()
    await tracers.shutdown()
  })

  const start = () => {
    monitor = monitorWithOpenTelemetry({meter: meters.getMeter('test'), tracer: tracers.getTracer('test')})
  }
  const span = (name: string): ReadableSpan => {
    const found = spans.getFinishedSpans().filter(each => each.name === name)
    expect(found, name).to.have.length(1)
    return found[0]!
  }
  /** Name, unit and the points of a metric as it was exported. */
  const exportedMetric = async (name: string) => {
    exported.reset()
    await meters.forceFlush()
    const all = exported.getMetrics().flatMap(each => each.scopeMetrics.flatMap(scope => scope.metrics))
    const metric = all.find(each => each.descriptor.name === name)
    return {
      unit: metric?.descriptor.unit,
      points: metric?.dataPoints.map(({attributes, value}) => ({attributes, value})),
    }
  }

  it('reports what the stages of a plain pipeline count', async () => {
    start()
    const same = new Mapped((x: number) => x, {name: 'Same'})
    await pipeline(new Values(numbers(25), 10, {name: 'Numbers'}), same, new Kept({name: 'Keep'}))
    expect(await exportedMetric('sluice.elements.in')).to.deep.equal({
      unit: '{element}',
      points: [
        {attributes: {stage: 'Same', kind: 'dofn'}, value: 25},
        {attributes: {stage: 'Keep', kind: 'sink'}, value: 25},
      ],
    })
    expect((await exportedMetric('sluice.runs')).points).to.deep.equal([{attributes: {state: 'done'}, value: 1}])
  })

  it('gives a run of a Pipeline a span, and each of its stages one below it', async () => {
    start()
    const p = new Pipeline({name: 'orders'})
    p.apply('Read', create([1, 2, 3]))
      .apply(
        'Double',
        map(n => n * 2),
      )
      .apply('Write', discard())
    await p.run()
    const run = span('run orders')
    expect(run.attributes).to.deep.equal({'sluice.pipeline': 'orders', 'sluice.state': 'done'})
    for (const name of ['Read', 'Double', 'Write']) {
      expect(span(name).parentSpanContext?.spanId, name).to.equal(run.spanContext().spanId)
      expect(span(name).status.code).to.equal(SpanStatusCode.UNSET)
    }
    expect(span('Double').attributes).to.deep.equal({
      'sluice.pipeline': 'orders',
      'sluice.stage': 'Double',
      'sluice.kind': 'dofn',
      'sluice.elements.in': 3,
      'sluice.elements.out': 3,
      'sluice.elements.failed': 0,
    })
  })

  it('gives the stages of one plain pipeline one run, those of another another', async () => {
    start()
    await Promise.all([
      pipeline(
        create([1]),
        map((n: number) => n, {name: 'A'}),
        discard(),
      ),
      pipeline(
        create([1]),
        map((n: number) => n, {name: 'B'}),
        discard(),
      ),
    ])
    await new Promise(setImmediate)
    const runs = spans.getFinishedSpans().filter(({name}) => name === 'run pipeline')
    expect(runs).to.have.length(2)
    const parents = ['A', 'B'].map(name => span(name).parentSpanContext!.spanId)
    expect(parents.sort()).to.deep.equal(runs.map(run => run.spanContext().spanId).sort())
    const below = spans.getFinishedSpans().filter(each => each.parentSpanContext?.spanId === parents[0])
    expect(below).to.have.length(3)
  })

  for (const kind of ['Pipeline', 'plain pipeline'])
    it(`records what a ${kind} fails with, on the run and on the stage where it began`, async () => {
      start()
      if (kind === 'Pipeline') {
        const p = new Pipeline({name: 'pipeline'})
        p.apply('Read', create([1]))
          .apply('Fail', map(boom))
          .apply('Write', discard({name: 'x'}))
        await rejection(p.run())
      } else await rejection(pipeline(create([1], {name: 'Read'}), map(boom, {name: 'Fail'}), discard()))
      await new Promise(setImmediate)
      for (const name of ['run pipeline', 'Fail']) {
        const {status, events} = span(name)
        expect(status.code, name).to.equal(SpanStatusCode.ERROR)
        expect(events.map(event => event.name)).to.deep.equal(['exception'])
        expect(events[0]!.attributes!['exception.message']).to.match(/Fail.*boom/)
      }
      expect(span('run pipeline').attributes['sluice.state']).to.equal('failed')
      expect(span('Read').status.code).to.equal(SpanStatusCode.UNSET)
    })

  it('takes a run that was cancelled for no failure', async () => {
    start()
    const p = new Pipeline({name: 'stopped'})
    p.apply('Read', create([1]))
      .apply(
        'Wait',
        map(async () => new Promise<number>(() => {})),
      )
      .apply('Write', discard())
    const run = p.run()
    await new Promise(setImmediate)
    await run.cancel()
    await rejection(run)
    expect(span('run stopped').attributes['sluice.state']).to.equal('cancelled')
    expect(span('run stopped').status.code).to.equal(SpanStatusCode.UNSET)
  })

  it('makes the run a child of what is active where it begins', async () => {
    start()
    const request = tracers.getTracer('test').startSpan('request')
    // without an AsyncLocalStorage manager there is only what is active right now
    context.setGlobalContextManager({
      active: () => trace.setSpan(ROOT_CONTEXT, request),
      with: (_, fn, self, ...args) => fn.call(self as never, ...args),
      bind: (_, target) => target,
      enable() {
        return this
      },
      disable() {
        return this
      },
    })
    try {
      const p = new Pipeline({name: 'below'})
      p.apply(create([1])).apply(discard())
      await p.run()
    } finally {
      context.disable()
    }
    expect(span('run below').parentSpanContext!.spanId).to.equal(request.spanContext().spanId)
  })

  it('takes the meter and the tracer of the global providers', async () => {
    metrics.setGlobalMeterProvider(meters)
    trace.setGlobalTracerProvider(tracers)
    try {
      monitor = monitorWithOpenTelemetry()
      await pipeline(create([1]), discard())
      await new Promise(setImmediate)
      expect(span('run pipeline').instrumentationScope.name).to.equal('sluice')
      expect((await exportedMetric('sluice.elements.out')).points).to.have.length(1)
    } finally {
      metrics.disable()
      trace.disable()
    }
  })

  it('leaves out metrics or spans that are set to false', async () => {
    monitor = monitorWithOpenTelemetry({meter: meters.getMeter('test'), tracer: false})
    await pipeline(create([1]), discard())
    expect((await exportedMetric('sluice.elements.out')).points).to.have.length(1)
    monitor.stop()
    monitor = monitorWithOpenTelemetry({meter: false, tracer: tracers.getTracer('test')})
    await pipeline(create([1]), discard())
    await new Promise(setImmediate)
    span('run pipeline')
  })

  it('ends open spans and reports nothing more when it is stopped', async () => {
    start()
    const p = new Pipeline({name: 'open'})
    p.apply('Read', create([1]))
      .apply(
        'Wait',
        map(async () => new Promise<number>(() => {})),
      )
      .apply('Write', discard())
    const run = p.run()
    await new Promise(setImmediate)
    monitor!.stop()
    monitor!.stop()
    expect(spans.getFinishedSpans().map(({name}) => name)).to.have.members(['run open', 'Read', 'Wait'])
    await run.cancel()
    await rejection(run)
    expect(spans.getFinishedSpans()).to.have.length(3)
    expect((await exportedMetric('sluice.elements.out')).points ?? []).to.deep.equal([])
  })

  it('says what to install when @opentelemetry/api is missing', () => {
    const elsewhere = join(mkdtempSync(join(tmpdir(), 'sluice-monitor-')), 'index.js')
    expect(() => loadOpenTelemetry(elsewhere))
      .to.throw(/npm install @opentelemetry\/api/)
      .with.property('code', 'ERR_SLUICE_MONITOR')
  })

  it('refuses anything that is neither a meter nor a tracer', () => {
    expect(() => monitorWithOpenTelemetry({meter: {} as never})).to.throw(/option `meter`.*or false/)
    expect(() => monitorWithOpenTelemetry({tracer: true as never})).to.throw(/option `tracer`.*or false/)
    expect(() => monitorWithOpenTelemetry({traces: false} as never)).to.throw(/did you mean `tracer`\?/)
  })
})
