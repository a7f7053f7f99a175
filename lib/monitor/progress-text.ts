import type {StepMetrics} from '../pipeline/index.ts'
import {formatDuration, formatSize, printableLine} from '../util/index.ts'

/** How {@link progressText} shows steps. */
export interface ProgressOptions {
  /** Time since the run began, ms, from which the remaining time is estimated; without it none is shown. */
  elapsedMs?: number | undefined
  /** Most characters in a line; default: no limit. */
  columns?: number | undefined
  /** Colours for a terminal; default false. */
  colors?: boolean | undefined
}

const BAR = 20

/**
 * The progress of a run, for a terminal: a line per step with the elements in, out and failed, elements per second, what waits,
 * and the watermark if there is a message source. A source of known size has a bar and the remaining time.
 *
 * @param steps what `run.metrics()` gives
 *
 * @example
 * const p = new Pipeline({name: 'orders'})
 * p.apply(readFromCsv('orders.csv')).apply(writeToBigQuery({table: 'shop.orders'}))
 * const run = p.run()
 * const shown = setInterval(() => console.error(progressText(run.metrics())), 10_000)
 * await run.finally(() => clearInterval(shown))
 */
export function progressText(steps: readonly StepMetrics[], options: ProgressOptions = {}): string {
  const {columns = Number.POSITIVE_INFINITY, colors = false} = options
  const live = steps.some(({extra}) => 'outstanding' in extra)
  const named = steps.map(step => ({...step, name: printableLine(step.name)}))
  const width = Math.max(0, ...named.map(({name}) => name.length))
  return named
    .map(step => {
      const line = [step.name.padEnd(width), ...figures(step), ...(live ? time(step) : []), ...bar(step, options)].join(
        '  ',
      )
      // colours are added last, so that they do not count as width
      const cut = line.length > columns ? `${line.slice(0, columns - 1)}…` : line
      return colors ? coloured(cut, step.failed) : cut
    })
    .join('\n')
}

function figures(step: StepMetrics): string[] {
  const {kind, failed, inPerSecond, outPerSecond, extra} = step
  const rate = kind === 'sink' ? inPerSecond : outPerSecond
  const waiting = extra['backlog'] ?? step.waiting
  return [
    ...(kind === 'source' ? [] : [`in ${count(step.in)}`]),
    ...(kind === 'sink' ? [] : [`out ${count(step.out)}`]),
    ...(failed > 0 ? [`failed ${count(failed)}`] : []),
    ...(rate === undefined ? [] : [`${count(rate)}/s`]),
    ...(waiting > 0 ? [`waiting ${count(waiting)}`] : []),
  ]
}

function time({watermark, lagMs}: StepMetrics): string[] {
  if (watermark === undefined || lagMs === undefined) return []
  return [`watermark ${new Date(watermark).toISOString().slice(0, 19)}Z (lag ${formatDuration(lagMs)})`]
}

function bar({extra}: StepMetrics, {elapsedMs}: ProgressOptions): string[] {
  const {bytes = 0, totalBytes = 0} = extra
  if (totalBytes === 0) return []
  // a file may have grown
  const share = Math.min(1, bytes / totalBytes)
  const full = Math.round(share * BAR)
  const left =
    elapsedMs !== undefined && share > 0 && share < 1
      ? [`${formatDuration((elapsedMs / share) * (1 - share))} left`]
      : []
  const drawn = `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`
  return [`${drawn} ${Math.floor(share * 100)}% of ${formatSize(totalBytes)}`, ...left]
}

function coloured(line: string, failed: number): string {
  const barred = line.replace(/[█░]+/, drawn => painted(36, drawn))
  return failed > 0 ? barred.replace(/failed [\d,]+/, text => painted(31, text)) : barred
}

function painted(color: number, text: string): string {
  return `\x1b[${color}m${text}\x1b[39m`
}

/** The same on every machine, whatever its locale. */
function count(n: number): string {
  return Math.round(n).toLocaleString('en-US')
}
