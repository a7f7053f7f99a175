import type {DistributionValue, StageInfo} from '../core/index.ts'

/** Counts of one step at one moment. */
export interface StepMetrics {
  readonly name: string
  readonly kind: 'source' | 'dofn' | 'sink'
  /** Elements taken in. */
  readonly in: number
  /** Elements handed on over the main output. */
  readonly out: number
  /** Elements that went to a dead-letter or rejects output, or that a sink refused. */
  readonly failed: number
  /** Elements of the main output that no step read. */
  readonly unread: number
  /** Elements emitted to tags that no step read, by tag. */
  readonly dropped: Readonly<Record<string, number>>
  /** Elements handed on over tagged outputs, by tag. */
  readonly tagged: Readonly<Record<string, number>>
  /** Bundles processed. */
  readonly bundles: number
  /** Time with user code or a request in progress, ms. */
  readonly busyMs: number
  /** Most asynchronous calls that were in flight at once. */
  readonly peakInFlight: number
  /** What a connector counts besides: `batches`, `retries`, `bytes`, … */
  readonly extra: Readonly<Record<string, number>>
  /** What user code counts, by name. */
  readonly counters: Readonly<Record<string, number>>
  readonly distributions: Readonly<Record<string, DistributionValue>>
  readonly gauges: Readonly<Record<string, number>>
}

/** A copy of a stage's counts as they are now. */
export function stepMetrics(info: StageInfo, name = info.name, unread = 0): StepMetrics {
  const {metrics} = info
  return {
    name,
    kind: info.kind,
    in: metrics.in,
    out: metrics.out,
    failed: metrics.failed,
    unread,
    dropped: {...metrics.dropped},
    tagged: {...metrics.tagged},
    bundles: metrics.bundles,
    busyMs: metrics.busyMs,
    peakInFlight: metrics.peakInFlight,
    extra: {...metrics.extra},
    counters: {...metrics.counters},
    distributions: Object.fromEntries(Object.entries(metrics.distributions).map(([key, value]) => [key, {...value}])),
    gauges: {...metrics.gauges},
  }
}
