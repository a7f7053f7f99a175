import type {StageInfo} from '../core/index.ts'
import type {StepMetrics} from '../pipeline/index.ts'

/** One metric that every monitor shows, read from a stage's counts on demand. */
export interface Metric {
  /** The OpenTelemetry name, with dots; the Prometheus name is derived from it. */
  readonly name: string
  readonly help: string
  /** A UCUM unit: `s`, `By`, or what is counted, in braces. */
  readonly unit: string
  /** Counters keep the counts of closed stages, gauges cover stages that run now. */
  readonly kind: 'counter' | 'gauge'
  /** How stages of one name are combined; default: the sum. */
  readonly over?: 'max'
  /** The label that distinguishes the values, if there are several. */
  readonly label?: string
  /** Undefined for a stage that does not have it. */
  of(step: StepMetrics, info: StageInfo): number | Readonly<Record<string, number>> | undefined
}

/** Counts of connectors that have a metric of their own, and so are not shown among the rest. */
const KNOWN = ['bytes', 'retries']

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000)

/** Every metric of stages, in the order in which they are shown. */
export const METRICS: readonly Metric[] = [
  {
    name: 'sluice.elements.in',
    help: 'Elements that a stage has taken in.',
    unit: '{element}',
    kind: 'counter',
    of: ({kind, in: taken}) => (kind === 'source' ? undefined : taken),
  },
  {
    name: 'sluice.elements.out',
    help: 'Elements that a stage has handed on over its main output.',
    unit: '{element}',
    kind: 'counter',
    of: ({kind, out}) => (kind === 'sink' ? undefined : out),
  },
  {
    name: 'sluice.elements.failed',
    help: 'Elements that went to a dead-letter or rejects output, or that a sink refused.',
    unit: '{element}',
    kind: 'counter',
    of: ({failed}) => failed,
  },
  {
    name: 'sluice.elements.tagged',
    help: 'Elements that a stage has handed on over a tagged output.',
    unit: '{element}',
    kind: 'counter',
    label: 'tag',
    of: ({tagged}) => tagged,
  },
  {
    name: 'sluice.elements.dropped',
    help: 'Elements emitted to a tag that nobody reads.',
    unit: '{element}',
    kind: 'counter',
    label: 'tag',
    of: ({dropped}) => dropped,
  },
  {
    name: 'sluice.busy',
    help: 'Time with user code or a request in progress.',
    unit: 's',
    kind: 'counter',
    of: ({busyMs}) => seconds(busyMs),
  },
  {
    name: 'sluice.io',
    help: 'Bytes that a connector has read or written.',
    unit: 'By',
    kind: 'counter',
    of: ({extra}) => extra['bytes'],
  },
  {
    name: 'sluice.retries',
    help: 'Requests and reads that were tried again.',
    unit: '{retry}',
    kind: 'counter',
    of: ({extra}) => extra['retries'],
  },
  {
    name: 'sluice.connector',
    help: 'What a connector counts besides.',
    unit: '{count}',
    kind: 'counter',
    label: 'counted',
    of: (_, {metrics}) => Object.fromEntries(Object.entries(metrics.extra).filter(([name]) => !KNOWN.includes(name))),
  },
  {
    name: 'sluice.counter',
    help: 'Counters of user code.',
    unit: '{count}',
    kind: 'counter',
    label: 'counter',
    of: ({counters}) => counters,
  },
  {
    name: 'sluice.distribution.count',
    help: 'How many values user code has recorded in a distribution.',
    unit: '{value}',
    kind: 'counter',
    label: 'distribution',
    of: ({distributions}) => pick(distributions, 'count'),
  },
  {
    name: 'sluice.distribution.sum',
    help: 'Sum of the values that user code has recorded in a distribution.',
    unit: '{value}',
    kind: 'counter',
    label: 'distribution',
    of: ({distributions}) => pick(distributions, 'sum'),
  },
  {
    name: 'sluice.gauge',
    help: 'Gauges of user code.',
    unit: '{value}',
    kind: 'gauge',
    label: 'gauge',
    of: ({gauges}) => gauges,
  },
  {
    name: 'sluice.stages',
    help: 'Stages that are not closed.',
    unit: '{stage}',
    kind: 'gauge',
    of: () => 1,
  },
  {
    name: 'sluice.watermark.lag',
    help: 'How far the watermark is behind the clock; of several stages of one name the most.',
    unit: 's',
    kind: 'gauge',
    over: 'max',
    of: ({lagMs}) => seconds(lagMs),
  },
  {
    name: 'sluice.backlog',
    help: 'Messages that were received and not handed on yet.',
    unit: '{message}',
    kind: 'gauge',
    of: ({extra}) => extra['backlog'],
  },
  {
    name: 'sluice.outstanding',
    help: 'Messages that were handed on and are not settled yet.',
    unit: '{message}',
    kind: 'gauge',
    of: ({extra}) => extra['outstanding'],
  },
  {
    name: 'sluice.oldest_unacked',
    help: 'Age of the oldest message that is not acknowledged.',
    unit: 's',
    kind: 'gauge',
    over: 'max',
    of: ({extra}) => seconds(extra['oldestUnackedMs']),
  },
]

function pick(distributions: StepMetrics['distributions'], part: 'count' | 'sum'): Record<string, number> {
  return Object.fromEntries(Object.entries(distributions).map(([name, value]) => [name, value[part]]))
}
