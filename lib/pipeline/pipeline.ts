import {connectedWith, type Logger, type StageInfo, settle, sideBufferBytes} from '../core/index.ts'
import {badOption, booleanOption, checkOptionNames, integerOption} from '../errors/index.ts'
import type {Size} from '../util/index.ts'
import {checkGraph} from './graph/check-graph.ts'
import {PipelineGraph} from './graph/graph.ts'
import {dotOf, type GraphView, mermaidOf, textOf, viewOf} from './graph/graph-view.ts'
import {PCollection} from './graph/p-collection.ts'
import type {Root} from './graph/step-types.ts'
import {type PipelineRun, pipelineRun, refusedRun} from './run/pipeline-run.ts'
import {RunCheckpoint} from './run/run-checkpoint.ts'
import {Running} from './run/running.ts'
import {type InnerStage, innerStages} from './run/wiring.ts'

/** Options of a {@link Pipeline}. */
export interface PipelineOptions {
  /** Name in errors and in the result; default 'pipeline'. */
  name?: string | undefined
  /** Logger of the steps that have none of their own; default: lines on standard error. */
  logger?: Logger | undefined
  /** Allows some connectors to talk to an emulator and others to Google Cloud; default false. */
  allowMixedTargets?: boolean | undefined
  /**
   * Memory for elements of a step that has to wait for a side input made of the same source, before they go to a temporary
   * file; measured as they would be in that file. Default 64 MB.
   */
  sideBufferBytes?: Size | undefined
  /** Cancels the run when it aborts. */
  signal?: AbortSignal | undefined
  /** Asynchronous calls in flight of each DoFn that has no `concurrency` of its own; default 1. */
  concurrency?: number | undefined
  /**
   * False: the error of a failed run carries no `element` and no `rows`, since those may be private. Its message may still
   * quote a value. Default true.
   */
  elements?: boolean | undefined
}

/** Options of {@link Pipeline.run}. */
export interface RunOptions {
  /** Cancels this run when it aborts. */
  signal?: AbortSignal | undefined
  /**
   * A path, local or `gs://`, where the run notes which records of its input files are committed. A run of the same job that
   * finds it there does not read these again.
   */
  checkpoint?: string | undefined
}

const OPTION_NAMES = [
  'name',
  'logger',
  'allowMixedTargets',
  'sideBufferBytes',
  'signal',
  'concurrency',
  'elements',
] as const

/**
 * A graph of named steps, for jobs with branches, joins and tagged outputs; a plain chain only needs `stream.pipeline`.
 *
 * The steps are the same stage objects as in `stream.pipeline`. The graph is checked while it is built and before it
 * runs, element types by TypeScript; nothing is read before `run()`.
 *
 * @example
 * const p = new Pipeline({name: 'orders'})
 * const parse = map((line: string) => JSON.parse(line) as {id: string}, {onError: deadLetter('bad')})
 * const rows = p.apply('Read', readFromText('orders.jsonl')).apply('Parse', parse)
 * rows.apply('Write', writeToBigQuery({table: 'shop.orders'}))
 * rows.tagged('bad').apply('Rejects', writeToStdout({stream: process.stderr}))
 * const {steps} = await p.run()
 */
export class Pipeline {
  readonly name: string
  readonly #graph: PipelineGraph
  readonly #signal: AbortSignal | undefined
  readonly #allowMixedTargets: boolean
  readonly #sideBufferBytes: number

  /** @throws {SluiceError} `ERR_SLUICE_OPTION` */
  constructor(options: PipelineOptions = {}) {
    checkOptionNames('Pipeline', options, OPTION_NAMES)
    const {name = 'pipeline', logger, signal} = options
    if (typeof name !== 'string' || name === '') throw badOption('Pipeline', 'name', name, 'a non-empty string')
    checkSignal('Pipeline', signal)
    this.name = name
    this.#signal = signal
    this.#allowMixedTargets = booleanOption('Pipeline', 'allowMixedTargets', options.allowMixedTargets, false)
    this.#sideBufferBytes = sideBufferBytes('Pipeline', options.sideBufferBytes)
    const {concurrency} = options
    if (concurrency !== undefined) integerOption('Pipeline', 'concurrency', concurrency, 1, 1)
    const elements = booleanOption('Pipeline', 'elements', options.elements, true)
    this.#graph = new PipelineGraph(name, {logger, concurrency, elements})
  }

