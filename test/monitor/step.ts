import type {StepMetrics} from '../../lib/pipeline/index.ts'

/** The metrics of a step that has done nothing yet, but for what is given. */
export const step = (given: Partial<StepMetrics>): StepMetrics => ({
  name: 'Step',
  kind: 'dofn',
  in: 0,
  out: 0,
  failed: 0,
  waiting: 0,
  unread: 0,
  dropped: {},
  tagged: {},
  bundles: 0,
  busyMs: 0,
  peakInFlight: 0,
  inPerSecond: undefined,
  outPerSecond: undefined,
  watermark: undefined,
  lagMs: undefined,
  extra: {},
  counters: {},
  distributions: {},
  gauges: {},
  ...given,
})
