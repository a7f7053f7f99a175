import type {Labels} from './readings.ts'

/** How long requests of sinks take. */
export const REQUEST_DURATION = {
  name: 'sluice.request.duration',
  help: 'How long a request of a sink took; each try is one.',
  unit: 's',
} as const

/** Upper bounds of the buckets, in seconds: those that OpenTelemetry recommends for HTTP, and two more for slow services. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60,
]

/** Durations of one set of labels. */
export interface Buckets {
  readonly labels: Labels
  /** The count of each bucket; the last one is of durations above all bounds. */
  readonly counts: number[]
  sum: number
}

/** A histogram of durations, in seconds. */
export class Durations {
  readonly #all = new Map<string, Buckets>()

  add(labels: Labels, seconds: number): void {
    const key = JSON.stringify(labels)
    let buckets = this.#all.get(key)
    if (!buckets) {
      buckets = {labels, counts: new Array<number>(DURATION_BUCKETS.length + 1).fill(0), sum: 0}
      this.#all.set(key, buckets)
    }
    const at = DURATION_BUCKETS.findIndex(bound => seconds <= bound)
    buckets.counts[at < 0 ? DURATION_BUCKETS.length : at]!++
    buckets.sum += seconds
  }

  get all(): Iterable<Buckets> {
    return this.#all.values()
  }
}
