import type {BatchObservableResult, Meter, Observable} from '@opentelemetry/api'
import {DURATION_BUCKETS, REQUEST_DURATION} from './durations.ts'
import {METRICS} from './metric-table.ts'
import {ACTIVE_RUNS, Readings, RUNS, stageLabels} from './readings.ts'

/** Reports metrics to a meter: read when it collects; only durations are recorded as they come. */
export class MeterBridge {
  readonly #readings: Readings
  readonly #unregister: () => void

  constructor(meter: Meter) {
    const {name, help, unit} = REQUEST_DURATION
    const durations = meter.createHistogram(name, {
      description: help,
      unit,
      advice: {explicitBucketBoundaries: [...DURATION_BUCKETS]},
    })
    this.#readings = new Readings({
      requested: (stage, {durationMs, error}) =>
        durations.record(durationMs / 1000, {...stageLabels(stage), result: error === undefined ? 'ok' : 'error'}),
    })
    const observables = new Map<string, Observable>()
    for (const {name, help, unit, kind} of [...METRICS, RUNS, ACTIVE_RUNS]) {
      const options = {description: help, unit}
      const observable =
        kind === 'counter' ? meter.createObservableCounter(name, options) : meter.createObservableGauge(name, options)
      observables.set(name, observable)
    }
    const report = (result: BatchObservableResult) => {
      for (const {metric, samples} of this.#readings.read()) {
        const observable = observables.get(metric.name)!
        for (const {value, labels} of samples) result.observe(observable, value, labels)
      }
    }
    const all = [...observables.values()]
    meter.addBatchObservableCallback(report, all)
    this.#unregister = () => meter.removeBatchObservableCallback(report, all)
  }

  stop(): void {
    this.#unregister()
    this.#readings.stop()
  }
}
