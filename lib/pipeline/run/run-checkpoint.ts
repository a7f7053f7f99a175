import {type StageInfo, stderrLogger, upstreamOf} from '../../core/index.ts'
import {badOption, SluiceError} from '../../errors/index.ts'
import {Checkpoint} from '../../files/index.ts'
import type {PipelineGraph, StepNode} from '../graph/graph.ts'

/** The part of a file source that matters here; recognised by its method, since two copies of the package may share a process. */
interface FileSourceStage {
  readonly info: StageInfo
  readonly storageClient: ConstructorParameters<typeof Checkpoint>[1]['client']
  resumeFrom(checkpoint: Checkpoint): void
}

/** The checkpoint of one run: given to every source of files before anything is read. */
export class RunCheckpoint {
  readonly #checkpoint: Checkpoint
  #failed: ((error: unknown) => void) | undefined

  /** @throws {SluiceError} `ERR_SLUICE_OPTION`; `ERR_SLUICE_CHECKPOINT` when a source cannot resume */
  constructor(graph: PipelineGraph, connected: Iterable<StageInfo>, path: unknown) {
    if (typeof path !== 'string' || path === '')
      throw badOption(
        'run',
        'checkpoint',
        path,
        "a path such as 'orders.checkpoint' or 'gs://my-bucket/orders.checkpoint'",
      )
    const sources: FileSourceStage[] = []
    const {lookedUp, both} = feedersOfSides(graph)
    // flatten() of collections is connected to them only when the pipeline runs
    const joins = new Set(graph.nodes.filter(({inputs}) => inputs.length > 0).map(({info}) => info))
    for (const info of connected) {
      if (info.kind !== 'source' || info.owner || info.upstream.size > 0 || joins.has(info)) continue
      // a side input is needed whole in every run
      if (both.has(info)) throw feedsBoth(info.name)
      if (lookedUp.has(info)) continue
      const stage = info.stream as unknown as Partial<FileSourceStage>
      if (stage.resumeFrom) sources.push(stage as FileSourceStage)
      // messages that are not acknowledged come again by themselves
      else if (!info.leased) throw notResumable(info.name)
    }
    if (sources.length === 0)
      throw new SluiceError(
        'ERR_SLUICE_CHECKPOINT',
        `pipeline '${graph.name}' reads no files, and a checkpoint tracks files only: leave out the option \`checkpoint\``,
      )
    this.#checkpoint = new Checkpoint(path, {
      job: graph.name,
      logger: graph.settings.logger ?? stderrLogger,
      client: sources.find(({storageClient}) => storageClient)?.storageClient,
      failed: error => this.#failed?.(error),
    })
    for (const source of sources) source.resumeFrom(this.#checkpoint)
  }

  /** Calls back when the checkpoint can no longer be kept. */
  whenFailed(failed: (error: unknown) => void): void {
    this.#failed = failed
  }

  /** The run has succeeded; resolves when that is recorded. */
  finish(): Promise<void> {
    return this.#checkpoint.finish()
  }

  /** The run has failed; resolves when what was committed is recorded, or cannot be. */
  stop(): Promise<void> {
    return this.#checkpoint.stop()
  }
}

/** The stages that feed side inputs only, and those that also feed something else. */
function feedersOfSides({nodes}: PipelineGraph): {lookedUp: Set<StageInfo>; both: Set<StageInfo>} {
  const above = (from: Iterable<StepNode>) => {
    const all = new Set(from)
    for (const {inputs} of all) for (const {node} of inputs) all.add(node)
    return all
  }
  const feeders = above(nodes.flatMap(({sides}) => sides.map(({origin}) => origin.node)))
  const main = above(nodes.filter(node => !feeders.has(node)))
  const lookedUp = new Set<StageInfo>()
  const both = new Set<StageInfo>()
  for (const node of feeders) (main.has(node) ? both : lookedUp).add(node.info)
  // side inputs that are made of streams, and are no steps
  for (const {info} of nodes)
    for (const end of info.sides?.ends ?? []) for (const stage of upstreamOf(end)) lookedUp.add(stage)
  return {lookedUp, both}
}

function feedsBoth(name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `'${name}' feeds both a side input, which every run reads in full, and a main input, of which a resumed run reads only the ` +
      'rest: read it in two steps, or run without `checkpoint`',
    {stage: name},
  )
}

function notResumable(name: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `'${name}' cannot resume where a run stopped: each run would read all of it again, but only the rest of the files. ` +
      'Read it from a file too, or run without `checkpoint`',
    {stage: name},
  )
}
