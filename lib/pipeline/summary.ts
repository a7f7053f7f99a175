import type {StageInfo} from '../core/index.ts'
import {stepMetrics} from './metrics/step-metrics.ts'
import {summaryText} from './metrics/summary-text.ts'
import type {PipelineResult} from './run/pipeline-run.ts'

/**
 * The summary of a run as plain text: a table with one line a step (in, out, failed, time, and what connectors count),
 * then notes about elements that nobody read and steps that could be faster.
 *
 * @param run what a Pipeline's run resolved to, or the `info` of each stage of a plain `stream.pipeline`, in order
 * @param durationMs of the run, for plain stages; a result knows its own
 *
 * @example
 * const stages = [readFromText('a.csv'), map((line: string) => line.length), writeToStdout()] as const
 * await pipeline(stages)
 * console.error(summary(stages.map(stage => stage.info)))
 */
export function summary(run: PipelineResult | readonly StageInfo[], durationMs?: number): string {
  if ('steps' in run) return run.summary()
  return summaryText(
    run.map(info => stepMetrics(info)),
    durationMs,
  )
}
