/**
 * `sluice/monitor`: watches what runs in this process, for OpenTelemetry and Prometheus.
 *
 * @packageDocumentation
 */

export {
  type MeterLike,
  monitorWithOpenTelemetry,
  type OpenTelemetryMonitor,
  type OpenTelemetryOptions,
  type TracerLike,
} from './open-telemetry.ts'
export {type PrometheusPage, type PrometheusPageOptions, prometheusPage} from './prometheus-page.ts'