  /**
   * Adds a step that begins with a source, or joins collections: `p.apply('All', flatten(a, b))`.
   *
   * @param name unique in the pipeline, and stable: ids, metrics and errors carry it. Default: the stage's own name
   * @throws {SluiceError} `ERR_SLUICE_GRAPH` for a name or a stage object that is used already, or for a DoFn or sink
   */
  apply<O, Tags extends object = {}>(name: string, source: Root<O, Tags>): PCollection<O, Tags>
  apply<O, Tags extends object = {}>(source: Root<O, Tags>): PCollection<O, Tags>
  apply(...args: unknown[]): PCollection<unknown> {
    return new PCollection(this.#graph, {node: this.#graph.add(args), tag: undefined})
  }

  /**
   * Runs the graph, once. A graph that must not run is refused before anything is read: the run rejects with
   * `ERR_SLUICE_GRAPH`, `ERR_SLUICE_TAG` (a dead-letter output that no step reads), `ERR_SLUICE_MIXED_TARGETS`, or
   * `ERR_SLUICE_CHECKPOINT` (no input that a checkpoint can be kept of; damaged, of another job).
   *
   * @param options `signal`; `checkpoint` (none): where to note what is committed of the input files, so that a later run of
   * the job reads the rest. What was committed in the last second before a crash may not be noted: it is read again, with the
   * same ids, so that BigQuery drops the copies within its window.
   *
   * @example
   * const p = new Pipeline({name: 'orders'})
   * p.apply('Read', readFromCsv('gs://my-bucket/orders*.csv')).apply('Write', writeToBigQuery({table: 'shop.orders'}))
   * await p.run({checkpoint: 'gs://my-bucket/orders.checkpoint'})
   */
  run(options: RunOptions = {}): PipelineRun {
    const graph = this.#graph
    let checkpoint: RunCheckpoint | undefined
    try {
      checkOptionNames('run', options, ['signal', 'checkpoint'])
      checkSignal('run', options.signal)
      const connected = this.#checked()
      // each connection checks its chain too
      if (this.#allowMixedTargets) for (const info of connected) settle(info, {allowMixedTargets: true})
      if (options.checkpoint !== undefined) checkpoint = new RunCheckpoint(graph, connected, options.checkpoint)
    } catch (error) {
      return refusedRun(error)
    }
    graph.ran = true
    return pipelineRun(new Running(graph, this.#sideBufferBytes, [this.#signal, options.signal], checkpoint))
  }

  /** Every stage that a run will connect; throws for a graph that must not run. */
  #checked(): Set<StageInfo> {
    const connected = this.connected()
    checkGraph(this.#graph, connected, this.#allowMixedTargets)
    return connected
  }

  /** @internal The stages with their names in the pipeline, those inside steps too; throws as `run` rejects. */
  stages(): InnerStage[] {
    const {nodes} = this.#graph
    const inner = innerStages(nodes, this.#checked())
    return [...nodes.map(({name, info}) => ({name, info})), ...inner]
  }

  /** @internal Every stage that a run would connect, whether the graph may run or not. */
  connected(): Set<StageInfo> {
    return connectedWith(this.#graph.nodes.map(({info}) => info))
  }

  /** @internal The stack of where the stage of a step was made. */
  madeAt(step: string): string | undefined {
    return this.#graph.nodes.find(({name}) => name === step)?.info.madeAt
  }

  /** The graph as data: its steps and what flows between them; or as text: plain, a Mermaid flowchart, Graphviz' dot. */
  graph(format?: 'json'): GraphView
  graph(format: 'text' | 'mermaid' | 'dot'): string
  graph(format: 'json' | 'text' | 'mermaid' | 'dot' = 'json'): GraphView | string {
    const view = viewOf(this.#graph)
    if (format === 'json') return view
    if (format === 'mermaid') return mermaidOf(view)
    if (format === 'dot') return dotOf(view)
    if (format === 'text') return textOf(view)
    throw badOption('graph', 'format', format, "'json', 'text', 'mermaid' or 'dot'")
  }
}

function checkSignal(where: string, signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw badOption(where, 'signal', signal, 'an AbortSignal')
}
