/** Sum, count, minimum and maximum of the recorded values. */
export interface DistributionValue {
  count: number
  sum: number
  min: number
  max: number
}

/** A counter of user code: `c.counter('lines').inc()`. */
export interface Counter {
  inc(n?: number): void
}
/** A distribution of user code: `c.distribution('bytes').update(n)`. */
export interface Distribution {
  update(value: number): void
}
/** A gauge of user code, the latest value counts: `c.gauge('queue').set(n)`. */
export interface Gauge {
  set(value: number): void
}

/** Counts of one stage. Counted per bundle; read them any time. */
export class StageMetrics {
  /** Values taken in. */
  in = 0
  /** Values handed on over the main output. */
  out = 0
  /** Values that went to a dead-letter or rejects output. */
  failed = 0
  /** Bundles processed. */
  bundles = 0
  /** Time spent with user code or a request in progress, ms. */
  busyMs = 0
  /** Largest number of asynchronous calls in flight seen. */
  peakInFlight = 0
  /** Values handed on, by tag. */
  readonly tagged: Record<string, number> = {}
  /** Values emitted to a tag that nobody claimed, by tag. */
  readonly dropped: Record<string, number> = {}
  /** Further counts of a connector (`batches`, `retries`, `bytes`, …). */
  readonly extra: Record<string, number> = {}
  readonly counters: Record<string, number> = {}
  readonly distributions: Record<string, DistributionValue> = {}
  readonly gauges: Record<string, number> = {}

  counter(name: string): Counter {
    addTo(this.counters, name, 0)
    return {
      inc: (n = 1) => {
        addTo(this.counters, name, n)
      },
    }
  }
  distribution(name: string): Distribution {
    if (!Object.hasOwn(this.distributions, name)) put(this.distributions, name, {...EMPTY})
    const value = this.distributions[name]!
    return {
      update: x => {
        value.count++
        value.sum += x
        if (x < value.min) value.min = x
        if (x > value.max) value.max = x
      },
    }
  }
  gauge(name: string): Gauge {
    return {
      set: value => {
        put(this.gauges, name, value)
      },
    }
  }
}

const EMPTY: DistributionValue = {count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY}

/** Adds to the count of a name, which may be one that every object inherits, such as `constructor`. */
export function addTo(counts: Record<string, number>, name: string, n: number): void {
  if (Object.hasOwn(counts, name)) counts[name] = counts[name]! + n
  else put(counts, name, n)
}

function put<T>(record: Record<string, T>, name: string, value: T): void {
  if (name !== '__proto__') record[name] = value
  else Object.defineProperty(record, name, {value, enumerable: true, writable: true, configurable: true})
}
