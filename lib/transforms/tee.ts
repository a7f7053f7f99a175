import {finished, type Writable} from 'node:stream'
import {
  type CallKind,
  DoFn,
  type Done,
  freeze,
  type ProcessContext,
  type ProcessResult,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
  stageOf,
  type types,
} from '../core/index.ts'
import {badOption, checkOptionNames, wrapError} from '../errors/index.ts'

/** What tee() gives elements to: a sink, the first stage of a chain that is connected already, or any other Writable. */
export type TeeBranch<I> = Writable & {readonly [types]?: {in: (x: I) => void} | undefined}

class Tee<I> extends DoFn<I, I, Record<string, unknown>> {
  static override readonly name = 'tee'
  readonly #names: readonly string[]
  /** Streams that are not ours: the stage itself waits for those. */
  readonly #foreign: Promise<void>[] = []

  constructor(branches: Readonly<Record<string, Writable>>, options: StageOptions | undefined) {
    super(options, stageDescriptor({total: true}))
    this.#names = Object.keys(branches)
    for (const [name, branch] of Object.entries(branches)) this.#connect(name, branch)
  }

  #connect(name: string, branch: Writable): void {
    // before the pipe, whose own guard would pass the error on without saying which branch it was
    const done = new Promise<void>(resolve =>
      finished(branch, {readable: false}, error => {
        if (error) this.#branchFailed(name, error)
        else resolve()
      }),
    )
    if (!stageOf(branch)) this.#foreign.push(done)
    this.outputs.claim<I>(name).pipe(branch)
  }

  #branchFailed(name: string, error: Error): void {
    const stage = this.info.name
    this.destroy(wrapError('ERR_SLUICE_SINK', m => `${stage}: branch '${name}' failed: ${m}`, error, {stage}))
  }

  override get callKind(): CallKind {
    return 'tap'
  }

  override process(element: I, context: ProcessContext<Record<string, unknown>>): ProcessResult<I> {
    freeze(element)
    for (const name of this.#names) context.emit(name, element)
  }

  override _flush(done: Done): void {
    super._flush(error => {
      if (error) done(error)
      else void Promise.all(this.#foreign).then(() => done())
    })
  }
}

/**
 * A DoFn that passes elements on, and gives each of them to every branch too.
 *
 * It ends only after its branches have finished, a branch that fails fails it, and when it fails its branches are
 * destroyed. A slow branch holds back the others. Elements are frozen (shallow), since several stages get them: to change
 * one, change a copy, `map(r => ({...r}))`. Elements keep their ids on the main output; on a branch, ids end in the
 * branch's name.
 *
 * @param branches streams that nothing else writes to; or an object of them, whose keys are their names in metrics,
 *   reports and ids (without it: '0', '1', …)
 * @param options `name`, `highWaterMark`, `signal`, `logger`
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction
 *
 * @example
 * await chain(readFromJson<{id: string}>('rows.jsonl'), tee<{id: string}>(writeToStdout()), writeToBigQuery({table: 'd.t'}))
 * await chain(readFromJson<{id: string}>('rows.jsonl'), tee({audit: writeToJson('audit')}, {name: 'Copy'}), writeToBigQuery({table: 'd.t'}))
 */
export function tee<I>(branches: Readonly<Record<string, TeeBranch<I>>>, options?: StageOptions): DoFn<I, I>
export function tee<I>(...branches: TeeBranch<I>[]): DoFn<I, I>
export function tee<I>(...args: unknown[]): DoFn<I, I> {
  const [first, options] = args
  const named = typeof first === 'object' && first !== null && !isWritable(first)
  const branches: Record<string, Writable> = named
    ? (first as Record<string, Writable>)
    : Object.fromEntries((args as Writable[]).entries())
  const where = (named && (options as StageOptions | undefined)?.name) || 'tee'
  if (named) checkOptionNames(where, options as StageOptions | undefined, STAGE_OPTION_NAMES)
  const streams = Object.values(branches)
  if (streams.length === 0) throw badOption(where, 'branches', branches, 'at least one sink or other Writable')
  for (const [name, stream] of Object.entries(branches))
    if (!isWritable(stream)) throw badOption(where, `branches.${name}`, stream, 'a sink or another Writable')
  if (new Set(streams).size < streams.length)
    throw badOption(
      where,
      'branches',
      Object.keys(branches),
      'each stream once: a second branch needs a stream of its own',
    )
  return new Tee<I>(branches, named ? (options as StageOptions) : undefined) as unknown as DoFn<I, I>
}

function isWritable(value: unknown): value is Writable {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Writable>).write === 'function'
}
