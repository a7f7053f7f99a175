import {isThenable} from '../core/index.ts'
import {badOption, checkOptionNames} from '../errors/index.ts'
import {checkSpecs, type JobInput, type JobOptionSpecs, type JobOptions, readOptions, readTexts} from './job-options.ts'
import {Pipeline, type PipelineOptions} from './pipeline.ts'
import {type PipelineRun, refusedRun} from './run/pipeline-run.ts'

const SETTINGS = ['logger', 'signal', 'allowMixedTargets', 'concurrency', 'elements']
const JOB: unique symbol = Symbol.for('sluice.job/1') as never

/** What {@link defineJob} takes. */
export interface JobDefinition<S extends JobOptionSpecs> {
  /** Name of the job and of its pipelines. */
  name: string
  /** One line for `--help`. */
  description?: string | undefined
  /** Options of the job, by name; default: none. */
  options?: S | undefined
  /** Builds the graph. Called anew for every pipeline, so make new stages in it; it must not be asynchronous. */
  build(p: Pipeline, options: JobOptions<S>): void
}

/** Settings of one pipeline of a job, besides the job's own options. */
export type JobSettings = Omit<PipelineOptions, 'name'>

type Args<S extends JobOptionSpecs> =
  {} extends JobInput<S>
    ? [options?: JobInput<S>, settings?: JobSettings]
    : [options: JobInput<S>, settings?: JobSettings]

/** A job: its options, and the graph that they give. What a job module exports by default. */
export interface Job<S extends JobOptionSpecs = JobOptionSpecs> {
  readonly [JOB]: true
  readonly name: string
  readonly description: string | undefined
  readonly options: S
  /**
   * Checks options given as text, as on a command line, and fills in defaults: what `build` would get, and what `pipeline()` and
   * `run()` take.
   *
   * @param texts by option name; booleans may be true and false
   * @throws {SluiceError} `ERR_SLUICE_OPTION` naming the option
   *
   * @example
   * const job = defineJob({
   *   name: 'orders',
   *   options: {input: {type: 'string', required: true}, every: {type: 'duration', default: '1m'}},
   *   build: (p, {input}) => void p.apply(readFromText(input)).apply(writeToStdout()),
   * })
   * job.parse({input: 'orders.csv', every: '5s'}) // {input: 'orders.csv', every: 5000}
   */
  parse(texts: Readonly<Record<string, string | boolean>>): JobOptions<S>
  /**
   * Builds a pipeline, without running it: for `graph()`, tests, or a later `run()`.
   *
   * @throws {SluiceError} `ERR_SLUICE_OPTION` naming the option; whatever `build` throws
   */
  pipeline(...args: Args<S>): Pipeline
  /** Builds a pipeline and runs it; bad options make the run reject, before anything is read. */
  run(...args: Args<S>): PipelineRun
}

/**
 * Declares a job once for all who run it: code, command line, tests. Options are checked, take their values from what is
 * given, else from the environment, else from their default, and are typed in `build`.
 *
 * @throws {SluiceError} `ERR_SLUICE_OPTION` for a declaration that makes no sense
 *
 * @example
 * export default defineJob({
 *   name: 'orders',
 *   options: {
 *     input: {type: 'string', required: true, help: 'files to read'},
 *     every: {type: 'duration', default: '5s', env: 'ORDERS_EVERY'},
 *   },
 *   build(p, {input}) {
 *     p.apply('Read', readFromText(input)).apply('Write', writeToStdout())
 *   },
 * })
 */
export function defineJob<const S extends JobOptionSpecs = {}>(definition: JobDefinition<S>): Job<S> {
  checkOptionNames('defineJob', definition, ['name', 'description', 'options', 'build'])
  const {name, description, options: specs = {} as S, build} = definition
  if (typeof name !== 'string' || name === '') throw badOption('defineJob', 'name', name, 'a non-empty string')
  if (typeof build !== 'function')
    throw badOption(name, 'build', build, 'a function (p, options) that builds the graph')
  checkSpecs(name, specs)
  const pipeline = (given?: JobInput<S>, settings?: JobSettings) => {
    checkOptionNames(`${name}: settings`, settings, SETTINGS)
    const values = readOptions(name, specs, given) as JobOptions<S>
    const p = new Pipeline({...settings, name} satisfies PipelineOptions)
    const built: unknown = build.call(definition, p, values)
    if (isThenable(built)) {
      // its rejection no longer matters, and must not become an unhandled one
      built.then(undefined, () => {})
      throw badOption(name, 'build', build, 'a function that is not async: the graph is built first, then run')
    }
    return p
  }
  const parse = (texts: Readonly<Record<string, string | boolean>>) => readTexts(name, specs, texts) as JobOptions<S>
  const run = (...args: Args<S>) => {
    try {
      return pipeline(args[0], args[1]).run()
    } catch (error) {
      return refusedRun(error)
    }
  }
  return {[JOB]: true, name, description, options: specs, parse, pipeline, run}
}

/** True for a job made by {@link defineJob} of any copy of the package. */
export function isJob(value: unknown): value is Job {
  return typeof value === 'object' && value !== null && (value as {[JOB]?: unknown})[JOB] === true
}
