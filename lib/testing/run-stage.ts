import type {Readable, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {type DoFn, type Sink, type StageMetrics, stageOf} from '../core/index.ts'
import {badOption, checkOptionNames} from '../errors/index.ts'
import {create} from '../transforms/index.ts'
import {type Collectable, collect} from './collect.ts'
import {Collector} from './collector.ts'

/** Options of {@link runStage}. */
export interface RunStageOptions<Tag extends string> {
  /** Tagged outputs to collect too. */
  tags?: readonly Tag[] | undefined
}

/** The outputs and counts of a stage. */
export interface StageResult<O, Tags, Tag extends keyof Tags> {
  /** The main output; empty for a sink. */
  output: O[]
  /** The requested tagged outputs. */
  tags: {[K in Tag]: Tags[K][]}
  /** The stage's counts. */
  metrics: StageMetrics
}

/**
 * Runs one stage over some input and returns everything that it emits.
 *
 * @param stage an unused DoFn or sink
 * @param input elements, or a source of them (for bundles, ids, timestamps and leases: `testSource`)
 * @throws {SluiceError} the error that the stage fails with
 *
 * @example
 * const parse = map((line: string) => JSON.parse(line), {onError: deadLetter('bad')})
 * const {output, tags} = await runStage(parse, ['[1]', 'x'], {tags: ['bad']})
 */
export async function runStage<I, O, Tags extends object = {}, const Tag extends keyof Tags & string = never>(
  stage: DoFn<I, O, Tags>,
  input: Collectable<NoInfer<I>>,
  options?: RunStageOptions<Tag>,
): Promise<StageResult<O, Tags, Tag>>
export async function runStage<I>(
  stage: Sink<I>,
  input: Collectable<NoInfer<I>>,
): Promise<StageResult<never, {}, never>>
export async function runStage(
  stage: unknown,
  input: Iterable<unknown> | AsyncIterable<unknown>,
  options?: RunStageOptions<string>,
): Promise<StageResult<unknown, Record<string, unknown>, string>> {
  checkOptionNames('runStage', options, ['tags'])
  const info = stageOf(stage)
  if (!info || info.kind === 'source') throw badOption('runStage', 'stage', stage, 'a DoFn or a sink')
  const source = stageOf(input) ? (input as Readable) : create(input)
  const {metrics} = info
  if (info.kind === 'sink') {
    await pipeline(source, stage as Writable)
    return {output: [], tags: {}, metrics}
  }
  const doFn = stage as DoFn<unknown, unknown, Record<string, unknown>>
  const names = options?.tags ?? []
  const branches = names.map(name => collect(doFn.tagged(name)))
  // the error of the main run is reported: those of the branches follow from it
  const settled = Promise.allSettled(branches)
  const main = new Collector<unknown>('output')
  await pipeline(source, doFn, main)
  await settled
  const tags: Record<string, unknown[]> = {}
  for (const [i, name] of names.entries()) tags[name] = await branches[i]!
  return {output: main.values, tags, metrics}
}
