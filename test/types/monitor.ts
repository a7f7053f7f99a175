// What must and must not compile with monitors; checked by `tsc --noEmit`, never run.
import {subscribe} from 'node:diagnostics_channel'
import {metrics, trace} from '@opentelemetry/api'
import type {RequestMessage, RunMessage} from '../../lib/core/index.ts'
import {monitorWithOpenTelemetry, prometheusPage} from '../../lib/monitor/index.ts'

// what OpenTelemetry gives fits, though its types are not named
monitorWithOpenTelemetry({meter: metrics.getMeter('m'), tracer: trace.getTracer('t')}).stop()
monitorWithOpenTelemetry({meter: false})
// @ts-expect-error a tracer is no meter
monitorWithOpenTelemetry({meter: trace.getTracer('t')})
// @ts-expect-error nor is a provider
monitorWithOpenTelemetry({tracer: trace.getTracerProvider()})
// @ts-expect-error no such option
monitorWithOpenTelemetry({metre: false})

const text: string = prometheusPage({labels: {service: 'orders'}}).text()
// @ts-expect-error labels are texts
prometheusPage({labels: {shard: 1}})

subscribe('sluice:run', message => {
  const {run, event} = message as RunMessage
  const names: string[] = run.stages.map(({name}) => name)
  // @ts-expect-error a run has no such event
  if (event === 'stop') names.push(text)
})
subscribe('sluice:request', message => {
  const {durationMs, items}: {durationMs: number; items: number} = message as RequestMessage
  // @ts-expect-error messages are not to be changed into something else
  const wrong: string = durationMs + items
  void wrong
})
