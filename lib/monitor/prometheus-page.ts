import {badOption, checkOptionNames} from '../errors/index.ts'
import {Durations, REQUEST_DURATION} from './durations.ts'
import {histogramLines, metricLines} from './prometheus-text.ts'
import {type Labels, Readings, stageLabels} from './readings.ts'

/** Options of {@link prometheusPage}. */
export interface PrometheusPageOptions {
  /** Labels added to every value, such as `{service: 'orders'}`. Default: none. */
  labels?: Readonly<Record<string, string>> | undefined
}

/** A page for Prometheus to scrape. */
export interface PrometheusPage {
  /** What the page's `Content-Type` must say. */
  readonly contentType: string
  /** The page as of now, in text format 0.0.4; it ends with a newline, so other pages can be appended. */
  text(): string
  /** Stops counting; the page then leaves out stages that were still open. Safe to call again. */
  stop(): void
}

const OWN = ['pipeline', 'stage', 'kind', 'tag', 'counted', 'counter', 'distribution', 'gauge', 'state', 'result', 'le']

/**
 * Counts every run and stage of this process that begins from now on, and shows it as a page for Prometheus.
 *
 * It listens to the diagnostics channels of the library: nothing has to be registered, plain `stream.pipeline`s are on it
 * too, and several pages count independently of each other. Stages of one name, in pipelines of one name, are one line, so
 * that the page does not grow with the number of runs; name stages by what they do, not by what they work on.
 * docs/monitoring.md lists the metrics.
 *
 * @param options `labels` (none): labels for every value
 * @throws {SluiceError} `ERR_SLUICE_OPTION`
 * @example
 * const page = prometheusPage()
 * createServer((request, response) => {
 *   response.setHeader('content-type', page.contentType).end(page.text())
 * }).listen(9464)
 */
export function prometheusPage(options: PrometheusPageOptions = {}): PrometheusPage {
  checkOptionNames('prometheusPage', options, ['labels'])
  const constant = checkLabels(options.labels)
  const durations = new Durations()
  const readings = new Readings({
    requested: (stage, {durationMs, error}) =>
      durations.add({...stageLabels(stage), result: error === undefined ? 'ok' : 'error'}, durationMs / 1000),
  })
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text() {
      const lines = readings.read().flatMap(reading => metricLines(reading, constant))
      lines.push(...histogramLines(REQUEST_DURATION, durations.all, constant))
      return lines.map(line => `${line}\n`).join('')
    },
    stop: () => readings.stop(),
  }
}

function checkLabels(labels: unknown = {}): Labels {
  const allowed =
    "an object of texts by names such as {service: 'orders'}; names are letters, digits and _, and none of " +
    OWN.map(name => `'${name}'`).join(', ')
  if (typeof labels !== 'object' || labels === null) throw badOption('prometheusPage', 'labels', labels, allowed)
  for (const [name, text] of Object.entries(labels)) {
    const fine = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !OWN.includes(name) && typeof text === 'string'
    if (!fine) throw badOption('prometheusPage', 'labels', labels, allowed)
  }
  return {...labels} as Labels
}
