/**
 * `sluice/monitor`: shows what runs in this process: to people, in logs, to OpenTelemetry and Prometheus.
 *
 * @packageDocumentation
 */

export {LOG_LEVELS, type LoggerOptions, openLogger} from './open-logger.ts'
export {
  type MeterLike,
  monitorWithOpenTelemetry,
  type OpenTelemetryMonitor,
  type OpenTelemetryOptions,
  type TracerLike,
} from './open-telemetry.ts'
export {type ProgressOptions, progressText} from './progress-text.ts'
export {type PrometheusPage, type PrometheusPageOptions, prometheusPage} from './prometheus-page.ts'
