import {COLLECTION, type Collection, type types, type Undeclared} from '../../core/index.ts'
import {show} from '../../errors/index.ts'
import type {Origin, PipelineGraph} from './graph.ts'
import {graphError} from './graph-error.ts'
import type {NoOutput, Step} from './step-types.ts'

/**
 * The future output of a step: elements of type `T`, and tagged outputs. Nothing is read before `run()`.
 *
 * Several steps may read one collection. Each gets every element, and rows are frozen then: change a copy.
 */
export class PCollection<out T, Tags extends object = {}> implements Collection<T> {
  declare readonly [types]: {out: () => T; tags: () => Tags}
  readonly [COLLECTION] = true
  /** Step name, with `.tag` for a tagged output. */
  readonly name: string
  readonly #graph: PipelineGraph
  readonly #origin: Origin

  /** @internal Made by `apply`. */
  constructor(graph: PipelineGraph, origin: Origin) {
    this.name = origin.tag === undefined ? origin.node.name : `${origin.node.name}.${origin.tag}`
    this.#graph = graph
    this.#origin = origin
    graph.register(this, origin)
  }

  /**
   * Adds a step that takes these elements: a DoFn gives a new collection, a sink nothing.
   *
   * @param name unique in the pipeline, and stable: ids, metrics and errors carry it. Default: the stage's own name
   * @throws {SluiceError} `ERR_SLUICE_GRAPH` for a name or a stage object that is used already, or for a source
   *
   * @example
   * const p = new Pipeline({name: 'totals'})
   * const rows = p.apply('Rows', create([{id: 'a', total: 1}]))
   * rows.apply('Total', map(row => row.total)).apply('Write', writeToStdout())
   */
  apply<O = NoOutput, StepTags extends object = {}>(name: string, step: Step<T, O, StepTags>): Applied<O, StepTags>
  apply<O = NoOutput, StepTags extends object = {}>(step: Step<T, O, StepTags>): Applied<O, StepTags>
  apply(...args: unknown[]): unknown {
    const node = this.#graph.add(args, this.#origin)
    if (node.info.kind === 'sink') return new AfterSink(this.#graph.name, node.name)
    return new PCollection(this.#graph, {node, tag: undefined})
  }

  /**
   * The collection of a tagged output. A dead-letter or rejects output must be read by some step: `run()` refuses
   * otherwise. What goes to another tag that no step reads is dropped and counted.
   */
  tagged<K extends (keyof Tags & string) | Undeclared>(tag: K): PCollection<Tags[K & keyof Tags]> {
    const {name} = this.#graph
    const {node, tag: own} = this.#origin
    if (own !== undefined || !('tagged' in node.stage))
      throw graphError(name, `'${this.name}' is a tagged output and has no outputs of its own`, node.name)
    if (typeof tag !== 'string' || tag === '')
      throw graphError(name, `tagged() of '${node.name}' takes the name of an output, not ${show(tag)}`, node.name)
    return new PCollection<Tags[K & keyof Tags]>(this.#graph, {node, tag})
  }
}

/** What `apply` returns for a sink: void by its type, and an error with the reason for callers who do not check types. */
class AfterSink {
  readonly #pipeline: string
  readonly #sink: string

  constructor(pipeline: string, sink: string) {
    this.#pipeline = pipeline
    this.#sink = sink
  }
  apply(): never {
    throw this.#error()
  }
  tagged(): never {
    throw this.#error()
  }
  #error(): Error {
    return graphError(
      this.#pipeline,
      `'${this.#sink}' is a sink, and nothing can follow it; apply the step to the collection that the sink reads`,
      this.#sink,
    )
  }
}

type IsAny<T> = 0 extends 1 & T ? true : false

/** What `apply` returns: the step's output, nothing for a sink. `any` and `never` are outputs too. */
export type Applied<O, Tags extends object> =
  IsAny<O> extends true
    ? PCollection<O, Tags>
    : [NoOutput] extends [O]
      ? [O] extends [NoOutput]
        ? void
        : PCollection<O, Tags>
      : PCollection<O, Tags>
