import {type StepMetrics, stepMetrics} from '../pipeline/index.ts'
import {METRICS, type Metric} from './metric-table.ts'
import {type Outcome, Watch, type WatchedRun, type WatchedStage, type Watcher} from './watch.ts'

/** What a value is of: `pipeline` (absent for a plain one), `stage`, `kind`, and the metric's own label. */
export type Labels = Readonly<Record<string, string>>

/** One value, and what it is of. */
interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** All values of one metric. */
export interface Reading {
  readonly metric: Pick<Metric, 'name' | 'help' | 'unit' | 'kind'>
  readonly samples: readonly Sample[]
}

/** The metric of runs, which are not stages. */
export const RUNS = {
  name: 'sluice.runs',
  help: 'Runs that have ended, by how: done, failed, cancelled.',
  unit: '{run}',
  kind: 'counter',
} as const
export const ACTIVE_RUNS = {name: 'sluice.runs.active', help: 'Runs that go on.', unit: '{run}', kind: 'gauge'} as const

/** The values of one metric while they are added up. */
class Sums {
  readonly samples = new Map<string, {labels: Labels; value: number}>()

  add(labels: Labels, value: number, over?: 'max'): void {
    const key = JSON.stringify(labels)
    const sample = this.samples.get(key)
    if (!sample) this.samples.set(key, {labels, value})
    else sample.value = over === 'max' ? Math.max(sample.value, value) : sample.value + value
  }

  copy(): Sums {
    const sums = new Sums()
    for (const [key, sample] of this.samples) sums.samples.set(key, {...sample})
    return sums
  }
}

/**
 * The metrics of all runs and stages since it was made, by name: stages of one name in one pipeline's name are one line,
 * however many runs there are. A stage costs a few lookups when it closes; everything else is read when it is asked for.
 */
export class Readings {
  readonly #watch: Watch
  /** Counters of closed stages. */
  readonly #closed = new Map<Metric, Sums>(counters().map(metric => [metric, new Sums()]))
  readonly #ended = new Sums()

  /** `told`: another observer of the same events. */
  constructor(told: Watcher = {}) {
    this.#watch = new Watch({
      ...told,
      runEnded: (run, outcome) => {
        this.#runEnded(run, outcome)
        told.runEnded?.(run, outcome)
      },
      stageClosed: stage => {
        const step = read(stage)
        for (const [metric, sums] of this.#closed) addTo(sums, metric, stage, step)
        told.stageClosed?.(stage)
      },
    })
  }

  /** The present values; a metric that no stage has is without samples. */
  read(): Reading[] {
    const sums = new Map(METRICS.map(metric => [metric, this.#closed.get(metric)?.copy() ?? new Sums()]))
    for (const stage of this.#watch.stages) {
      const step = read(stage)
      for (const [metric, into] of sums) addTo(into, metric, stage, step)
    }
    const active = new Sums()
    for (const run of this.#watch.runs) active.add(labelsOf(run), 1)
    return [
      ...[...sums].map(([metric, {samples}]) => ({metric, samples: [...samples.values()]})),
      {metric: RUNS, samples: [...this.#ended.samples.values()]},
      {metric: ACTIVE_RUNS, samples: [...active.samples.values()]},
    ]
  }

  stop(): void {
    this.#watch.stop()
  }

  #runEnded(run: WatchedRun, outcome: Outcome): void {
    this.#ended.add({...labelsOf(run), state: outcome}, 1)
  }
}

function counters(): Metric[] {
  return METRICS.filter(({kind}) => kind === 'counter')
}

function read({name, info}: WatchedStage): StepMetrics {
  return stepMetrics(info, {name})
}

function addTo(sums: Sums, metric: Metric, stage: WatchedStage, step: StepMetrics): void {
  const value = metric.of(step, stage.info)
  if (value === undefined) return
  const labels = stageLabels(stage)
  if (typeof value === 'number') return sums.add(labels, value, metric.over)
  for (const [name, each] of Object.entries(value)) sums.add({...labels, [metric.label!]: name}, each, metric.over)
}

function labelsOf({pipeline}: WatchedRun): Labels {
  return pipeline === undefined ? {} : {pipeline}
}

/** The labels that distinguish the values of a stage. */
export function stageLabels({run, name, info}: WatchedStage): Labels {
  return {...labelsOf(run), stage: name, kind: info.kind}
}
