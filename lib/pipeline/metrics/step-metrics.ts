import type {Readable} from 'node:stream'
import type {DistributionValue, StageInfo} from '../../core/index.ts'
import type {Rate} from './throughput.ts'
import {waitingFor} from './waiting.ts'

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
  /** Elements that were handed to the step and that it has not finished. */
  readonly waiting: number
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
  /** Elements taken in a second, average of the last ten seconds; undefined for a stage that runs in no Pipeline. */
  readonly inPerSecond: number | undefined
  /** Elements handed on a second, likewise. */
  readonly outPerSecond: number | undefined
  /**
   * No later element will be older than this event time, ms; undefined while nothing is known. Of what a source or a DoFn
   * has handed on, and of what a sink has been handed.
   */
  readonly watermark: number | undefined
  /** How far the watermark is behind the clock, ms. */
  readonly lagMs: number | undefined
  /**
   * Further counts of a connector: `batches`, `retries`, `bytes`, …. A source of files has `totalBytes`. A source of messages also
   * reports its present state: `outstanding` (messages not settled), `oldestUnackedMs`, `backlog`, and how many messages came again
   * (`redelivered`).
   */
  readonly extra: Readonly<Record<string, number>>
  /** What user code counts, by name. */
  readonly counters: Readonly<Record<string, number>>
  readonly distributions: Readonly<Record<string, DistributionValue>>
  readonly gauges: Readonly<Record<string, number>>
  /** The names of the files that a sink has written, shards in their order; empty until they are final. Only file sinks have it. */
  readonly written?: readonly string[] | undefined
}

/** What a stage does not know about itself. */
interface StepFacts {
  readonly name?: string | undefined
  readonly unread?: number | undefined
  readonly rate?: Rate | undefined
  /** The time that lags are measured against, ms; default: now. */
  readonly now?: number | undefined
}

/** A copy of a stage's counts as they are now. */
export function stepMetrics(info: StageInfo, facts: StepFacts = {}): StepMetrics {
  const {name = info.name, unread = 0, rate, now = info.clock.now()} = facts
  const {metrics} = info
  const watermark = watermarkOf(info)
  return {
    name,
    kind: info.kind,
    in: metrics.in,
    out: metrics.out,
    failed: metrics.failed,
    waiting: info.kind === 'source' ? 0 : waitingFor(info),
    unread,
    dropped: {...metrics.dropped},
    tagged: {...metrics.tagged},
    bundles: metrics.bundles,
    busyMs: metrics.busyMs,
    peakInFlight: metrics.peakInFlight,
    inPerSecond: rate?.inPerSecond,
    outPerSecond: rate?.outPerSecond,
    watermark,
    lagMs: watermark === undefined ? undefined : Math.max(0, now - watermark),
    extra: {...metrics.extra, ...info.observe?.()},
    counters: {...metrics.counters},
    distributions: Object.fromEntries(Object.entries(metrics.distributions).map(([key, value]) => [key, {...value}])),
    gauges: {...metrics.gauges},
    ...(info.written && {written: [...info.written()]}),
  }
}

/** The stage's watermark; a sink emits nothing, so it has that of its inputs. */
function watermarkOf(info: StageInfo): number | undefined {
  const watermark = info.kind === 'sink' ? inputWatermark(info) : info.watermark
  return Number.isFinite(watermark) ? watermark : undefined
}

/** The smallest watermark of the inputs that have not ended; once all have ended, of all. */
function inputWatermark({upstream}: StageInfo): number {
  const feeding = [...upstream].filter(({stream}) => !(stream as Readable).readableEnded)
  return Math.min(...(feeding.length > 0 ? feeding : [...upstream]).map(({watermark}) => watermark))
}
