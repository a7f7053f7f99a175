import {formatDuration, printableLine} from '../../util/index.ts'
import type {StepMetrics} from './step-metrics.ts'

/** A step that spends this share of a run, and this long, waiting for one call at a time could be faster. */
const SLOW_SHARE = 0.5
const SLOW_MS = 1000

/**
 * Plain text for people: a table with one line a step (in, out, failed, time, and what connectors and user code count),
 * then one line for each thing to look at: elements that nobody read, steps that wait for one call at a time.
 *
 * @param durationMs of the whole run; without it the duration is left out
 */
export function summaryText(steps: readonly StepMetrics[], durationMs?: number): string {
  const live = steps.some(({extra}) => 'outstanding' in extra)
  const rows = [['step', 'in', 'out', 'failed', 'time', ''], ...steps.map(step => rowOf(step, live))]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row =>
    row
      .map((cell, i) => pad(cell, widths[i]!, i))
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, '-'.repeat(lines[0]!.length))
  if (durationMs !== undefined) lines.push(`took ${formatDuration(durationMs)}`)
  for (const step of steps) for (const note of notesOn(step, durationMs)) lines.push(`note: ${note}`)
  return lines.map(printableLine).join('\n')
}

/** Names to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === 5 ? cell.padEnd(width) : cell.padStart(width)
}

function rowOf(step: StepMetrics, live: boolean): string[] {
  const {name, kind, failed, busyMs} = step
  return [
    name,
    kind === 'source' ? '-' : number(step.in),
    kind === 'sink' ? '-' : number(step.out),
    number(failed),
    busyMs > 0 ? formatDuration(busyMs) : '-',
    extrasOf(step, live),
  ]
}

/** `live`: messages arrive as they are published, so a sink's lag is meaningful; a file may be from any year. */
function extrasOf(step: StepMetrics, live: boolean): string {
  const {kind, tagged, extra, counters, gauges, distributions, lagMs} = step
  // how a source of messages stands: nothing outstanding and nothing redelivered is nothing to look at
  const told = Object.entries(extra).filter(
    ([name, count]) => (kind !== 'source' || count !== 0) && name !== 'totalBytes',
  )
  const parts = [
    ...Object.entries(tagged).map(([tag, count]) => `-> ${tag} ${number(count)}`),
    ...told.map(([name, count]) => `${name} ${name.endsWith('Ms') ? formatDuration(count) : number(count)}`),
    ...Object.entries({...counters, ...gauges}).map(([name, count]) => `${name} ${number(count)}`),
    ...(live && kind === 'sink' && lagMs !== undefined ? [`lag ${formatDuration(lagMs)}`] : []),
    ...Object.entries(distributions)
      .filter(([, {count}]) => count > 0)
      .map(([name, {min, max, sum, count}]) => `${name} ${number(min)}..${number(max)}, mean ${number(sum / count)}`),
  ]
  return parts.join(', ')
}

function notesOn(
  {name, dropped, unread, peakInFlight, busyMs, extra}: StepMetrics,
  durationMs: number | undefined,
): string[] {
  const notes = Object.entries(dropped).map(
    ([tag, count]) => `${name} emitted ${elements(count)} to output '${tag}', which nobody reads: dropped`,
  )
  if (unread > 0) notes.push(`no step reads the output of ${name}: ${elements(unread)} went nowhere`)
  if ((extra['committedBefore'] ?? 0) > 0 && extra['bytes'] === 0)
    notes.push(`${name} read nothing: an earlier run has committed all of it, says the checkpoint`)
  if (peakInFlight === 1 && busyMs >= SLOW_MS && durationMs !== undefined && busyMs >= SLOW_SHARE * durationMs)
    notes.push(`${name} waited for one asynchronous call at a time; \`concurrency: 10\` would overlap ten`)
  return notes
}

function elements(count: number): string {
  return `${number(count)} element${count === 1 ? '' : 's'}`
}

/** The same on every machine, whatever its locale. */
function number(n: number): string {
  return n.toLocaleString('en-US', {maximumFractionDigits: 2})
}
