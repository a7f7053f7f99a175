import type {Meter, Tracer} from '@opentelemetry/api'
import {badOption, checkOptionNames} from '../errors/index.ts'
import {loadOpenTelemetry} from './load-open-telemetry.ts'
import {MeterBridge} from './meter-bridge.ts'
import {TracerBridge} from './tracer-bridge.ts'

// Structural, so that this package's types need no types of @opentelemetry/api
type Method = (...args: never[]) => unknown

/** What is used of a `Meter` of `@opentelemetry/api`. */
export interface MeterLike {
  createHistogram: Method
  createObservableCounter: Method
  createObservableGauge: Method
  addBatchObservableCallback: Method
  removeBatchObservableCallback: Method
}

/** What is used of a `Tracer` of `@opentelemetry/api`. */
export interface TracerLike {
  startSpan: Method
}

/** Options of {@link monitorWithOpenTelemetry}. */
export interface OpenTelemetryOptions {
  /** Where metrics go; default: the globally registered meter provider's `'sluice'`. `false`: no metrics. */
  meter?: MeterLike | false | undefined
  /** Where spans go; default: the globally registered tracer provider's `'sluice'`. `false`: no spans. */
  tracer?: TracerLike | false | undefined
}

/** Monitoring in progress. */
export interface OpenTelemetryMonitor {
  /** Stops monitoring: open spans end now and metrics are no longer reported. Flush the SDK first. Safe to call again. */
  stop(): void
}

/**
 * Reports every run and stage of this process that begins from now on to OpenTelemetry: counters, gauges and a histogram
 * of request durations for each stage; a span for each run and, below it, one for each stage.
 *
 * It listens to the diagnostics channels of the library, so plain `stream.pipeline`s are reported too. The span of a run is a
 * child of what is active where the run begins, such as the span of an HTTP request. A run that fails has its error recorded as an
 * exception, and so has the stage where it began. docs/monitoring.md lists metrics and attributes.
 *
 * @param options `meter` and `tracer`: default those of the global providers; `false` leaves one out
 * @throws {SluiceError} `ERR_SLUICE_MONITOR` when `@opentelemetry/api` is not installed; `ERR_SLUICE_OPTION`
 * @example
 * // after the SDK of OpenTelemetry was set up, as @opentelemetry/sdk-node does
 * const monitor = monitorWithOpenTelemetry()
 */
export function monitorWithOpenTelemetry(options: OpenTelemetryOptions = {}): OpenTelemetryMonitor {
  const where = 'monitorWithOpenTelemetry'
  checkOptionNames(where, options, ['meter', 'tracer'])
  const {meter, tracer} = options
  if (meter !== undefined && meter !== false && typeof meter?.createObservableCounter !== 'function')
    throw badOption(where, 'meter', meter, 'a Meter of @opentelemetry/api, or false')
  if (tracer !== undefined && tracer !== false && typeof tracer?.startSpan !== 'function')
    throw badOption(where, 'tracer', tracer, 'a Tracer of @opentelemetry/api, or false')
  const api = loadOpenTelemetry()
  const bridges: {stop(): void}[] = []
  if (meter !== false) bridges.push(new MeterBridge((meter as Meter | undefined) ?? api.metrics.getMeter('sluice')))
  if (tracer !== false)
    bridges.push(new TracerBridge(api, (tracer as Tracer | undefined) ?? api.trace.getTracer('sluice')))
  return {
    stop() {
      for (const bridge of bridges.splice(0)) bridge.stop()
    },
  }
}
