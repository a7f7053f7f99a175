import type {Readable, Writable} from 'node:stream'
import {
  type Collection,
  type JoinStage,
  type Logger,
  nameStep,
  type StageInfo,
  settle,
  sidesOf,
  type View,
} from '../../core/index.ts'
import {show} from '../../errors/index.ts'
import {checkStage, joinOf} from './check-stage.ts'
import {graphError} from './graph-error.ts'

/** One output of one step: the main one, or a tag. */
export interface Origin {
  readonly node: StepNode
  readonly tag: string | undefined
}

/** A step: a stage with a name and its inputs. */
export interface StepNode {
  readonly name: string
  readonly stage: Readable | Writable
  readonly info: StageInfo
  /** The stage's kind; a join has inputs, so it is not a source here. */
  readonly kind: StageInfo['kind']
  readonly inputs: readonly Origin[]
  /** Side inputs that are collections; those that are streams belong to the stage alone. */
  readonly sides: readonly SideEdge[]
}

/** A side input of a step, and the output that it is made of. */
interface SideEdge {
  /** The key in the stage's `side`. */
  readonly key: string
  readonly origin: Origin
  readonly view: View<StageInfo>
}

/** What a pipeline sets for all of its steps. */
interface StepSettings {
  readonly logger: Logger | undefined
  readonly concurrency: number | undefined
  /** False leaves elements out of the errors of a run. */
  readonly elements: boolean
}

/** The origin of each collection; kept here so that joins need not import PCollection. */
const origins = new WeakMap<Collection<unknown>, {graph: PipelineGraph; origin: Origin}>()

/** Steps and edges of one pipeline while it is being built; every step is checked when it is added. */
export class PipelineGraph {
  readonly name: string
  readonly settings: StepSettings
  readonly nodes: StepNode[] = []
  /** Set by the first run: nothing can be added any more. */
  ran = false
  readonly #names = new Set<string>()

  constructor(name: string, settings: StepSettings) {
    this.name = name
    this.settings = settings
  }

  /** Gives a stage the pipeline's settings where it has none of its own. */
  settle(info: StageInfo): void {
    settle(info, this.settings)
  }

  /** Records which output a collection stands for. */
  register(collection: Collection<unknown>, origin: Origin): void {
    origins.set(collection, {graph: this, origin})
  }

  /** Adds a step at the beginning, or after an output. `args` are those of apply(): `(name, stage)` or `(stage)`. */
  add(args: readonly unknown[], from?: Origin): StepNode {
    if (this.ran)
      throw graphError(this.name, 'apply() after run(): build the whole graph first, or make a new pipeline')
    const [given, stage] = typeof args[0] === 'string' || args.length > 1 ? args : [undefined, args[0]]
    const info = checkStage(this.name, stage, from ? 'after' : 'first')
    const name = this.#checkName(given === undefined ? info.name : given, given !== undefined)
    const inputs = from ? [from] : this.#inputsOf(stage, info)
    const sides = this.#sidesOf(info)
    this.#names.add(name)
    nameStep(info, name)
    this.settle(info)
    const kind = joinOf(stage) ? 'dofn' : info.kind
    const node = {name, stage: stage as Readable | Writable, info, kind, inputs, sides}
    this.nodes.push(node)
    return node
  }

  #checkName(name: unknown, explicit: boolean): string {
    if (typeof name !== 'string' || name === '')
      throw graphError(this.name, `a step name is a non-empty string, not ${show(name)}`)
    if (!this.#names.has(name)) return name
    const fix = explicit ? 'give this step another one' : `name this step: apply('Another ${name}', stage)`
    throw graphError(this.name, `there is already a step '${name}', and step names are unique; ${fix}`, name)
  }

  #inputsOf(stage: unknown, info: StageInfo): Origin[] {
    const join = joinOf(stage)
    if (join) return this.#joined(join, info.name)
    // an output that was taken from a stage by hand, such as failedRows() of a sink
    const owner = this.nodes.find(node => node.info === info.owner)
    if (owner) return [{node: owner, tag: info.name.slice(info.name.lastIndexOf('.') + 1)}]
    if (info.owner)
      throw graphError(
        this.name,
        `${info.name} is an output of ${info.owner.name}, which is not a step of this pipeline yet; apply that stage first`,
        info.owner.name,
      )
    return []
  }

  #sidesOf(info: StageInfo): SideEdge[] {
    const {name} = info
    const edges: SideEdge[] = []
    for (const {key, view} of sidesOf(info)?.list ?? [])
      if (view.collection)
        edges.push({
          key,
          view,
          origin: this.#originOf(view.collection, `side input '${key}' of ${name}`, 'is made of', name),
        })
    return edges
  }

  #joined({inputs}: JoinStage, join: string): Origin[] {
    const found = inputs.map(input => this.#originOf(input, join, 'joins', join))
    const twice = inputs.find((_, i) => found.findIndex(o => o.node === found[i]!.node && o.tag === found[i]!.tag) < i)
    if (!twice) return found
    throw graphError(
      this.name,
      `${join} joins '${String((twice as {name?: unknown}).name)}' twice; to copy its rows, put map(r => ({...r})) between`,
      join,
    )
  }

  #originOf(input: Collection<unknown>, what: string, does: string, stage: string): Origin {
    const known = origins.get(input)
    if (known?.graph === this) return known.origin
    const other = known ? ` of pipeline '${known.graph.name}'` : ''
    throw graphError(
      this.name,
      `${what} ${does} a collection${other} that is not of this pipeline; use collections of one pipeline only`,
      stage,
    )
  }
}
