import {type Buckets, DURATION_BUCKETS} from './durations.ts'
import type {Labels, Reading} from './readings.ts'

/** Suffixes of names, by unit. */
const UNITS: Readonly<Record<string, string>> = {s: 'seconds', By: 'bytes'}

/** Lines of one metric in Prometheus' text format (0.0.4); none for a metric without samples. */
export function metricLines({metric, samples}: Reading, constant: Labels): string[] {
  if (samples.length === 0) return []
  const name = nameOf(metric, metric.kind === 'counter')
  return [
    ...headOf(name, metric.help, metric.kind),
    ...samples.map(({labels, value}) => line(name, {...constant, ...labels}, value)),
  ]
}

/** Lines of a histogram of durations. */
export function histogramLines(
  metric: {name: string; help: string; unit: string},
  all: Iterable<Buckets>,
  constant: Labels,
): string[] {
  const name = nameOf(metric, false)
  const lines: string[] = []
  for (const {labels, counts, sum} of all) {
    const own = {...constant, ...labels}
    let count = 0
    for (const [i, inBucket] of counts.entries()) {
      count += inBucket
      const le = number(DURATION_BUCKETS[i] ?? Number.POSITIVE_INFINITY)
      lines.push(line(`${name}_bucket`, {...own, le}, count))
    }
    lines.push(line(`${name}_sum`, own, sum), line(`${name}_count`, own, count))
  }
  return lines.length === 0 ? [] : [...headOf(name, metric.help, 'histogram'), ...lines]
}

/** `sluice.elements.in` -> `sluice_elements_in_total`. */
function nameOf({name, unit}: {name: string; unit: string}, total: boolean): string {
  const parts = [name.replaceAll('.', '_')]
  if (UNITS[unit]) parts.push(UNITS[unit])
  if (total) parts.push('total')
  return parts.join('_')
}

function headOf(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`]
}

function line(name: string, labels: Labels, value: number): string {
  const all = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${all.length > 0 ? `{${all.join(',')}}` : ''} ${number(value)}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}
